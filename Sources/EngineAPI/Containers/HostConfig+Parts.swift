/// Where a container's output is kept.
public struct LogConfig: Codable, Hashable, Sendable {
    /// The driver: `json-file`, `none`, or empty for the engine's default.
    @Lenient public var type: String
    /// The driver's options.
    @Nullable public var config: [String: String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(type: String = "", config: [String: String]? = nil) {
        self.type = type
        self.config = config
    }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case config = "Config"
    }
}

/// What happens after a container ends.
public struct RestartPolicy: Codable, Hashable, Sendable {
    /// `no`, `always`, `on-failure`, `unless-stopped`, or empty for `no`.
    @Lenient public var name: String
    /// How often `on-failure` tries again; 0 means without end.
    @Lenient public var maximumRetryCount: Int

    /// Every field has the value that Docker takes where it is left out.
    public init(name: String = "", maximumRetryCount: Int = 0) {
        self.name = name
        self.maximumRetryCount = maximumRetryCount
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case maximumRetryCount = "MaximumRetryCount"
    }
}

/// A port of the host that leads to a container's port.
public struct PortBinding: Codable, Hashable, Sendable {
    /// The host's address; empty means all.
    @Lenient public var hostIp: String
    /// The port or range `8000-8010`; empty means one of the engine's choice.
    @Lenient public var hostPort: String

    /// Every field has the value that Docker takes where it is left out.
    public init(hostIp: String = "", hostPort: String = "") {
        self.hostIp = hostIp
        self.hostPort = hostPort
    }

    private enum CodingKeys: String, CodingKey {
        case hostIp = "HostIp"
        case hostPort = "HostPort"
    }
}

/// A resource limit, as setrlimit(2) has it.
public struct Ulimit: Codable, Hashable, Sendable {
    /// Its name in lower case without `RLIMIT_`: `nofile`.
    @Lenient public var name: String
    /// The ceiling of the soft limit; -1 means none.
    @Lenient public var hard: Int64
    /// What the kernel enforces; -1 means none.
    @Lenient public var soft: Int64

    /// Every field has the value that Docker takes where it is left out.
    public init(name: String = "", hard: Int64 = 0, soft: Int64 = 0) {
        self.name = name
        self.hard = hard
        self.soft = soft
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case hard = "Hard"
        case soft = "Soft"
    }
}

/// A device of the host that appears inside.
public struct DeviceMapping: Codable, Hashable, Sendable {
    /// Where the host has it.
    @Lenient public var pathOnHost: String
    /// Where it appears.
    @Lenient public var pathInContainer: String
    /// Any of `r`, `w`, `m`.
    @Lenient public var cgroupPermissions: String

    /// Every field has the value that Docker takes where it is left out.
    public init(pathOnHost: String = "", pathInContainer: String = "", cgroupPermissions: String = "") {
        self.pathOnHost = pathOnHost
        self.pathInContainer = pathInContainer
        self.cgroupPermissions = cgroupPermissions
    }

    private enum CodingKeys: String, CodingKey {
        case pathOnHost = "PathOnHost"
        case pathInContainer = "PathInContainer"
        case cgroupPermissions = "CgroupPermissions"
    }
}

/// A block device's share.
public struct WeightDevice: Codable, Hashable, Sendable {
    /// The device file.
    @Lenient public var path: String
    /// 10 to 1000.
    @Lenient public var weight: Int

    /// Every field has the value that Docker takes where it is left out.
    public init(path: String = "", weight: Int = 0) {
        self.path = path
        self.weight = weight
    }

    private enum CodingKeys: String, CodingKey {
        case path = "Path"
        case weight = "Weight"
    }
}

/// A block device's limit.
public struct ThrottleDevice: Codable, Hashable, Sendable {
    /// The device file.
    @Lenient public var path: String
    /// Bytes or operations a second.
    @Lenient public var rate: UInt64

    /// Every field has the value that Docker takes where it is left out.
    public init(path: String = "", rate: UInt64 = 0) {
        self.path = path
        self.rate = rate
    }

    private enum CodingKeys: String, CodingKey {
        case path = "Path"
        case rate = "Rate"
    }
}
