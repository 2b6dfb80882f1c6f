/// A line of the documentation's table of operations.
public struct RouteSummary: Hashable, Sendable {
    /// Whether the operation is there.
    public enum State: String, Sendable {
        /// It works.
        case served
        /// It is refused for good, in Docker's words.
        case refused
        /// It answers 501 until it is built.
        case notBuilt = "not built"
    }

    /// The HTTP method.
    public var method: String
    /// The path, with names in braces.
    public var path: String
    /// What it does.
    public var summary: String
    /// Whether it is there.
    public var state: State

    /// Every operation of the API, in the order of the documentation.
    public static var all: [RouteSummary] {
        RouteTable.engine.routes.map { route in
            let state: State =
                switch route.action {
                case .immediate, .served: .served
                case .refused: .refused
                case .notBuilt: .notBuilt
                }
            return RouteSummary(method: route.method, path: route.pattern.text, summary: route.summary, state: state)
        }
    }
}
