import Glibc
import SystemCalls

/// The ends of copies on this machine.
extension CopyEnd {
    /// An absolute path with the ending that `path` has.
    public static func absolute(_ path: String) -> String {
        let full = path.hasPrefix("/") ? path : currentDirectory + "/" + path
        return CopyPath.keepingEnd(CopyPath.clean(full), of: path)
    }

    private static var currentDirectory: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard let base = buffer.baseAddress, let text = unsafe getcwd(base, buffer.count) else { return "/" }
            return unsafe String(cString: text)
        }
    }

    /// What is to be copied.
    ///
    /// - Parameters:
    ///   - path: absolute.
    ///   - follows: whether a link at the end stands for what it leads to.
    /// - Throws: where there is nothing.
    public static func localSource(_ path: String, follows: Bool) throws(ClientError) -> CopyEnd {
        let resolved: (path: String, name: String?)
        if follows {
            resolved = CopyPath.renamed(path, resolved: try real(path))
        } else {
            let cut = path.lastIndex(of: "/") ?? path.startIndex
            let folder = try real(String(path[...cut]))
            let full = (folder == "/" ? "" : folder) + path[cut...]
            let isRenamed = CopyPath.endsInSlash(path) && CopyPath.base(path) != CopyPath.base(full)
            resolved = (full, isRenamed ? CopyPath.base(path) : nil)
        }
        return CopyEnd(
            path: resolved.path, isDirectory: isDirectory(try status(resolved.path)), name: resolved.name)
    }

    /// Where something is to be copied to; links are followed, even one that leads to nothing.
    ///
    /// - Parameter path: absolute.
    /// - Throws: where not even the directory above is there.
    public static func localDestination(_ path: String) throws(ClientError) -> CopyEnd {
        var place = path
        var links = 0
        while let found = try statusIfThere(place) {
            guard found.st_mode & S_IFMT == S_IFLNK, let target = FileSystem.linkTarget(place) else {
                return CopyEnd(path: place, isDirectory: isDirectory(found))
            }
            links += 1
            if links > 11 { throw .local("too many symlinks in \(path)") }
            place = target.hasPrefix("/") ? target : CopyPath.join(CopyPath.split(place).directory, target)
        }
        let above = CopyPath.split(place).directory
        guard let found = FileSystem.status(above) else {
            throw .local("stat \(above): \(Errno.current.description.lowercasedFirst)")
        }
        if !isDirectory(found) { throw .local("not a directory") }
        return CopyEnd(path: place, exists: false)
    }

    /// Refuses what nothing can be copied to.
    ///
    /// - Throws: where the directory above is missing, or the path is a device.
    public static func checkOutput(_ path: String) throws(ClientError) {
        let above = CopyPath.parent(CopyPath.clean(path))
        if above != ".", FileSystem.status(above) == nil, Errno.current == .noEntry {
            throw .local("invalid output path: directory \"\(above)\" does not exist")
        }
        guard let kind = FileSystem.status(path).map({ $0.st_mode & S_IFMT }) else {
            if Errno.current == .noEntry { return }
            throw .local("stat \(path): \(Errno.current.description.lowercasedFirst)")
        }
        if kind == S_IFCHR || kind == S_IFBLK {
            throw .local("invalid output path: \"\(path)\" must be a directory or a regular file: got a device")
        }
    }

    private static func isDirectory(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

    private static func real(_ path: String) throws(ClientError) -> String {
        guard let pointer = unsafe realpath(path, nil) else {
            throw .local("lstat \(CopyPath.clean(path)): \(Errno.current.description.lowercasedFirst)")
        }
        defer { unsafe free(pointer) }
        return unsafe String(cString: pointer)
    }

    private static func status(_ path: String) throws(ClientError) -> stat {
        if let found = FileSystem.status(path, followLinks: false) { return found }
        throw .local("lstat \(path): \(Errno.current.description.lowercasedFirst)")
    }

    private static func statusIfThere(_ path: String) throws(ClientError) -> stat? {
        if let found = FileSystem.status(path, followLinks: false) { return found }
        if Errno.current == .noEntry { return nil }
        throw .local("lstat \(path): \(Errno.current.description.lowercasedFirst)")
    }
}
