/// `POST /containers/{id}/update`: limits and the restart policy, by the names that they have in `HostConfig`. What is
/// left out, zero or empty stays as it is.
public struct ContainerUpdateRequest: Codable, Hashable, Sendable {
    /// The fields that can be changed; the others are not looked at.
    public var changes: HostConfig

    /// Changes nothing.
    public init(changes: HostConfig = HostConfig()) {
        self.changes = changes
    }

    /// Reads the fields from the top level.
    public init(from decoder: any Decoder) throws { changes = try HostConfig(from: decoder) }

    /// Writes the fields to the top level.
    public func encode(to encoder: any Encoder) throws { try changes.encode(to: encoder) }
}
