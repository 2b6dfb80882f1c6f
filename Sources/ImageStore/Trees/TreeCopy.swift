import Glibc
import SystemCalls

extension ContainerView {
    /// Copies what the view has at a path into an empty directory of the machine, with owners, permissions, times,
    /// links, FIFOs and attributes: the content of an image that a new volume begins with. Nothing of the view is
    /// followed, and nothing outside `target` is touched. A directory's own owner and permissions are taken over, too.
    ///
    /// - Returns: false where the path is not there or no directory, or `target` holds something already.
    public func copyContents(of path: String, into target: String) throws(ImageError) -> Bool {
        guard let source = try? folder(path) else { return false }
        return try during("copy \(path) into the volume") { () throws(SystemCallError) in
            let target = try Folder(path: target)
            guard try FileTree.names(target).isEmpty else { return false }
            try TreeCopy(source: source, target: target).run()
            return true
        }
    }

    /// Whether the view has something at a path that is no directory.
    public func isFile(_ path: String) -> Bool {
        guard let place = try? place(path, follows: true) else { return false }
        var information = stat()
        guard unsafe fstat(place.rawValue, &information) == 0 else { return false }
        return information.st_mode & S_IFMT != S_IFDIR
    }
}

/// Copies a tree into an empty directory.
private final class TreeCopy {
    private let source: Folder
    private let target: Folder
    private var firstNames: [UInt64: [UInt8]] = [:]
    private var times: [(path: [UInt8], time: timespec)] = []
    private var recent: (path: [UInt8], folder: Folder)?

    init(source: Folder, target: Folder) {
        self.source = source
        self.target = target
    }

    func run() throws(SystemCallError) {
        try FileTree.walk(in: source) { (folder, above, name, information) throws(SystemCallError) in
            try copy(name, from: folder, above, information)
            return true
        } failing: {
            $0
        }
        for (path, time) in times.reversed() {
            let folder = try open(path)
            let pair = [time, time]
            unsafe futimens(folder.rawValue, pair)
        }
        var information = stat()
        try check("fstat") { unsafe fstat(source.rawValue, &information) }
        try dress(target.rawValue, like: source.rawValue, information)
    }

    private func open(_ path: [UInt8]) throws(SystemCallError) -> Folder {
        if path.isEmpty { return target }
        if let recent, recent.path == path { return recent.folder }
        let folder = path.split(separator: UInt8(ascii: "/")).reduce(MemberPath.root) { $0.child(Array($1)) }
        let found = try target.folder(folder)
        recent = (path, found)
        return found
    }

    private func copy(
        _ name: [UInt8], from folder: Folder, _ above: [UInt8], _ information: stat
    ) throws(SystemCallError) {
        let place = try open(above)
        let member = MemberPath.root.child(name)
        let kind = information.st_mode & S_IFMT
        if kind != S_IFDIR, information.st_nlink > 1 {
            let inode = UInt64(information.st_ino)
            if let first = firstNames[inode] {
                let cut = first.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
                let original = try open(Array(first[..<cut]))
                return try place.makeHardLink(name, to: Array(first[cut...]), in: original)
            }
            firstNames[inode] = above + name
        }
        switch kind {
        case S_IFDIR:
            try place.makeFolder(name, mode: 0o700)
            let made = try place.folder(member)
            try dress(made.rawValue, like: try folder.folder(member).rawValue, information)
            times.append((above + name + [UInt8(ascii: "/")], information.st_mtim))
        case S_IFREG:
            let from = try folder.open(member, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let made = try place.makeFile(name)
            while true {
                let bytes = try from.read(upTo: 1 << 18)
                if bytes.isEmpty { break }
                try made.writeAll(bytes)
            }
            try dress(made.rawValue, like: from.rawValue, information)
            try place.setTime(name, information.st_mtim)
        case S_IFLNK:
            try place.makeSymbolicLink(name, to: try folder.linkTarget(name))
            try place.setOwner(name, user: information.st_uid, group: information.st_gid)
            try place.setTime(name, information.st_mtim)
        case S_IFIFO, S_IFCHR, S_IFBLK:
            do throws(SystemCallError) {
                try place.makeNode(
                    name, mode: kind | 0o600, device: kind == S_IFIFO ? 0 : UInt64(information.st_rdev))
            } catch {
                // A device that this machine may not make.
                guard kind != S_IFIFO, error.errno == .notPermitted else { throw error }
                return
            }
            try place.setOwner(name, user: information.st_uid, group: information.st_gid)
            try place.setMode(name, information.st_mode & 0o7777)
            try place.setTime(name, information.st_mtim)
        default: return
        }
    }

    private func dress(_ target: CInt, like source: CInt, _ information: stat) throws(SystemCallError) {
        try check("fchown") { fchown(target, information.st_uid, information.st_gid) }
        try check("fchmod") { fchmod(target, information.st_mode & 0o7777) }
        for (name, value) in try TreeArchiver.attributes(source) {
            do throws(SystemCallError) {
                try setAttribute(target, name, value)
            } catch {
                guard error.errno.rawValue == EOPNOTSUPP || error.errno == .notPermitted else { throw error }
            }
        }
    }
}
