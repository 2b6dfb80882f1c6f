/// What is known of one end of a copy.
public struct CopyEnd: Hashable, Sendable {
    /// The path, links at its end already followed where that is wanted.
    public var path: String
    /// Whether there is something.
    public var exists: Bool
    /// Whether that is a directory.
    public var isDirectory: Bool
    /// What the source is to be called, where a link led to something with another name.
    public var name: String?

    /// Joins what is known.
    public init(path: String, exists: Bool = true, isDirectory: Bool = false, name: String? = nil) {
        self.path = path
        self.exists = exists
        self.isDirectory = isDirectory
        self.name = name
    }
}

/// Where an archive is unpacked, and what its topmost member is called there: the rules of `docker cp`, which are those
/// of `cp -r`.
public struct CopyPlan: Hashable, Sendable {
    /// The directory to unpack into. It exists already, or the copy fails.
    public var directory: String
    /// The topmost member's name; `.` where what the source holds goes into `directory` itself.
    public var name: String

    /// Settles it.
    ///
    /// - Throws: where a directory would take a file's place, or a file would become a directory.
    public init(from source: CopyEnd, to destination: CopyEnd) throws(ClientError) {
        let target = CopyPath.split(destination.path)
        let own = source.name ?? CopyPath.split(source.path).base
        switch (destination.exists, destination.isDirectory, source.isDirectory) {
        case (true, true, _):
            directory = destination.path
            name = own == "/" ? "." : own
        case (true, false, true): throw .local("cannot copy directory")
        case (false, _, false)
        where CopyPath.endsInSlash(destination.path) || CopyPath.endsInDot(destination.path):
            throw .local("no such directory")
        default:
            directory = target.directory
            name = target.base
        }
    }
}
