import EngineAPI

extension Route {
    static let volumes: [Route] = [
        .served("GET", "/volumes", "Lists volumes") { request, engine in
            try .json(await engine.volumeList(filters: request.query.filters()))
        },
        .served("GET", "/volumes/{name}", "Shows a volume") { request, engine in
            try .json(await engine.volumeInspect(request.parameter("name")))
        },
        .served("POST", "/volumes/create", "Makes a volume", body: .whole) { request, engine in
            let asked = try request.decode(VolumeCreateRequest.self, orWithoutBody: VolumeCreateRequest())
            return try .json(await engine.volumeCreate(asked), status: 201)
        },
        .served("POST", "/volumes/prune", "Removes unused volumes") { request, engine in
            // Before API 1.42 a prune took named volumes, too.
            let isOld = request.version < APIVersion(1, 42)
            let filters = try request.query.filters()
            if isOld, filters.contains("all") { throw APIError.badRequest("invalid filter 'all'") }
            return try .json(await engine.volumePrune(filters: filters, all: isOld))
        },
        .refused(
            "PUT", "/volumes/{name}", "Changes a cluster volume", status: 503,
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."
        ),
        .served("DELETE", "/volumes/{name}", "Removes a volume") { request, engine in
            try await engine.volumeRemove(request.parameter("name"), force: request.query.flag("force"))
            return .empty()
        },
    ]
}
