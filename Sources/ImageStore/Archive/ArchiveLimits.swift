/// How much an archive may ask of this machine. What exceeds it is refused whole.
public struct ArchiveLimits: Hashable, Sendable {
    /// Bytes of an archive or of one layer after decompression.
    public var uncompressedBytes: Int64 = 256 << 30
    /// Members of an archive or of one layer.
    public var entries = 4_000_000
    /// How many times larger the content may be than what was sent, once it is beyond `ratioThreshold`.
    public var ratio: Int64 = 500
    /// Bytes that may come out of a small input whatever the ratio.
    public var ratioThreshold: Int64 = 4 << 30
    /// Bytes of a manifest, an index or an image's configuration.
    public var documentBytes: Int64 = 8 << 20
    /// Layers of an image: overlayfs takes no more than 500, Docker no more than 127.
    public var layers = 128

    /// The limits of a normal machine.
    public init() {}
}
