/// `GET /volumes/{name}`, and an element of `GET /volumes`.
public struct VolumeInspect: Codable, Hashable, Sendable {
    /// When it was made, RFC 3339.
    public var createdAt: String?
    /// The driver.
    @Lenient public var driver: String
    /// The user's labels.
    @Nullable public var labels: [String: String]?
    /// Where the host has it.
    @Lenient public var mountpoint: String
    /// Its name.
    @Lenient public var name: String
    /// The driver's options.
    @Nullable public var options: [String: String]?
    /// `local`.
    @Lenient public var scope: String
    /// Only in `GET /system/df`.
    public var usageData: VolumeUsage?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        createdAt: String? = nil, driver: String = "local", labels: [String: String]? = nil, mountpoint: String = "",
        name: String = "", options: [String: String]? = nil, scope: String = "local", usageData: VolumeUsage? = nil
    ) {
        self.createdAt = createdAt
        self.driver = driver
        self.labels = labels
        self.mountpoint = mountpoint
        self.name = name
        self.options = options
        self.scope = scope
        self.usageData = usageData
    }

    private enum CodingKeys: String, CodingKey {
        case createdAt = "CreatedAt"
        case driver = "Driver"
        case labels = "Labels"
        case mountpoint = "Mountpoint"
        case name = "Name"
        case options = "Options"
        case scope = "Scope"
        case usageData = "UsageData"
    }
}

/// How a volume is used.
public struct VolumeUsage: Codable, Hashable, Sendable {
    /// Containers that mount it; -1 where nobody counted.
    @Lenient public var refCount: Int64
    /// Bytes; -1 where nobody counted.
    @Lenient public var size: Int64

    /// Every field has the value that Docker takes where it is left out.
    public init(refCount: Int64 = -1, size: Int64 = -1) {
        self.refCount = refCount
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case refCount = "RefCount"
        case size = "Size"
    }
}

/// `GET /volumes`.
public struct VolumeListResponse: Codable, Hashable, Sendable {
    /// All that match.
    @Lenient public var volumes: [VolumeInspect]
    /// What may surprise.
    @Nullable public var warnings: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(volumes: [VolumeInspect] = [], warnings: [String]? = nil) {
        self.volumes = volumes
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case volumes = "Volumes"
        case warnings = "Warnings"
    }
}

/// `POST /volumes/create`.
public struct VolumeCreateRequest: Codable, Hashable, Sendable {
    /// Its name; empty for one made up.
    @Lenient public var name: String
    /// The driver; empty means `local`.
    @Lenient public var driver: String
    /// The driver's options.
    @Nullable public var driverOpts: [String: String]?
    /// The user's labels.
    @Nullable public var labels: [String: String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        name: String = "", driver: String = "", driverOpts: [String: String]? = nil, labels: [String: String]? = nil
    ) {
        self.name = name
        self.driver = driver
        self.driverOpts = driverOpts
        self.labels = labels
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case driver = "Driver"
        case driverOpts = "DriverOpts"
        case labels = "Labels"
    }
}
