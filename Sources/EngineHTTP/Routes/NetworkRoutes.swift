import EngineAPI

extension Route {
    static let networks: [Route] = [
        .served("GET", "/networks", "Lists networks") { request, engine in
            try .json(await engine.networkList(filters: request.query.filters()))
        },
        .served("GET", "/networks/{id}", "Shows all of a network") { request, engine in
            try .json(await engine.networkInspect(request.parameter("id")))
        },
        .notBuilt("POST", "/networks/create", "Makes a network"),
        .notBuilt("POST", "/networks/prune", "Removes unused networks"),
        .notBuilt("POST", "/networks/{id}/connect", "Connects a container"),
        .notBuilt("POST", "/networks/{id}/disconnect", "Disconnects a container"),
        .notBuilt("DELETE", "/networks/{id}", "Removes a network"),
    ]
}
