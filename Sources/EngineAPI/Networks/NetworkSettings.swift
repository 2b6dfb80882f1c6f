/// `NetworkSettings` of `GET /containers/{id}/json`. The fields of one network are those of the default bridge.
public struct NetworkSettings: Codable, Hashable, Sendable {
    /// Not used.
    @Lenient public var bridge: String
    /// The network namespace's id.
    @Lenient public var sandboxID: String
    /// The network namespace's path.
    @Lenient public var sandboxKey: String
    /// Exposed ports, each with where it is published; null where it is not.
    @Lenient public var ports: PortMap
    /// Not used.
    @Lenient public var hairpinMode: Bool
    /// Not used.
    @Lenient public var linkLocalIPv6Address: String
    /// Not used.
    @Lenient public var linkLocalIPv6PrefixLen: Int
    /// Not used.
    @Nullable public var secondaryIPAddresses: [JSONValue]?
    /// Not used.
    @Nullable public var secondaryIPv6Addresses: [JSONValue]?
    /// The connection's id.
    @Lenient public var endpointID: String
    /// The IPv4 gateway.
    @Lenient public var gateway: String
    /// The IPv6 address.
    @Lenient public var globalIPv6Address: String
    /// The IPv6 prefix' length.
    @Lenient public var globalIPv6PrefixLen: Int
    /// The IPv4 address.
    @Lenient public var ipAddress: String
    /// The IPv4 prefix' length.
    @Lenient public var ipPrefixLen: Int
    /// The IPv6 gateway.
    @Lenient public var ipv6Gateway: String
    /// The hardware address.
    @Lenient public var macAddress: String
    /// Its networks, by name.
    @Lenient public var networks: [String: EndpointSettings]

    /// Every field has the value that Docker takes where it is left out.
    public init(
        bridge: String = "", sandboxID: String = "", sandboxKey: String = "", ports: PortMap = [:],
        hairpinMode: Bool = false, linkLocalIPv6Address: String = "", linkLocalIPv6PrefixLen: Int = 0,
        secondaryIPAddresses: [JSONValue]? = nil, secondaryIPv6Addresses: [JSONValue]? = nil, endpointID: String = "",
        gateway: String = "", globalIPv6Address: String = "", globalIPv6PrefixLen: Int = 0, ipAddress: String = "",
        ipPrefixLen: Int = 0, ipv6Gateway: String = "", macAddress: String = "",
        networks: [String: EndpointSettings] = [:]
    ) {
        self.bridge = bridge
        self.sandboxID = sandboxID
        self.sandboxKey = sandboxKey
        self.ports = ports
        self.hairpinMode = hairpinMode
        self.linkLocalIPv6Address = linkLocalIPv6Address
        self.linkLocalIPv6PrefixLen = linkLocalIPv6PrefixLen
        self.secondaryIPAddresses = secondaryIPAddresses
        self.secondaryIPv6Addresses = secondaryIPv6Addresses
        self.endpointID = endpointID
        self.gateway = gateway
        self.globalIPv6Address = globalIPv6Address
        self.globalIPv6PrefixLen = globalIPv6PrefixLen
        self.ipAddress = ipAddress
        self.ipPrefixLen = ipPrefixLen
        self.ipv6Gateway = ipv6Gateway
        self.macAddress = macAddress
        self.networks = networks
    }

    private enum CodingKeys: String, CodingKey {
        case bridge = "Bridge"
        case sandboxID = "SandboxID"
        case sandboxKey = "SandboxKey"
        case ports = "Ports"
        case hairpinMode = "HairpinMode"
        case linkLocalIPv6Address = "LinkLocalIPv6Address"
        case linkLocalIPv6PrefixLen = "LinkLocalIPv6PrefixLen"
        case secondaryIPAddresses = "SecondaryIPAddresses"
        case secondaryIPv6Addresses = "SecondaryIPv6Addresses"
        case endpointID = "EndpointID"
        case gateway = "Gateway"
        case globalIPv6Address = "GlobalIPv6Address"
        case globalIPv6PrefixLen = "GlobalIPv6PrefixLen"
        case ipAddress = "IPAddress"
        case ipPrefixLen = "IPPrefixLen"
        case ipv6Gateway = "IPv6Gateway"
        case macAddress = "MacAddress"
        case networks = "Networks"
    }
}
