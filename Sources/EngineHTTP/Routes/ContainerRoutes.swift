import EngineAPI

extension Route {
    static let containers: [Route] = [
        .served("GET", "/containers/json", "Lists containers") { request, engine in
            let limit = try request.query.integer("limit").flatMap { $0 > 0 ? $0 : nil }
            return try .json(
                await engine.containerList(
                    all: request.query.flag("all"), limit: limit, size: request.query.flag("size"),
                    filters: request.query.filters()))
        },
        .served("POST", "/containers/create", "Makes a container", body: .whole) { request, engine in
            var asked = try request.decode(ContainerCreateRequest.self)
            guard asked.config != ContainerConfig() else {
                throw APIError.badRequest("config cannot be empty in order to create a container")
            }
            if request.version < APIVersion(1, 44) { try asked.restrictNetworks() }
            if request.version < APIVersion(1, 48),
                asked.hostConfig.mounts?.contains(where: { $0.type == "image" }) == true
            {
                throw APIError.badRequest("Mount type \"Image\" needs API v1.48 or newer")
            }
            return try .json(
                await engine.containerCreate(
                    name: request.query.text("name"), platform: request.query.text("platform"), request: asked),
                status: 201)
        },
        .served("GET", "/containers/{id}/json", "Shows all of a container") { request, engine in
            let inspect = try await engine.containerInspect(
                request.parameter("id"), size: request.query.flag("size"))
            return try .json(inspected(inspect, for: request.version))
        },
        .served("POST", "/containers/{id}/start", "Starts a container") { request, engine in
            .empty(try await engine.containerStart(request.parameter("id")) ? 204 : 304)
        },
        .served("POST", "/containers/{id}/stop", "Stops a container") { request, engine in
            let timeout = try request.query.integer("t")
            return .empty(
                try await engine.containerStop(
                    request.parameter("id"), signal: request.query.text("signal"), timeout: timeout) ? 204 : 304)
        },
        .served("POST", "/containers/{id}/restart", "Stops and starts a container") { request, engine in
            let timeout = try request.query.integer("t")
            try await engine.containerRestart(
                request.parameter("id"), signal: request.query.text("signal"), timeout: timeout)
            return .empty()
        },
        .served("POST", "/containers/{id}/kill", "Sends a signal") { request, engine in
            try await engine.containerKill(request.parameter("id"), signal: request.query.text("signal"))
            return .empty()
        },
        .served("POST", "/containers/{id}/pause", "Freezes a container") { request, engine in
            try await engine.containerPause(request.parameter("id"))
            return .empty()
        },
        .served("POST", "/containers/{id}/unpause", "Thaws a container") { request, engine in
            try await engine.containerUnpause(request.parameter("id"))
            return .empty()
        },
        .served("POST", "/containers/{id}/rename", "Gives another name") { request, engine in
            guard let name = request.query.text("name") else {
                throw APIError.badRequest("Neither old nor new names may be empty")
            }
            try await engine.containerRename(request.parameter("id"), name: name)
            return .empty()
        },
        .served("POST", "/containers/{id}/resize", "Resizes a container's terminal") { request, engine in
            let size = try terminalSize(request)
            try await engine.containerResize(request.parameter("id"), height: size.height, width: size.width)
            return .empty(200)
        },
        .served("GET", "/containers/{id}/top", "Lists processes") { request, engine in
            try .json(
                await engine.containerTop(request.parameter("id"), arguments: request.query.text("ps_args")))
        },
        .served("POST", "/containers/prune", "Removes stopped containers") { request, engine in
            let pruned = try await engine.containerPrune(filters: request.query.filters())
            return try .json(
                ContainerPruneResponse(
                    containersDeleted: pruned.deleted.isEmpty ? nil : pruned.deleted, spaceReclaimed: pruned.reclaimed))
        },
        .served("POST", "/containers/{id}/update", "Changes limits and the restart policy", body: .whole) {
            request, engine in
            let asked = try request.decode(ContainerUpdateRequest.self)
            return try .json(await engine.containerUpdate(request.parameter("id"), request: asked))
        },
        .served("GET", "/containers/{id}/stats", "Shows the use of resources") { request, engine in
            let stream = request.query["stream"].map { _ in request.query.flag("stream") } ?? true
            let oneShot = request.query.flag("one-shot")
            if stream, oneShot { throw APIError.badRequest("cannot have stream=true and one-shot=true") }
            let next = try await engine.containerStats(request.parameter("id"), stream: stream, oneShot: oneShot)
            return .pieces("application/json") {
                guard let stats = try await next() else { return nil }
                return try JSONLine.line(stats)
            }
        },
        .notBuilt("GET", "/containers/{id}/checkpoints", "Lists checkpoints"),
        .notBuilt("POST", "/containers/{id}/checkpoints", "Makes a checkpoint"),
        .notBuilt("DELETE", "/containers/{id}/checkpoints/{checkpoint}", "Removes a checkpoint"),
        .served("DELETE", "/containers/{id}", "Removes a container") { request, engine in
            try await engine.containerRemove(
                request.parameter("id"), force: request.query.flag("force"), volumes: request.query.flag("v"),
                link: request.query.flag("link"))
            return .empty()
        },
    ]

    /// Where a container's networks are listed, older clients look for its short id and host name among the aliases.
    static func inspected(_ inspect: ContainerInspect, for version: APIVersion) -> ContainerInspect {
        guard version < APIVersion(1, 45) else { return inspect }
        var inspect = inspect
        for (name, settings) in inspect.networkSettings.networks where !["bridge", "host", "none"].contains(name) {
            var aliases = settings.aliases ?? []
            for alias in [String(inspect.id.prefix(12)), inspect.config.hostname] where !aliases.contains(alias) {
                aliases.append(alias)
            }
            inspect.networkSettings.networks[name]?.aliases = aliases
        }
        return inspect
    }

    /// `h` and `w` of the query, in Docker's words where they are no numbers.
    static func terminalSize(_ request: Request) throws(APIError) -> (height: Int, width: Int) {
        func number(_ name: String, _ word: String) throws(APIError) -> Int {
            let text = request.query[name] ?? ""
            guard let value = UInt32(text) else {
                let reason =
                    !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
                    ? "value out of range" : "invalid syntax"
                throw .badRequest("invalid resize \(word) \"\(text)\": \(reason)")
            }
            // The kernel keeps 16 bits (struct winsize).
            return Int(min(value, UInt32(UInt16.max)))
        }
        return (try number("h", "height"), try number("w", "width"))
    }
}

extension ContainerCreateRequest {
    /// Before API 1.44 a container was made on one network, and an endpoint had no Ethernet address of its own.
    mutating func restrictNetworks() throws(APIError) {
        let names = networkingConfig.endpointsConfig.keys.sorted()
        if names.count > 1 {
            throw .badRequest("Container cannot be connected to network endpoints: \(names.joined(separator: ", "))")
        }
        for name in names { networkingConfig.endpointsConfig[name]?.macAddress = "" }
    }
}
