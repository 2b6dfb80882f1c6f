/// `GET /version`.
public struct SystemVersion: Codable, Hashable, Sendable {
    /// The product.
    @Lenient public var platform: SystemPlatform
    /// The engine and the programs that it uses.
    @Lenient public var components: [SystemComponent]
    /// The engine's version.
    @Lenient public var version: String
    /// The highest API version that it speaks.
    @Lenient public var apiVersion: String
    /// The lowest.
    @Lenient public var minAPIVersion: String
    /// The source that it was made from.
    @Lenient public var gitCommit: String
    /// Clients print it; the compiler's version.
    @Lenient public var goVersion: String
    /// The operating system.
    @Lenient public var os: String
    /// The processor: `amd64`.
    @Lenient public var arch: String
    /// The kernel's release.
    @Lenient public var kernelVersion: String
    /// Whether experiments are on.
    public var experimental: Bool?
    /// When it was built, RFC 3339.
    @Lenient public var buildTime: String

    /// Every field has the value that Docker takes where it is left out.
    public init(
        platform: SystemPlatform = SystemPlatform(), components: [SystemComponent] = [], version: String = "",
        apiVersion: String = "", minAPIVersion: String = "", gitCommit: String = "", goVersion: String = "",
        os: String = "linux", arch: String = "", kernelVersion: String = "", experimental: Bool? = nil,
        buildTime: String = ""
    ) {
        self.platform = platform
        self.components = components
        self.version = version
        self.apiVersion = apiVersion
        self.minAPIVersion = minAPIVersion
        self.gitCommit = gitCommit
        self.goVersion = goVersion
        self.os = os
        self.arch = arch
        self.kernelVersion = kernelVersion
        self.experimental = experimental
        self.buildTime = buildTime
    }

    private enum CodingKeys: String, CodingKey {
        case platform = "Platform"
        case components = "Components"
        case version = "Version"
        case apiVersion = "ApiVersion"
        case minAPIVersion = "MinAPIVersion"
        case gitCommit = "GitCommit"
        case goVersion = "GoVersion"
        case os = "Os"
        case arch = "Arch"
        case kernelVersion = "KernelVersion"
        case experimental = "Experimental"
        case buildTime = "BuildTime"
    }
}

/// The product's name.
public struct SystemPlatform: Codable, Hashable, Sendable {
    /// May be empty.
    @Lenient public var name: String

    /// Every field has the value that Docker takes where it is left out.
    public init(name: String = "") {
        self.name = name
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
    }
}

/// The engine or a program that it uses.
public struct SystemComponent: Codable, Hashable, Sendable {
    /// Its name.
    @Lenient public var name: String
    /// Its version.
    @Lenient public var version: String
    /// More about it.
    public var details: [String: String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(name: String = "", version: String = "", details: [String: String]? = nil) {
        self.name = name
        self.version = version
        self.details = details
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case version = "Version"
        case details = "Details"
    }
}
