import EngineAPI

extension Route {
    static let networks: [Route] = [
        .served("GET", "/networks", "Lists networks") { request, engine in
            try .json(await engine.networkList(filters: request.query.filters()))
        },
        .served("GET", "/networks/{id}", "Shows all of a network") { request, engine in
            let verbose = request.query["verbose"] ?? ""
            if !verbose.isEmpty, QueryFlag.strict(verbose) == nil {
                throw APIError.badRequest(
                    "invalid value for verbose: \(verbose): strconv.ParseBool: parsing \"\(verbose)\": invalid syntax")
            }
            let id = request.parameter("id")
            // Every network is of this host.
            guard ["", "local"].contains(request.query["scope"] ?? "") else {
                throw APIError.notFound("network \(id) not found")
            }
            return try .json(await engine.networkInspect(id))
        },
        .served("POST", "/networks/create", "Makes a network", body: .whole) { request, engine in
            var asked = try request.decode(NetworkCreateRequest.self)
            // Older clients cannot mean it.
            if request.version < APIVersion(1, 47) { asked.enableIPv4 = nil }
            return try .json(await engine.networkCreate(asked), status: 201)
        },
        .served("POST", "/networks/prune", "Removes unused networks") { request, engine in
            let deleted = try await engine.networkPrune(filters: request.query.filters())
            return try .json(NetworkPruneResponse(networksDeleted: deleted.isEmpty ? nil : deleted))
        },
        .served("POST", "/networks/{id}/connect", "Connects a container", body: .whole) { request, engine in
            var asked = try request.decode(NetworkConnectRequest.self)
            if request.version < APIVersion(1, 44) { asked.endpointConfig?.macAddress = "" }
            try await engine.networkConnect(request.parameter("id"), request: asked)
            return .empty(200)
        },
        .served("POST", "/networks/{id}/disconnect", "Disconnects a container", body: .whole) { request, engine in
            try await engine.networkDisconnect(
                request.parameter("id"), request: request.decode(NetworkDisconnectRequest.self))
            return .empty(200)
        },
        .served("DELETE", "/networks/{id}", "Removes a network") { request, engine in
            try await engine.networkRemove(request.parameter("id"))
            return .empty()
        },
    ]
}
