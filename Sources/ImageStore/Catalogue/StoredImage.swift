public import EngineAPI

/// An image of the store.
public struct StoredImage: Sendable {
    /// `sha256:` and 64 hex digits: the digest of its configuration.
    public let id: String
    /// Its names with tags, as people read them: `busybox:latest`; sorted.
    public let repoTags: [String]
    /// Its names with digests; sorted.
    public let repoDigests: [String]
    /// What its containers start with.
    public let config: ContainerConfig
    /// When it was made, RFC 3339; empty where its configuration does not say.
    public let created: String
    /// The processor: `amd64`.
    public let architecture: String
    /// The processor's variant, such as `v8`.
    public let variant: String?
    /// The operating system.
    public let os: String
    /// Who made it.
    public let author: String
    /// A note of who made it.
    public let comment: String
    /// The engine that made it.
    public let dockerVersion: String
    /// Digests of its uncompressed layers, lowest first.
    public let layers: [String]
    /// Bytes in the regular files of all layers.
    public let size: Int64
    /// The image that it was built on; empty where that is not known.
    public let parent: String
    /// When it was last given a tag, RFC 3339; Go's zero time for never.
    public let lastTagTime: String
    /// The directories of its layers, uppermost first, as overlayfs takes them.
    public let layerDirectories: [String]
}

/// An image that `load` brought.
public struct LoadedImage: Hashable, Sendable {
    /// `sha256:…`
    public let id: String
    /// The names that it was given, as people read them.
    public let references: [String]
}
