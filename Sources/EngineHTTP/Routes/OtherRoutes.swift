import EngineAPI

extension Route {
    /// Builds, plugins and what else the API has.
    static let elsewhere: [Route] = [
        .served("POST", "/commit", "Makes an image of a container", body: .whole) { request, engine in
            let query = request.query
            let config = try request.decode(ContainerConfig?.self, orWithoutBody: nil)
            let id = try await engine.commit(
                CommitRequest(
                    container: query["container"] ?? "", repository: query["repo"] ?? "", tag: query["tag"] ?? "",
                    comment: query["comment"] ?? "", author: query["author"] ?? "", changes: query.all("changes"),
                    pauses: query["pause"] == nil || query.flag("pause"), config: config))
            return try .json(CommitResponse(id: id), status: 201)
        },
        .notBuilt("POST", "/build", "Builds an image"),
        .immediate("POST", "/build/prune", "Empties the build cache, in which there is never anything") { _ in
            try .json(BuildPruneResponse())
        },
        .notBuilt("POST", "/build/cancel", "Stops a build"),
        .notBuilt("POST", "/session", "Opens a BuildKit session"),
        .notBuilt("POST", "/grpc", "Speaks BuildKit's protocol"),
        .served("GET", "/distribution/{name*}/json", "Asks a registry for an image") { request, engine in
            try .json(
                await engine.distributionInspect(
                    request.parameter("name"), authorization: request.headers["x-registry-auth"]))
        },
        .immediate("GET", "/plugins", "Lists plugins") { _ in try .json([EmptyObject]()) },
        .notBuilt("GET", "/plugins/privileges", "Shows what a plugin asks for"),
        // `docker inspect NAME` asks here last, and takes the words for its own.
        .immediate("GET", "/plugins/{name*}/json", "Shows a plugin, of which there is none") { request in
            throw APIError.notFound("plugin \"\(request.parameter("name"))\" not found")
        },
        .notBuilt("POST", "/plugins/pull", "Installs a plugin"),
        .notBuilt("POST", "/plugins/create", "Makes a plugin"),
        .notBuilt("POST", "/plugins/{name*}/enable", "Turns a plugin on"),
        .notBuilt("POST", "/plugins/{name*}/disable", "Turns a plugin off"),
        .notBuilt("POST", "/plugins/{name*}/upgrade", "Renews a plugin"),
        .notBuilt("POST", "/plugins/{name*}/push", "Sends a plugin to its registry"),
        .notBuilt("POST", "/plugins/{name*}/set", "Configures a plugin"),
        .notBuilt("DELETE", "/plugins/{name*}", "Removes a plugin"),
    ]
}
