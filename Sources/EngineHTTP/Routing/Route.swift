import EngineAPI

/// One operation of the API: data, so that the documentation's table is made from it.
struct Route: Sendable {
    var method: String
    var pattern: RoutePattern
    /// What it does, in a few words.
    var summary: String
    /// The API version that brought it.
    var since: APIVersion
    var action: Action

    enum Action: Sendable {
        /// Answered at once, without the engine.
        case immediate(@Sendable (Request) throws -> Response)
        /// Answered by the engine.
        case served(RequestBody, @Sendable (Request, any EngineService) async throws -> Response)
        /// Refused for good, in Docker's words.
        case refused(status: Int, message: String)
        /// Will be built.
        case notBuilt
    }

    /// How a route takes the request's body.
    enum RequestBody: Sendable {
        /// It has none; what is sent is thrown away.
        case none
        /// It is read whole before the handler runs; more than the limit is refused.
        case whole
        /// The handler pulls it piece by piece.
        case stream
    }

    private init(_ method: String, _ path: String, _ summary: String, _ since: APIVersion, _ action: Action) {
        self.method = method
        pattern = RoutePattern(path)
        self.summary = summary
        self.since = since
        self.action = action
    }

    static func served(
        _ method: String, _ path: String, _ summary: String, body: RequestBody = .none,
        since: APIVersion = .oldest,
        _ handler: @escaping @Sendable (Request, any EngineService) async throws -> Response
    ) -> Route {
        Route(method, path, summary, since, .served(body, handler))
    }

    static func immediate(
        _ method: String, _ path: String, _ summary: String, _ handler: @escaping @Sendable (Request) throws -> Response
    ) -> Route {
        Route(method, path, summary, .oldest, .immediate(handler))
    }

    static func refused(
        _ method: String, _ path: String, _ summary: String, status: Int, _ message: String
    ) -> Route {
        Route(method, path, summary, .oldest, .refused(status: status, message: message))
    }

    static func notBuilt(_ method: String, _ path: String, _ summary: String) -> Route {
        Route(method, path, summary, .oldest, .notBuilt)
    }

    var body: RequestBody {
        if case .served(let body, _) = action { body } else { .none }
    }
}
