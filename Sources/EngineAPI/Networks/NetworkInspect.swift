/// `GET /networks/{id}`, and an element of `GET /networks`.
public struct NetworkInspect: Codable, Hashable, Sendable {
    /// Its name.
    @Lenient public var name: String
    /// 64 hex digits.
    @Lenient public var id: String
    /// When it was made, RFC 3339 with nanoseconds.
    @Lenient public var created: String
    /// `local` or `swarm`.
    @Lenient public var scope: String
    /// `bridge`, `host`, `null` and the like.
    @Lenient public var driver: String
    /// Whether its containers have IPv4.
    @Lenient public var enableIPv4: Bool
    /// Whether its containers have IPv6.
    @Lenient public var enableIPv6: Bool
    /// Its addresses.
    @Lenient public var ipam: NetworkIPAM
    /// Whether it leads nowhere outside.
    @Lenient public var `internal`: Bool
    /// Swarm only.
    @Lenient public var attachable: Bool
    /// Swarm only.
    @Lenient public var ingress: Bool
    /// The network that this one takes its configuration from.
    @Lenient public var configFrom: NetworkConfigReference
    /// Whether it is only a configuration.
    @Lenient public var configOnly: Bool
    /// Connected running containers, by id.
    @Lenient public var containers: [String: NetworkEndpointResource]
    /// The driver's options.
    @Lenient public var options: [String: String]
    /// The user's labels.
    @Lenient public var labels: [String: String]

    /// Every field has the value that Docker takes where it is left out.
    public init(
        name: String = "", id: String = "", created: String = "", scope: String = "local", driver: String = "",
        enableIPv4: Bool = true, enableIPv6: Bool = false, ipam: NetworkIPAM = NetworkIPAM(), `internal`: Bool = false,
        attachable: Bool = false, ingress: Bool = false, configFrom: NetworkConfigReference = NetworkConfigReference(),
        configOnly: Bool = false, containers: [String: NetworkEndpointResource] = [:], options: [String: String] = [:],
        labels: [String: String] = [:]
    ) {
        self.name = name
        self.id = id
        self.created = created
        self.scope = scope
        self.driver = driver
        self.enableIPv4 = enableIPv4
        self.enableIPv6 = enableIPv6
        self.ipam = ipam
        self.`internal` = `internal`
        self.attachable = attachable
        self.ingress = ingress
        self.configFrom = configFrom
        self.configOnly = configOnly
        self.containers = containers
        self.options = options
        self.labels = labels
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case id = "Id"
        case created = "Created"
        case scope = "Scope"
        case driver = "Driver"
        case enableIPv4 = "EnableIPv4"
        case enableIPv6 = "EnableIPv6"
        case ipam = "IPAM"
        case `internal` = "Internal"
        case attachable = "Attachable"
        case ingress = "Ingress"
        case configFrom = "ConfigFrom"
        case configOnly = "ConfigOnly"
        case containers = "Containers"
        case options = "Options"
        case labels = "Labels"
    }
}

/// Where a network's addresses come from.
public struct NetworkIPAM: Codable, Hashable, Sendable {
    /// The address driver.
    @Lenient public var driver: String
    /// The address driver's options.
    @Nullable public var options: [String: String]?
    /// The address pools.
    @Nullable public var config: [IPAMPoolConfig]?

    /// Every field has the value that Docker takes where it is left out.
    public init(driver: String = "default", options: [String: String]? = nil, config: [IPAMPoolConfig]? = nil) {
        self.driver = driver
        self.options = options
        self.config = config
    }

    private enum CodingKeys: String, CodingKey {
        case driver = "Driver"
        case options = "Options"
        case config = "Config"
    }
}

/// One address pool.
public struct IPAMPoolConfig: Codable, Hashable, Sendable {
    /// The subnet, `172.17.0.0/16`.
    public var subnet: String?
    /// The part of it that addresses are given from.
    public var ipRange: String?
    /// The gateway's address.
    public var gateway: String?
    /// Addresses that are never given, by name.
    public var auxiliaryAddresses: [String: String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        subnet: String? = nil, ipRange: String? = nil, gateway: String? = nil,
        auxiliaryAddresses: [String: String]? = nil
    ) {
        self.subnet = subnet
        self.ipRange = ipRange
        self.gateway = gateway
        self.auxiliaryAddresses = auxiliaryAddresses
    }

    private enum CodingKeys: String, CodingKey {
        case subnet = "Subnet"
        case ipRange = "IPRange"
        case gateway = "Gateway"
        case auxiliaryAddresses = "AuxiliaryAddresses"
    }
}

/// Names a network that holds a configuration.
public struct NetworkConfigReference: Codable, Hashable, Sendable {
    /// Its name; empty for none.
    @Lenient public var network: String

    /// Every field has the value that Docker takes where it is left out.
    public init(network: String = "") {
        self.network = network
    }

    private enum CodingKeys: String, CodingKey {
        case network = "Network"
    }
}

/// A container on a network.
public struct NetworkEndpointResource: Codable, Hashable, Sendable {
    /// The container's name.
    @Lenient public var name: String
    /// The connection's id.
    @Lenient public var endpointID: String
    /// The hardware address.
    @Lenient public var macAddress: String
    /// The address with its prefix' length.
    @Lenient public var ipv4Address: String
    /// The address with its prefix' length.
    @Lenient public var ipv6Address: String

    /// Every field has the value that Docker takes where it is left out.
    public init(
        name: String = "", endpointID: String = "", macAddress: String = "", ipv4Address: String = "",
        ipv6Address: String = ""
    ) {
        self.name = name
        self.endpointID = endpointID
        self.macAddress = macAddress
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case endpointID = "EndpointID"
        case macAddress = "MacAddress"
        case ipv4Address = "IPv4Address"
        case ipv6Address = "IPv6Address"
    }
}
