/// An element of `GET /images/json`.
public struct ImageSummary: Codable, Hashable, Sendable {
    /// How many containers use it; -1 where it was not counted.
    @Lenient public var containers: Int
    /// When it was made, in Unix seconds.
    @Lenient public var created: Int64
    /// `sha256:` and 64 hex digits.
    @Lenient public var id: String
    /// Its labels.
    @Nullable public var labels: [String: String]?
    /// The image that it was built on; empty for none.
    @Lenient public var parentID: String
    /// Names by digest.
    @Lenient public var repoDigests: [String]
    /// Names by tag.
    @Lenient public var repoTags: [String]
    /// Bytes shared with other images; -1 where it was not counted.
    @Lenient public var sharedSize: Int64
    /// Bytes of its layers.
    @Lenient public var size: Int64

    /// Every field has the value that Docker takes where it is left out.
    public init(
        containers: Int = -1, created: Int64 = 0, id: String = "", labels: [String: String]? = nil,
        parentID: String = "", repoDigests: [String] = [], repoTags: [String] = [], sharedSize: Int64 = -1,
        size: Int64 = 0
    ) {
        self.containers = containers
        self.created = created
        self.id = id
        self.labels = labels
        self.parentID = parentID
        self.repoDigests = repoDigests
        self.repoTags = repoTags
        self.sharedSize = sharedSize
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case containers = "Containers"
        case created = "Created"
        case id = "Id"
        case labels = "Labels"
        case parentID = "ParentId"
        case repoDigests = "RepoDigests"
        case repoTags = "RepoTags"
        case sharedSize = "SharedSize"
        case size = "Size"
    }
}

/// `GET /images/{name}/json`.
public struct ImageInspect: Codable, Hashable, Sendable {
    /// `sha256:` and 64 hex digits.
    @Lenient public var id: String
    /// Names by tag.
    @Lenient public var repoTags: [String]
    /// Names by digest.
    @Lenient public var repoDigests: [String]
    /// The image that it was built on; empty for none.
    @Lenient public var parent: String
    /// Who made it noted this.
    @Lenient public var comment: String
    /// When it was made, RFC 3339.
    public var created: String?
    /// The engine that made it.
    @Lenient public var dockerVersion: String
    /// Who made it.
    @Lenient public var author: String
    /// The processor: `amd64`.
    @Lenient public var architecture: String
    /// The processor's variant: `v8`.
    public var variant: String?
    /// The operating system.
    @Lenient public var os: String
    /// Windows only.
    public var osVersion: String?
    /// Bytes of its layers.
    @Lenient public var size: Int64
    /// Where its layers lie.
    @Lenient public var graphDriver: GraphDriver
    /// Its layers.
    @Lenient public var rootFS: ImageRootFS
    /// What the engine knows of it.
    @Lenient public var metadata: ImageMetadata
    /// What its containers start with.
    @Lenient public var config: ImageConfig

    /// Every field has the value that Docker takes where it is left out.
    public init(
        id: String = "", repoTags: [String] = [], repoDigests: [String] = [], parent: String = "",
        comment: String = "", created: String? = nil, dockerVersion: String = "", author: String = "",
        architecture: String = "", variant: String? = nil, os: String = "linux", osVersion: String? = nil,
        size: Int64 = 0, graphDriver: GraphDriver = GraphDriver(), rootFS: ImageRootFS = ImageRootFS(),
        metadata: ImageMetadata = ImageMetadata(), config: ImageConfig = ImageConfig()
    ) {
        self.id = id
        self.repoTags = repoTags
        self.repoDigests = repoDigests
        self.parent = parent
        self.comment = comment
        self.created = created
        self.dockerVersion = dockerVersion
        self.author = author
        self.architecture = architecture
        self.variant = variant
        self.os = os
        self.osVersion = osVersion
        self.size = size
        self.graphDriver = graphDriver
        self.rootFS = rootFS
        self.metadata = metadata
        self.config = config
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case repoTags = "RepoTags"
        case repoDigests = "RepoDigests"
        case parent = "Parent"
        case comment = "Comment"
        case created = "Created"
        case dockerVersion = "DockerVersion"
        case author = "Author"
        case architecture = "Architecture"
        case variant = "Variant"
        case os = "Os"
        case osVersion = "OsVersion"
        case size = "Size"
        case graphDriver = "GraphDriver"
        case rootFS = "RootFS"
        case metadata = "Metadata"
        case config = "Config"
    }
}

/// An image's layers.
public struct ImageRootFS: Codable, Hashable, Sendable {
    /// Always `layers`.
    @Lenient public var type: String
    /// Digests of the unpacked layers, lowest first.
    public var layers: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(type: String = "layers", layers: [String]? = nil) {
        self.type = type
        self.layers = layers
    }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case layers = "Layers"
    }
}

/// What the engine knows of an image.
public struct ImageMetadata: Codable, Hashable, Sendable {
    /// When it was last given a tag, RFC 3339.
    @Lenient public var lastTagTime: String

    /// Every field has the value that Docker takes where it is left out.
    public init(lastTagTime: String = "0001-01-01T00:00:00Z") {
        self.lastTagTime = lastTagTime
    }

    private enum CodingKeys: String, CodingKey {
        case lastTagTime = "LastTagTime"
    }
}

/// What containers of an image start with: `Config` of `GET /images/{name}/json`.
public struct ImageConfig: Codable, Hashable, Sendable {
    /// The command, or the entry point's arguments.
    @CommandWords public var cmd: [String]?
    /// The program.
    @CommandWords public var entrypoint: [String]?
    /// The environment.
    @Nullable public var env: [String]?
    /// Ports that the program listens on.
    public var exposedPorts: [String: EmptyObject]?
    /// How to find out whether it works.
    public var healthcheck: HealthConfig?
    /// Its labels.
    @Nullable public var labels: [String: String]?
    /// Build triggers.
    @Nullable public var onBuild: [String]?
    /// The shell of shell-form commands.
    public var shell: [String]?
    /// The signal that asks it to end.
    public var stopSignal: String?
    /// User and group.
    @Lenient public var user: String
    /// Places that become anonymous volumes.
    @Nullable public var volumes: [String: EmptyObject]?
    /// The directory to start in.
    @Lenient public var workingDir: String

    /// Every field has the value that Docker takes where it is left out.
    public init(
        cmd: [String]? = nil, entrypoint: [String]? = nil, env: [String]? = nil,
        exposedPorts: [String: EmptyObject]? = nil, healthcheck: HealthConfig? = nil, labels: [String: String]? = nil,
        onBuild: [String]? = nil, shell: [String]? = nil, stopSignal: String? = nil, user: String = "",
        volumes: [String: EmptyObject]? = nil, workingDir: String = ""
    ) {
        self.cmd = cmd
        self.entrypoint = entrypoint
        self.env = env
        self.exposedPorts = exposedPorts
        self.healthcheck = healthcheck
        self.labels = labels
        self.onBuild = onBuild
        self.shell = shell
        self.stopSignal = stopSignal
        self.user = user
        self.volumes = volumes
        self.workingDir = workingDir
    }

    private enum CodingKeys: String, CodingKey {
        case cmd = "Cmd"
        case entrypoint = "Entrypoint"
        case env = "Env"
        case exposedPorts = "ExposedPorts"
        case healthcheck = "Healthcheck"
        case labels = "Labels"
        case onBuild = "OnBuild"
        case shell = "Shell"
        case stopSignal = "StopSignal"
        case user = "User"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
    }
}

/// An element of `GET /images/{name}/history`.
public struct ImageHistoryItem: Codable, Hashable, Sendable {
    /// A note.
    @Lenient public var comment: String
    /// When the layer was made, in Unix seconds.
    @Lenient public var created: Int64
    /// The command that made it.
    @Lenient public var createdBy: String
    /// The image's id, or `<missing>`.
    @Lenient public var id: String
    /// Bytes.
    @Lenient public var size: Int64
    /// Names of the image; null for none.
    @Nullable public var tags: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        comment: String = "", created: Int64 = 0, createdBy: String = "", id: String = "", size: Int64 = 0,
        tags: [String]? = nil
    ) {
        self.comment = comment
        self.created = created
        self.createdBy = createdBy
        self.id = id
        self.size = size
        self.tags = tags
    }

    private enum CodingKeys: String, CodingKey {
        case comment = "Comment"
        case created = "Created"
        case createdBy = "CreatedBy"
        case id = "Id"
        case size = "Size"
        case tags = "Tags"
    }
}

/// An element of the reply of `DELETE /images/{name}`: one of the two is there.
public struct ImageDeleteItem: Codable, Hashable, Sendable {
    /// The name that is gone.
    public var untagged: String?
    /// The id that is gone.
    public var deleted: String?

    /// Every field has the value that Docker takes where it is left out.
    public init(untagged: String? = nil, deleted: String? = nil) {
        self.untagged = untagged
        self.deleted = deleted
    }

    private enum CodingKeys: String, CodingKey {
        case untagged = "Untagged"
        case deleted = "Deleted"
    }
}
