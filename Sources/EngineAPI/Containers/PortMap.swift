/// Container ports, `80/tcp`, each with where the host publishes it; a nil value is written as `null`.
public typealias PortMap = [String: [PortBinding]?]

/// `{}`: the value of a set's members in Docker's JSON.
public struct EmptyObject: Codable, Hashable, Sendable {
    /// The only value.
    public init() {}

    /// Reads any object.
    public init(from decoder: any Decoder) throws {}

    /// Writes `{}`.
    public func encode(to encoder: any Encoder) throws {
        _ = encoder.container(keyedBy: NoKey.self)
    }

    private enum NoKey: CodingKey {}
}
