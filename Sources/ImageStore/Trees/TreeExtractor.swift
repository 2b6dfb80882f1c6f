import Glibc
import SystemCalls

/// How an archive is unpacked into a tree that exists.
public struct ExtractOptions: Sendable {
    /// Whether a directory may not take the place of something else, nor something else a directory's
    /// (`noOverwriteDirNonDir`).
    public var keepsKinds = false
    /// The owner of everything, in place of the archive's.
    public var owner: (user: UInt32, group: UInt32)?

    /// What messages call the directory that is unpacked into; nil means its path below the root.
    public var directoryName: String?

    /// The archive's owners; kinds may change.
    public init() {}
}

/// Unpacks an archive into a directory of a root that is not ours: a container's. Every path is resolved as if the root
/// were the file system's (openat2(2), RESOLVE_IN_ROOT), each time anew, so that neither a link of the archive nor one
/// that the container swaps in meanwhile leads out of it; the last name of a path is never followed.
///
/// Refused whole: `..`, devices (they would be the machine's own), owners that Linux does not have. What stands before a
/// refused member has been unpacked by then, as with any unpacking in place.
final class TreeExtractor {
    private let root: SharedFileDescriptor
    private let directory: String
    private let options: ExtractOptions
    private let limits: ArchiveLimits
    /// What the first part of every name becomes.
    private let newName: [UInt8]?
    private var recent: (path: MemberPath, folder: Folder)?
    private var times: [(path: MemberPath, time: timespec)] = []

    /// Unpacks into `directory` of `root`, which must exist.
    init(
        root: SharedFileDescriptor, directory: String, options: ExtractOptions, limits: ArchiveLimits,
        newName: String? = nil
    ) {
        self.root = root
        self.directory = directory
        self.options = options
        self.limits = limits
        self.newName = newName.map { Array($0.utf8) }
    }

    /// Unpacks all members.
    func extract(_ archive: TarReader) throws(ImageError) {
        var count = 0
        while let entry = try archive.nextEntry() {
            count += 1
            if count > limits.entries { throw .archive("archive refused: more than \(limits.entries) members") }
            let path = try self.path(entry.name)
            try unpacking("\(path)") { try place(entry, at: path, archive) }
        }
        for (path, time) in times.reversed() {
            guard let folder = try? open(path) else { continue }
            let pair = [time, time]
            unsafe futimens(folder.rawValue, pair)
        }
    }

    private func path(_ name: [UInt8], of what: String = "member name") throws(ImageError) -> MemberPath {
        let path = try MemberPath(Array(name.drop { $0 == UInt8(ascii: "/") }), of: what)
        guard let newName, !path.components.isEmpty else { return path }
        return path.components.dropFirst().reduce(try MemberPath(newName)) { $0.child($1) }
    }

    private func place(_ entry: ArchiveEntry, at path: MemberPath, _ archive: TarReader) throws {
        guard !path.components.isEmpty else {
            // The directory itself keeps what it is.
            return
        }
        switch entry.kind {
        case .characterDevice, .blockDevice:
            throw ImageError.archive("archive refused: \"\(path)\" is a device node")
        case .other:
            throw ImageError.archive("archive refused: \"\(path)\" is neither file, directory, link nor FIFO")
        default: break
        }
        let folder = try parent(path.parent)
        let name = path.name
        try makeRoom(for: entry, at: path, in: folder)
        switch entry.kind {
        case .directory:
            if try folder.status(name) == nil { try folder.makeFolder(name) }
            let made = try folder.folder(MemberPath.root.child(name))
            try dress(made.rawValue, entry)
            times.append((path, entry.modified))
        case .file: try placeFile(entry, at: path, in: folder, archive)
        case .symbolicLink(let target):
            guard !target.isEmpty, target.count <= 4095, !target.contains(0) else {
                throw ImageError.archive("archive refused: the symbolic link \"\(path)\" has no usable target")
            }
            try folder.makeSymbolicLink(name, to: target)
            let (user, group) = try owner(entry)
            try folder.setOwner(name, user: user, group: group)
            try folder.setTime(name, entry.modified)
        case .hardLink(let target): try placeHardLink(at: path, in: folder, to: target)
        case .fifo:
            try folder.makeNode(name, mode: S_IFIFO | 0o600)
            let (user, group) = try owner(entry)
            try folder.setOwner(name, user: user, group: group)
            try folder.setMode(name, entry.mode)
            try folder.setTime(name, entry.modified)
        case .characterDevice, .blockDevice, .other: break
        }
    }

    /// What is in a member's way goes, but for a directory where the member is one.
    private func makeRoom(for entry: ArchiveEntry, at path: MemberPath, in folder: Folder) throws {
        guard let existing = try folder.status(path.name) else { return }
        let isDirectory = existing.st_mode & S_IFMT == S_IFDIR
        if options.keepsKinds, isDirectory != (entry.kind == .directory) {
            let shown = options.directoryName ?? directory
            let place = (shown.hasSuffix("/") ? shown : shown + "/") + path.description
            let (old, new) = isDirectory ? ("directory", "non-directory") : ("non-directory", "directory")
            throw ImageError.archive("cannot overwrite \(old) \"\(place)\" with \(new) \"\(shown)\"")
        }
        if isDirectory, entry.kind == .directory { return }
        guard isDirectory else { return try folder.removeFile(path.name) }
        recent = nil
        let old = try folder.folder(MemberPath.root.child(path.name))
        try FileTree.removeContents(of: old)
        try folder.removeFolder(path.name)
    }

    private func full(_ path: MemberPath) -> String {
        (directory.hasSuffix("/") ? directory : directory + "/") + path.description
    }

    /// Opens a directory of the destination, links followed inside the root.
    private func open(_ path: MemberPath) throws(SystemCallError) -> Folder {
        let text = full(path)
        return Folder(
            try root.withDescriptor { (root) throws(SystemCallError) in
                try root.openInside(text, O_RDONLY | O_DIRECTORY)
            })
    }

    /// The directory that a member goes into, made with its parents where they are missing.
    private func parent(_ path: MemberPath) throws -> Folder {
        if let recent, recent.path == path { return recent.folder }
        let found: Folder
        do throws(SystemCallError) {
            found = try open(path)
        } catch {
            guard error.errno == .noEntry, !path.components.isEmpty else { throw error }
            let above = try parent(path.parent)
            try above.makeFolder(path.name)
            found = try above.folder(MemberPath.root.child(path.name))
        }
        recent = (path, found)
        return found
    }

    private func placeFile(
        _ entry: ArchiveEntry, at path: MemberPath, in folder: Folder, _ archive: TarReader
    ) throws {
        guard entry.size >= 0, entry.size <= limits.uncompressedBytes else {
            throw ImageError.archive("archive refused: \"\(path)\" is larger than \(limits.uncompressedBytes) bytes")
        }
        let file = try folder.makeFile(path.name)
        try archive.writeContent(of: entry, to: file)
        try dress(file.rawValue, entry)
        let times = [entry.modified, entry.modified]
        try check("futimens") { unsafe futimens(file.rawValue, times) }
    }

    /// The other name is a path below the destination, as tar has it, never one from outside.
    private func placeHardLink(at path: MemberPath, in folder: Folder, to target: [UInt8]) throws {
        let original = try self.path(target, of: "hard link target")
        let missing = ImageError.archive(
            "archive refused: the hard link \"\(path)\" leads to \"\(original)\", which is not there")
        guard !original.components.isEmpty else { throw missing }
        do throws(SystemCallError) {
            try folder.makeHardLink(path.name, to: original.name, in: try open(original.parent))
        } catch {
            switch error.errno.rawValue {
            case ENOENT, ENOTDIR, ELOOP, EPERM, EXDEV: throw missing
            default: throw error
            }
        }
    }

    private func owner(_ entry: ArchiveEntry) throws(ImageError) -> (UInt32, UInt32) {
        if let owner = options.owner { return (owner.user, owner.group) }
        guard let user = UInt32(exactly: entry.user), let group = UInt32(exactly: entry.group),
            user != .max, group != .max
        else {
            throw .archive("archive refused: owner \(entry.user):\(entry.group) is no user and group of Linux")
        }
        return (user, group)
    }

    /// In the order in which the kernel keeps them: a change of owner drops the set-user-id bit and capabilities.
    private func dress(_ descriptor: CInt, _ entry: ArchiveEntry) throws {
        let (user, group) = try owner(entry)
        try check("fchown") { fchown(descriptor, user, group) }
        try check("fchmod") { fchmod(descriptor, entry.mode) }
        for (name, value) in entry.attributes where name == "security.capability" || name.hasPrefix("user.") {
            do throws(SystemCallError) {
                try setAttribute(descriptor, name, value)
            } catch {
                guard error.errno.rawValue == EOPNOTSUPP || error.errno == .notPermitted else { throw error }
            }
        }
    }
}
