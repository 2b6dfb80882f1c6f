import Glibc
import SystemCalls

extension LayerExtractor {
    /// What a whiteout's name begins with (OCI image specification, layer.md).
    static let whiteoutPrefix = Array(".wh.".utf8)
    /// Marks a directory that hides all of its namesakes below (overlayfs).
    static let opaqueAttribute = "trusted.overlay.opaque"
    static let yes = [UInt8(ascii: "y")]

    /// Turns a whiteout into overlayfs' notation. It hides what is in lower layers, never what is in this one.
    func placeWhiteout(_ path: MemberPath) throws {
        let name = path.name
        let parent: Folder
        if name.starts(with: ".wh..wh.".utf8) {
            // `.wh..wh.plnk` and its like are the book-keeping of aufs.
            guard name.elementsEqual(".wh..wh..opq".utf8) else { return }
            parent = try directory(path.parent, for: path)
            return try setAttribute(parent.rawValue, Self.opaqueAttribute, Self.yes)
        }
        let hidden = Array(name.dropFirst(Self.whiteoutPrefix.count))
        guard !hidden.isEmpty, !hidden.elementsEqual(".".utf8), !hidden.elementsEqual("..".utf8) else {
            throw ImageError.archive("archive refused: \"\(path)\" is a whiteout of nothing")
        }
        parent = try directory(path.parent, for: path)
        if let existing = try parent.status(hidden) {
            if existing.st_mode & S_IFMT == S_IFDIR {
                let folder = try parent.folder(MemberPath.root.child(hidden))
                try setAttribute(folder.rawValue, Self.opaqueAttribute, Self.yes)
            }
            return
        }
        try parent.makeNode(hidden, mode: S_IFCHR, device: 0)
        whiteouts.insert(path.sibling(hidden))
    }

    /// Owner, permissions, attributes and time of a directory; the time comes last of all.
    func dress(_ folder: Folder, _ entry: ArchiveEntry, at path: MemberPath) throws {
        try dress(folder.rawValue, entry, at: path)
        times.append((path, entry.modified))
    }

    /// Owner, permissions and attributes of an open file or directory, in the order in which the kernel keeps them
    /// (a change of owner drops the set-user-id bit and capabilities).
    func dress(_ descriptor: CInt, _ entry: ArchiveEntry, at path: MemberPath) throws {
        let (user, group) = try owner(entry)
        try check("fchown") { fchown(descriptor, user, group) }
        try check("fchmod") { fchmod(descriptor, entry.mode) }
        for (name, value) in entry.attributes { try set(name, value, on: descriptor, at: path) }
    }

    /// Owner, permissions and time of a name that is not opened: a link, a FIFO or a device.
    func dress(_ name: [UInt8], in folder: Folder, _ entry: ArchiveEntry, isLink: Bool) throws {
        let (user, group) = try owner(entry)
        try folder.setOwner(name, user: user, group: group)
        if !isLink { try folder.setMode(name, entry.mode) }
        try folder.setTime(name, entry.modified)
    }

    private func owner(_ entry: ArchiveEntry) throws(ImageError) -> (UInt32, UInt32) {
        guard let user = UInt32(exactly: entry.user), let group = UInt32(exactly: entry.group),
            user != .max, group != .max
        else {
            throw .archive("archive refused: owner \(entry.user):\(entry.group) is no user and group of Linux")
        }
        return (user, group)
    }

    /// File capabilities and `user.` attributes are kept. Those of overlayfs would change what other layers show, and
    /// are refused; the rest (SELinux labels, integrity hashes) belongs to the machine that made the archive.
    private func set(_ name: String, _ value: [UInt8], on descriptor: CInt, at path: MemberPath) throws {
        if name.hasPrefix("trusted.overlay.") {
            throw ImageError.archive("archive refused: \"\(path)\" carries the attribute \(name)")
        }
        guard name == "security.capability" || name.hasPrefix("user.") else { return }
        do throws(SystemCallError) {
            try setAttribute(descriptor, name, value)
        } catch {
            // The file system has no attributes of this sort.
            guard error.errno.rawValue == EOPNOTSUPP || error.errno == .notPermitted else { throw error }
        }
    }
}
