public import IPAddressing

/// What a container asks of a network.
public struct EndpointRequest: Sendable, Hashable {
    /// The container's id.
    public var containerID: String
    /// Its name, for errors.
    public var containerName = ""
    /// Its network namespace's path.
    public var sandboxPath: String
    /// The network's name or id.
    public var network: String
    /// The IPv4 address that it wants; nil takes a free one.
    public var address: IPv4Address?
    /// The IPv6 address that it wants; nil takes a free one.
    public var ipv6Address: IPv6Address?
    /// Link-local addresses beside those (`--link-local-ip`), of either family.
    public var linkLocalAddresses: [IPAddress] = []
    /// The Ethernet address that it wants; nil derives one from the address.
    public var macAddress: MACAddress?
    /// What the interface is called inside; nil is the next free one of the network's prefix: `eth0`, `eth1`.
    public var interfaceName: String?
    /// Of a container's networks the one with the highest gives the default route.
    public var gatewayPriority = 0
    /// Kernel parameters of the interface inside, `net.ipv4.conf.IFNAME.log_martians=1`
    /// (`com.docker.network.endpoint.sysctls`).
    public var sysctls: [String] = []
    /// Names by which other containers of the network find it: name, aliases, short id, host name.
    public var dnsNames: [String] = []
    /// The ports to publish.
    public var ports: [PortRequest]

    /// Describes a request.
    public init(
        containerID: String, sandboxPath: String, network: String, address: IPv4Address? = nil,
        macAddress: MACAddress? = nil, interfaceName: String? = nil, ports: [PortRequest] = []
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
