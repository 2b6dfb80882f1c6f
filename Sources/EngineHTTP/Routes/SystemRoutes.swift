import EngineAPI

extension Route {
    static let system: [Route] = [
        .immediate("GET", "/_ping", "Whether the engine answers", ping),
        .immediate("HEAD", "/_ping", "The same, without a body", ping),
        .served("GET", "/version", "Versions of the engine and its parts") { _, engine in
            try .json(await engine.version())
        },
        .served("GET", "/info", "What the engine and its host are like") { _, engine in
            try .json(await engine.info())
        },
        .served("GET", "/events", "What happens, as it happens") { request, engine in
            let next = try await engine.events(
                since: request.query.time("since"), until: request.query.time("until"),
                filters: request.query.filters())
            return .pieces("application/json") {
                guard let event = try await next() else { return nil }
                return try JSONLine.line(event)
            }
        },
        .notBuilt("GET", "/system/df", "What takes how much room"),
        .served("POST", "/auth", "Tries a registry's credentials", body: .whole) { request, engine in
            try .json(await engine.registryLogin(request.body))
        },
    ]

    /// `Builder-Version: 1` tells the CLI that there is no BuildKit.
    private static func ping(_ request: Request) -> Response {
        var response = Response.text(request.method == "HEAD" ? "" : "OK")
        response.headers += [
            ("Builder-Version", "1"), ("Cache-Control", "no-cache, no-store, must-revalidate"),
            ("Pragma", "no-cache"), ("Swarm", "inactive"),
        ]
        return response
    }
}
