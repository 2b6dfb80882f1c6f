/// What is at a path in a container: the header `X-Docker-Container-Path-Stat` of `/containers/{id}/archive`, as JSON in
/// base64.
public struct PathStatus: Codable, Hashable, Sendable {
    /// The last name of the path.
    @Lenient public var name: String
    /// Bytes.
    @Lenient public var size: Int64
    /// The kind and permissions as Go has them (`fs.FileMode`).
    @Lenient public var mode: Int64
    /// When it was changed, RFC 3339.
    @Lenient public var mtime: String
    /// Where a symbolic link leads inside the container; empty for anything else.
    @Lenient public var linkTarget: String

    /// Joins what a stat(2) says.
    public init(name: String, size: Int64, mode: UInt32, modified: Timestamp, linkTarget: String) {
        self.name = name
        self.size = size
        self.mode = Int64(mode)
        mtime = modified.description
        self.linkTarget = linkTarget
    }

    private enum CodingKeys: String, CodingKey {
        case name, size, mode, mtime, linkTarget
    }
}

/// Go's notation of a file's kind and permissions (package `io/fs`, type `FileMode`).
public enum GoFileMode {
    /// Directory.
    public static let directory: UInt32 = 1 << 31
    /// Symbolic link.
    public static let symbolicLink: UInt32 = 1 << 27

    /// From stat(2)'s `st_mode`.
    public static func bits(_ mode: UInt32) -> UInt32 {
        var bits = mode & 0o777
        switch mode & 0o170000 {
        case 0o040000: bits |= directory
        case 0o120000: bits |= symbolicLink
        case 0o060000: bits |= 1 << 26
        case 0o020000: bits |= 1 << 26 | 1 << 21
        case 0o010000: bits |= 1 << 25
        case 0o140000: bits |= 1 << 24
        default: break
        }
        if mode & 0o4000 != 0 { bits |= 1 << 23 }
        if mode & 0o2000 != 0 { bits |= 1 << 22 }
        if mode & 0o1000 != 0 { bits |= 1 << 20 }
        return bits
    }
}
