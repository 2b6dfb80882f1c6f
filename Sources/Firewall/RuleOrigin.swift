/// What a rule exists for: every rule can say so.
public enum RuleOrigin: Hashable, Sendable, CustomStringConvertible {
    /// The engine itself: jumps and chains that are there without any network.
    case engine
    /// A network.
    case network(id: String, name: String)
    /// A port that an endpoint publishes.
    case publishedPort(endpointID: String, networkID: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .engine: "the engine"
        case .network(_, let name): "network \(name)"
        case .publishedPort(let endpoint, _): "a published port of endpoint \(endpoint.prefix(12))"
        }
    }
}
