public import IPAddressing

/// What a container asks of a network.
public struct EndpointRequest: Sendable, Hashable {
    /// The container's id.
    public var containerID: String
    /// Its network namespace's path.
    public var sandboxPath: String
    /// The network's name or id.
    public var network: String
    /// The address that it wants; nil takes a free one.
    public var address: IPv4Address?
    /// The Ethernet address that it wants; nil derives one from the address.
    public var macAddress: MACAddress?
    /// What the interface is called inside.
    public var interfaceName: String
    /// The ports to publish.
    public var ports: [PortRequest]

    /// Describes a request.
    public init(
        containerID: String, sandboxPath: String, network: String, address: IPv4Address? = nil,
        macAddress: MACAddress? = nil, interfaceName: String = "eth0", ports: [PortRequest] = []
    ) {
        self.containerID = containerID
        self.sandboxPath = sandboxPath
        self.network = network
        self.address = address
        self.macAddress = macAddress
        self.interfaceName = interfaceName
        self.ports = ports
    }
}
