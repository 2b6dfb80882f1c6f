/// Kinds of drivers.
public struct SystemPlugins: Codable, Hashable, Sendable {
    /// Of volumes.
    @Nullable public var volume: [String]?
    /// Of networks.
    @Nullable public var network: [String]?
    /// Of authorization.
    @Nullable public var authorization: [String]?
    /// Of logs.
    @Nullable public var log: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        volume: [String]? = nil, network: [String]? = nil, authorization: [String]? = nil, log: [String]? = nil
    ) {
        self.volume = volume
        self.network = network
        self.authorization = authorization
        self.log = log
    }

    private enum CodingKeys: String, CodingKey {
        case volume = "Volume"
        case network = "Network"
        case authorization = "Authorization"
        case log = "Log"
    }
}

/// How registries are asked.
public struct SystemRegistryConfig: Codable, Hashable, Sendable {
    /// Addresses that are asked without TLS.
    @Lenient public var insecureRegistryCIDRs: [String]
    /// By registry.
    public var indexConfigs: [String: JSONValue]?
    /// Mirrors of the default registry.
    @Nullable public var mirrors: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        insecureRegistryCIDRs: [String] = [], indexConfigs: [String: JSONValue]? = nil, mirrors: [String]? = nil
    ) {
        self.insecureRegistryCIDRs = insecureRegistryCIDRs
        self.indexConfigs = indexConfigs
        self.mirrors = mirrors
    }

    private enum CodingKeys: String, CodingKey {
        case insecureRegistryCIDRs = "InsecureRegistryCIDRs"
        case indexConfigs = "IndexConfigs"
        case mirrors = "Mirrors"
    }
}

/// An OCI runtime.
public struct SystemRuntime: Codable, Hashable, Sendable {
    /// The program.
    @Lenient public var path: String
    /// Its arguments.
    public var runtimeArgs: [String]?
    /// What it can do.
    public var status: [String: String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(path: String = "", runtimeArgs: [String]? = nil, status: [String: String]? = nil) {
        self.path = path
        self.runtimeArgs = runtimeArgs
        self.status = status
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case runtimeArgs
        case status
    }
}

/// The swarm that the engine is not part of.
public struct SwarmInfo: Codable, Hashable, Sendable {
    /// Empty.
    @Lenient public var nodeID: String
    /// Empty.
    @Lenient public var nodeAddr: String
    /// Always `inactive`.
    @Lenient public var localNodeState: String
    /// Always false.
    @Lenient public var controlAvailable: Bool
    /// Empty.
    @Lenient public var error: String
    /// Always null.
    @Nullable public var remoteManagers: [JSONValue]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        nodeID: String = "", nodeAddr: String = "", localNodeState: String = "inactive",
        controlAvailable: Bool = false, error: String = "", remoteManagers: [JSONValue]? = nil
    ) {
        self.nodeID = nodeID
        self.nodeAddr = nodeAddr
        self.localNodeState = localNodeState
        self.controlAvailable = controlAvailable
        self.error = error
        self.remoteManagers = remoteManagers
    }

    private enum CodingKeys: String, CodingKey {
        case nodeID = "NodeID"
        case nodeAddr = "NodeAddr"
        case localNodeState = "LocalNodeState"
        case controlAvailable = "ControlAvailable"
        case error = "Error"
        case remoteManagers = "RemoteManagers"
    }
}

/// A program's version.
public struct SystemCommit: Codable, Hashable, Sendable {
    /// In its own words.
    @Lenient public var id: String

    /// Every field has the value that Docker takes where it is left out.
    public init(id: String = "") {
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
    }
}

/// Where networks without a subnet get theirs.
public struct SystemAddressPool: Codable, Hashable, Sendable {
    /// The range, `172.17.0.0/16`.
    @Lenient public var base: String
    /// The length of the prefixes cut from it.
    @Lenient public var size: Int

    /// Every field has the value that Docker takes where it is left out.
    public init(base: String = "", size: Int = 0) {
        self.base = base
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case base = "Base"
        case size = "Size"
    }
}

/// What the rules are written with.
public struct SystemFirewall: Codable, Hashable, Sendable {
    /// `iptables` or `nftables`.
    @Lenient public var driver: String
    /// More about it, in pairs.
    public var info: [[String]]?

    /// Every field has the value that Docker takes where it is left out.
    public init(driver: String = "", info: [[String]]? = nil) {
        self.driver = driver
        self.info = info
    }

    private enum CodingKeys: String, CodingKey {
        case driver = "Driver"
        case info = "Info"
    }
}
