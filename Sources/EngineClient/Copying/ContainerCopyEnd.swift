public import EngineAPI

/// The ends of copies in containers, as `HEAD /containers/{id}/archive` tells of them.
extension CopyEnd {
    /// Go's bits for kinds of files (`io/fs`, FileMode).
    private static let directoryBit: Int64 = 1 << 31
    private static let linkBit: Int64 = 1 << 27
    private static let deviceBits: Int64 = 1 << 26 | 1 << 19

    /// What a reply says of a path; nil where it says nothing.
    public static func status(_ reply: HTTPResponse) -> JSONValue? {
        reply["x-docker-container-path-stat"].flatMap { Base64.decode($0) }.flatMap { try? JSONValue(parsing: $0) }
    }

    /// Whether a path's status is a directory's.
    public static func isDirectory(_ status: JSONValue) -> Bool { status.number("mode") & directoryBit != 0 }

    /// The permissions in a path's status.
    public static func permissions(_ status: JSONValue) -> UInt32 { UInt32(status.number("mode") & 0o777) }

    /// Refuses what nothing can be copied to.
    public static func checkOutput(_ status: JSONValue, container: String, path: String) throws(ClientError) {
        let mode = status.number("mode")
        if mode & deviceBits == 0 { return }
        throw .local(
            "destination \"\(container):\(path)\" must be a directory or a regular file: got "
                + (mode & 1 << 26 != 0 ? "a device" : "an irregular file"))
    }

    /// Where a link in a container leads; nil for anything else.
    public static func linkTarget(_ status: JSONValue, of path: String) -> String? {
        guard status.number("mode") & linkBit != 0 else { return nil }
        let target = status.text("linkTarget")
        return target.hasPrefix("/") ? target : CopyPath.join(CopyPath.split(path).directory, target)
    }

    /// A container's link as a source: what it leads to, under the link's name.
    public static func followed(_ path: String, to target: String) -> CopyEnd {
        let resolved = CopyPath.renamed(path, resolved: target)
        return CopyEnd(path: resolved.path, name: resolved.name)
    }

    /// What the topmost member of a container's archive is called.
    public static func memberName(_ path: String) -> String {
        let base = CopyPath.split(path).base
        return base == "/" ? "." : base
    }
}
