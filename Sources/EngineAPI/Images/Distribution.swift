/// `GET /distribution/{name}/json`: what a registry has under a name.
public struct DistributionInspect: Codable, Hashable, Sendable {
    /// The manifest or index.
    @Lenient public var descriptor: DistributionDescriptor
    /// What it can run on.
    @Lenient public var platforms: [DistributionPlatform]

    /// Every field has the value that Docker takes where it is left out.
    public init(descriptor: DistributionDescriptor = DistributionDescriptor(), platforms: [DistributionPlatform] = []) {
        self.descriptor = descriptor
        self.platforms = platforms
    }

    private enum CodingKeys: String, CodingKey {
        case descriptor = "Descriptor"
        case platforms = "Platforms"
    }
}

/// A manifest in a registry.
public struct DistributionDescriptor: Codable, Hashable, Sendable {
    /// What it is.
    @Lenient public var mediaType: String
    /// `sha256:` and 64 hex digits.
    @Lenient public var digest: String
    /// Bytes.
    @Lenient public var size: Int64

    /// Every field has the value that Docker takes where it is left out.
    public init(mediaType: String = "", digest: String = "", size: Int64 = 0) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case mediaType
        case digest
        case size
    }
}

/// What an image runs on.
public struct DistributionPlatform: Codable, Hashable, Sendable {
    /// The processor: `amd64`.
    @Lenient public var architecture: String
    /// The operating system.
    @Lenient public var os: String
    /// The processor's variant: `v8`.
    public var variant: String?

    /// Every field has the value that Docker takes where it is left out.
    public init(architecture: String = "", os: String = "", variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    private enum CodingKeys: String, CodingKey {
        case architecture
        case os
        case variant
    }
}

/// The reply of `POST /auth`.
public struct AuthResponse: Codable, Hashable, Sendable {
    /// `Login Succeeded`.
    @Lenient public var status: String
    /// What to keep in place of the password; empty for none.
    @Lenient public var identityToken: String

    /// Every field has the value that Docker takes where it is left out.
    public init(status: String = "", identityToken: String = "") {
        self.status = status
        self.identityToken = identityToken
    }

    private enum CodingKeys: String, CodingKey {
        case identityToken = "IdentityToken"
        case status = "Status"
    }
}

/// The reply of `POST /images/prune`.
public struct ImagePruneResponse: Codable, Hashable, Sendable {
    /// What went; null for nothing.
    @Nullable public var imagesDeleted: [ImageDeleteItem]?
    /// Bytes that are free now.
    @Lenient public var spaceReclaimed: Int64

    /// Every field has the value that Docker takes where it is left out.
    public init(imagesDeleted: [ImageDeleteItem]? = nil, spaceReclaimed: Int64 = 0) {
        self.imagesDeleted = imagesDeleted
        self.spaceReclaimed = spaceReclaimed
    }

    private enum CodingKeys: String, CodingKey {
        case imagesDeleted = "ImagesDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }
}

extension DistributionDescriptor: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: DistributionDescriptor { DistributionDescriptor() }
}
