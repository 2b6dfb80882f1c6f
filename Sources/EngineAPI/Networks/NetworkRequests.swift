/// `POST /networks/create`.
public struct NetworkCreateRequest: Codable, Hashable, Sendable {
    /// Its name.
    @Lenient public var name: String
    /// Not used; older clients send it.
    public var checkDuplicate: Bool?
    /// The driver; empty means `bridge`.
    @Lenient public var driver: String
    /// `local` or empty.
    @Lenient public var scope: String
    /// Whether its containers have IPv4; nil means yes.
    public var enableIPv4: Bool?
    /// Whether its containers have IPv6; nil means no.
    public var enableIPv6: Bool?
    /// Its addresses; nil means a pool of the engine's choice.
    public var ipam: NetworkIPAM?
    /// Whether it leads nowhere outside.
    @Lenient public var `internal`: Bool
    /// Swarm only.
    @Lenient public var attachable: Bool
    /// Swarm only.
    @Lenient public var ingress: Bool
    /// Whether it is only a configuration.
    @Lenient public var configOnly: Bool
    /// The network to take the configuration from.
    public var configFrom: NetworkConfigReference?
    /// The driver's options.
    @Nullable public var options: [String: String]?
    /// The user's labels.
    @Nullable public var labels: [String: String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        name: String = "", checkDuplicate: Bool? = nil, driver: String = "", scope: String = "",
        enableIPv4: Bool? = nil, enableIPv6: Bool? = nil, ipam: NetworkIPAM? = nil, `internal`: Bool = false,
        attachable: Bool = false, ingress: Bool = false, configOnly: Bool = false,
        configFrom: NetworkConfigReference? = nil, options: [String: String]? = nil, labels: [String: String]? = nil
    ) {
        self.name = name
        self.checkDuplicate = checkDuplicate
        self.driver = driver
        self.scope = scope
        self.enableIPv4 = enableIPv4
        self.enableIPv6 = enableIPv6
        self.ipam = ipam
        self.`internal` = `internal`
        self.attachable = attachable
        self.ingress = ingress
        self.configOnly = configOnly
        self.configFrom = configFrom
        self.options = options
        self.labels = labels
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case checkDuplicate = "CheckDuplicate"
        case driver = "Driver"
        case scope = "Scope"
        case enableIPv4 = "EnableIPv4"
        case enableIPv6 = "EnableIPv6"
        case ipam = "IPAM"
        case `internal` = "Internal"
        case attachable = "Attachable"
        case ingress = "Ingress"
        case configOnly = "ConfigOnly"
        case configFrom = "ConfigFrom"
        case options = "Options"
        case labels = "Labels"
    }
}

/// The reply of `POST /networks/create`.
public struct NetworkCreateResponse: Codable, Hashable, Sendable {
    /// The new network's id.
    @Lenient public var id: String
    /// What may surprise.
    @Lenient public var warning: String

    /// Every field has the value that Docker takes where it is left out.
    public init(id: String = "", warning: String = "") {
        self.id = id
        self.warning = warning
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case warning = "Warning"
    }
}

/// `POST /networks/{id}/connect`.
public struct NetworkConnectRequest: Codable, Hashable, Sendable {
    /// The container's id or name.
    @Lenient public var container: String
    /// What is asked of the connection.
    public var endpointConfig: EndpointSettings?

    /// Every field has the value that Docker takes where it is left out.
    public init(container: String = "", endpointConfig: EndpointSettings? = nil) {
        self.container = container
        self.endpointConfig = endpointConfig
    }

    private enum CodingKeys: String, CodingKey {
        case container = "Container"
        case endpointConfig = "EndpointConfig"
    }
}

/// `POST /networks/{id}/disconnect`.
public struct NetworkDisconnectRequest: Codable, Hashable, Sendable {
    /// The container's id or name.
    @Lenient public var container: String
    /// Whether a container that does not answer is unplugged too.
    @Lenient public var force: Bool

    /// Every field has the value that Docker takes where it is left out.
    public init(container: String = "", force: Bool = false) {
        self.container = container
        self.force = force
    }

    private enum CodingKeys: String, CodingKey {
        case container = "Container"
        case force = "Force"
    }
}

/// The reply of `POST /networks/prune`.
public struct NetworkPruneResponse: Codable, Hashable, Sendable {
    /// The names of the networks that are gone; null where there was none.
    @Nullable public var networksDeleted: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(networksDeleted: [String]? = nil) {
        self.networksDeleted = networksDeleted
    }

    private enum CodingKeys: String, CodingKey {
        case networksDeleted = "NetworksDeleted"
    }
}
