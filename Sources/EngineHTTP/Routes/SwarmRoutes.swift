import EngineAPI

extension Route {
    /// The engine is never part of a swarm; clients know these words.
    static let swarm: [Route] = {
        let noManager =
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node "
            + "to swarm and try again."
        var routes: [Route] = [
            .refused("POST", "/swarm/leave", "Leaves a swarm", status: 503, "This node is not part of a swarm"),
            .refused("POST", "/swarm/init", "Makes a swarm", status: 503, "Swarm mode is not part of Causeway"),
            .refused("POST", "/swarm/join", "Joins a swarm", status: 503, "Swarm mode is not part of Causeway"),
            .refused("GET", "/swarm", "Shows the swarm", status: 503, noManager),
            .refused("GET", "/swarm/unlockkey", "Shows the swarm's key", status: 503, noManager),
            .refused("POST", "/swarm/update", "Changes the swarm", status: 503, noManager),
            .refused("POST", "/swarm/unlock", "Unlocks a manager", status: 503, noManager),
        ]
        for (plural, what) in [("services", "service"), ("secrets", "secret"), ("configs", "config")] {
            routes += [
                .refused("GET", "/\(plural)", "Lists \(plural) of a swarm", status: 503, noManager),
                .refused("GET", "/\(plural)/{id}", "Shows a \(what) of a swarm", status: 503, noManager),
                .refused("POST", "/\(plural)/create", "Makes a \(what) in a swarm", status: 503, noManager),
                .refused("POST", "/\(plural)/{id}/update", "Changes a \(what) of a swarm", status: 503, noManager),
                .refused("DELETE", "/\(plural)/{id}", "Removes a \(what) of a swarm", status: 503, noManager),
            ]
        }
        return routes + [
            .refused("GET", "/services/{id}/logs", "Shows a service's output", status: 503, noManager),
            .refused("GET", "/nodes", "Lists nodes of a swarm", status: 503, noManager),
            .refused("GET", "/nodes/{id}", "Shows a node of a swarm", status: 503, noManager),
            .refused("POST", "/nodes/{id}/update", "Changes a node of a swarm", status: 503, noManager),
            .refused("DELETE", "/nodes/{id}", "Removes a node of a swarm", status: 503, noManager),
            .refused("GET", "/tasks", "Lists tasks of a swarm", status: 503, noManager),
            .refused("GET", "/tasks/{id}", "Shows a task of a swarm", status: 503, noManager),
            .refused("GET", "/tasks/{id}/logs", "Shows a task's output", status: 503, noManager),
        ]
    }()
}
