import EngineAPI

extension Route {
    static let volumes: [Route] = [
        .served("GET", "/volumes", "Lists volumes") { _, _ in try .json(VolumeListResponse()) },
        .notBuilt("GET", "/volumes/{name}", "Shows a volume"),
        .notBuilt("POST", "/volumes/create", "Makes a volume"),
        .notBuilt("POST", "/volumes/prune", "Removes unused volumes"),
        .notBuilt("PUT", "/volumes/{name}", "Changes a cluster volume"),
        .notBuilt("DELETE", "/volumes/{name}", "Removes a volume"),
    ]
}
