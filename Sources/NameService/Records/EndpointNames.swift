public import IPAddressing

/// What an endpoint is called on its network.
public struct EndpointNames: Hashable, Sendable {
    /// The endpoint's id, unique in the engine.
    public var endpointID: String
    /// The id of the container that it belongs to.
    public var containerID: String
    /// The id of its network.
    public var networkID: String
    /// The network's name, for `name.network`.
    public var networkName: String
    /// Container name, aliases, short id and host name. The first is what PTR records say.
    public var names: [String]
    /// Its addresses on the network.
    public var addresses: [IPAddress]

    /// Joins them.
    public init(
        endpointID: String, containerID: String, networkID: String, networkName: String, names: [String],
        addresses: [IPAddress]
    ) {
        self.endpointID = endpointID
        self.containerID = containerID
        self.networkID = networkID
        self.networkName = networkName
        self.names = names
        self.addresses = addresses
    }
}
