/// What `--mount` asks for: an element of `HostConfig.Mounts`.
public struct MountSpec: Codable, Hashable, Sendable {
    /// `bind`, `volume`, `tmpfs`, `image`, `npipe` or `cluster`.
    @Lenient public var type: String
    /// The host's path or the volume's name; nil for a new volume or a tmpfs.
    public var source: String?
    /// Where it appears; absolute.
    @Lenient public var target: String
    /// Whether it is read-only.
    public var readOnly: Bool?
    /// Wish of macOS clients; passed through.
    public var consistency: String?
    /// For `bind`.
    public var bindOptions: MountBindOptions?
    /// For `volume`.
    public var volumeOptions: MountVolumeOptions?
    /// For `image`.
    public var imageOptions: MountImageOptions?
    /// For `tmpfs`.
    public var tmpfsOptions: MountTmpfsOptions?
    /// For `cluster`; passed through.
    public var clusterOptions: JSONValue?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        type: String = "", source: String? = nil, target: String = "", readOnly: Bool? = nil,
        consistency: String? = nil, bindOptions: MountBindOptions? = nil, volumeOptions: MountVolumeOptions? = nil,
        imageOptions: MountImageOptions? = nil, tmpfsOptions: MountTmpfsOptions? = nil, clusterOptions: JSONValue? = nil
    ) {
        self.type = type
        self.source = source
        self.target = target
        self.readOnly = readOnly
        self.consistency = consistency
        self.bindOptions = bindOptions
        self.volumeOptions = volumeOptions
        self.imageOptions = imageOptions
        self.tmpfsOptions = tmpfsOptions
        self.clusterOptions = clusterOptions
    }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case source = "Source"
        case target = "Target"
        case readOnly = "ReadOnly"
        case consistency = "Consistency"
        case bindOptions = "BindOptions"
        case volumeOptions = "VolumeOptions"
        case imageOptions = "ImageOptions"
        case tmpfsOptions = "TmpfsOptions"
        case clusterOptions = "ClusterOptions"
    }
}

/// Options of a bind mount.
public struct MountBindOptions: Codable, Hashable, Sendable {
    /// `rprivate`, `private`, `rshared`, `shared`, `rslave` or `slave`.
    public var propagation: String?
    /// Whether mounts below the source stay outside.
    public var nonRecursive: Bool?
    /// Whether a missing source is made.
    public var createMountpoint: Bool?
    /// Whether mounts below stay writable.
    public var readOnlyNonRecursive: Bool?
    /// Whether it fails where mounts below cannot be made read-only.
    public var readOnlyForceRecursive: Bool?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        propagation: String? = nil, nonRecursive: Bool? = nil, createMountpoint: Bool? = nil,
        readOnlyNonRecursive: Bool? = nil, readOnlyForceRecursive: Bool? = nil
    ) {
        self.propagation = propagation
        self.nonRecursive = nonRecursive
        self.createMountpoint = createMountpoint
        self.readOnlyNonRecursive = readOnlyNonRecursive
        self.readOnlyForceRecursive = readOnlyForceRecursive
    }

    private enum CodingKeys: String, CodingKey {
        case propagation = "Propagation"
        case nonRecursive = "NonRecursive"
        case createMountpoint = "CreateMountpoint"
        case readOnlyNonRecursive = "ReadOnlyNonRecursive"
        case readOnlyForceRecursive = "ReadOnlyForceRecursive"
    }
}

/// Options of a volume mount.
public struct MountVolumeOptions: Codable, Hashable, Sendable {
    /// Whether the image's content is not copied into a new volume.
    public var noCopy: Bool?
    /// Labels of a volume that is made.
    public var labels: [String: String]?
    /// The directory of the volume that is mounted.
    public var subpath: String?
    /// The driver of a volume that is made.
    public var driverConfig: MountVolumeDriver?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        noCopy: Bool? = nil, labels: [String: String]? = nil, subpath: String? = nil,
        driverConfig: MountVolumeDriver? = nil
    ) {
        self.noCopy = noCopy
        self.labels = labels
        self.subpath = subpath
        self.driverConfig = driverConfig
    }

    private enum CodingKeys: String, CodingKey {
        case noCopy = "NoCopy"
        case labels = "Labels"
        case subpath = "Subpath"
        case driverConfig = "DriverConfig"
    }
}

/// Options of an image mount.
public struct MountImageOptions: Codable, Hashable, Sendable {
    /// The directory or file of the image that is mounted.
    public var subpath: String?

    /// Nil means all of the image.
    public init(subpath: String? = nil) {
        self.subpath = subpath
    }

    private enum CodingKeys: String, CodingKey {
        case subpath = "Subpath"
    }
}

/// The driver of a volume that is made for a mount.
public struct MountVolumeDriver: Codable, Hashable, Sendable {
    /// Its name; nil means `local`.
    public var name: String?
    /// Its options.
    public var options: [String: String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(name: String? = nil, options: [String: String]? = nil) {
        self.name = name
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case options = "Options"
    }
}

/// Options of a memory file system.
public struct MountTmpfsOptions: Codable, Hashable, Sendable {
    /// Its limit; nil or 0 means none.
    public var sizeBytes: Int64?
    /// Permission bits of its root.
    public var mode: Int?
    /// Further mount options, as one- or two-element lists.
    public var options: [[String]]?

    /// Every field has the value that Docker takes where it is left out.
    public init(sizeBytes: Int64? = nil, mode: Int? = nil, options: [[String]]? = nil) {
        self.sizeBytes = sizeBytes
        self.mode = mode
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case sizeBytes = "SizeBytes"
        case mode = "Mode"
        case options = "Options"
    }
}

/// A mount of a container as inspect shows it.
public struct MountPoint: Codable, Hashable, Sendable {
    /// `bind`, `volume`, `tmpfs`, `image`.
    public var type: String?
    /// The volume's name, or the image's.
    public var name: String?
    /// Where the host has it.
    @Lenient public var source: String
    /// Where it appears.
    @Lenient public var destination: String
    /// The volume's driver.
    public var driver: String?
    /// The options as the user wrote them.
    @Lenient public var mode: String
    /// Whether it can be written.
    @Lenient public var rw: Bool
    /// The mount's propagation.
    @Lenient public var propagation: String

    /// Every field has the value that Docker takes where it is left out.
    public init(
        type: String? = nil, name: String? = nil, source: String = "", destination: String = "", driver: String? = nil,
        mode: String = "", rw: Bool = false, propagation: String = ""
    ) {
        self.type = type
        self.name = name
        self.source = source
        self.destination = destination
        self.driver = driver
        self.mode = mode
        self.rw = rw
        self.propagation = propagation
    }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case name = "Name"
        case source = "Source"
        case destination = "Destination"
        case driver = "Driver"
        case mode = "Mode"
        case rw = "RW"
        case propagation = "Propagation"
    }
}
