/// `NetworkingConfig` of `POST /containers/create`.
public struct NetworkingConfig: Codable, Hashable, Sendable {
    /// What is asked of each network, by its name.
    @Lenient public var endpointsConfig: [String: EndpointSettings]

    /// Every field has the value that Docker takes where it is left out.
    public init(endpointsConfig: [String: EndpointSettings] = [:]) {
        self.endpointsConfig = endpointsConfig
    }

    private enum CodingKeys: String, CodingKey {
        case endpointsConfig = "EndpointsConfig"
    }
}

/// How a container is, or shall be, connected to one network.
public struct EndpointSettings: Codable, Hashable, Sendable {
    /// Addresses that were asked for.
    @Nullable public var ipamConfig: EndpointIPAMConfig?
    /// Legacy links.
    @Nullable public var links: [String]?
    /// Further names on this network.
    @Nullable public var aliases: [String]?
    /// The hardware address.
    @Lenient public var macAddress: String
    /// Options of the network's driver.
    @Nullable public var driverOpts: [String: String]?
    /// The network with the highest one has the default gateway.
    @Lenient public var gwPriority: Int
    /// The network's id.
    @Lenient public var networkID: String
    /// The connection's id; empty while the container does not run.
    @Lenient public var endpointID: String
    /// The IPv4 gateway.
    @Lenient public var gateway: String
    /// The IPv4 address.
    @Lenient public var ipAddress: String
    /// The IPv4 prefix' length.
    @Lenient public var ipPrefixLen: Int
    /// The IPv6 gateway.
    @Lenient public var ipv6Gateway: String
    /// The IPv6 address.
    @Lenient public var globalIPv6Address: String
    /// The IPv6 prefix' length.
    @Lenient public var globalIPv6PrefixLen: Int
    /// All names on this network.
    @Nullable public var dnsNames: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        ipamConfig: EndpointIPAMConfig? = nil, links: [String]? = nil, aliases: [String]? = nil,
        macAddress: String = "", driverOpts: [String: String]? = nil, gwPriority: Int = 0, networkID: String = "",
        endpointID: String = "", gateway: String = "", ipAddress: String = "", ipPrefixLen: Int = 0,
        ipv6Gateway: String = "", globalIPv6Address: String = "", globalIPv6PrefixLen: Int = 0,
        dnsNames: [String]? = nil
    ) {
        self.ipamConfig = ipamConfig
        self.links = links
        self.aliases = aliases
        self.macAddress = macAddress
        self.driverOpts = driverOpts
        self.gwPriority = gwPriority
        self.networkID = networkID
        self.endpointID = endpointID
        self.gateway = gateway
        self.ipAddress = ipAddress
        self.ipPrefixLen = ipPrefixLen
        self.ipv6Gateway = ipv6Gateway
        self.globalIPv6Address = globalIPv6Address
        self.globalIPv6PrefixLen = globalIPv6PrefixLen
        self.dnsNames = dnsNames
    }

    private enum CodingKeys: String, CodingKey {
        case ipamConfig = "IPAMConfig"
        case links = "Links"
        case aliases = "Aliases"
        case macAddress = "MacAddress"
        case driverOpts = "DriverOpts"
        case gwPriority = "GwPriority"
        case networkID = "NetworkID"
        case endpointID = "EndpointID"
        case gateway = "Gateway"
        case ipAddress = "IPAddress"
        case ipPrefixLen = "IPPrefixLen"
        case ipv6Gateway = "IPv6Gateway"
        case globalIPv6Address = "GlobalIPv6Address"
        case globalIPv6PrefixLen = "GlobalIPv6PrefixLen"
        case dnsNames = "DNSNames"
    }
}

/// Addresses that a container asks for on one network.
public struct EndpointIPAMConfig: Codable, Hashable, Sendable {
    /// The IPv4 address.
    public var ipv4Address: String?
    /// The IPv6 address.
    public var ipv6Address: String?
    /// Link-local addresses.
    public var linkLocalIPs: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(ipv4Address: String? = nil, ipv6Address: String? = nil, linkLocalIPs: [String]? = nil) {
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
        self.linkLocalIPs = linkLocalIPs
    }

    private enum CodingKeys: String, CodingKey {
        case ipv4Address = "IPv4Address"
        case ipv6Address = "IPv6Address"
        case linkLocalIPs = "LinkLocalIPs"
    }
}
