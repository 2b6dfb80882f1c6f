import Glibc
import SystemCalls

extension LayerExtractor {
    /// Makes what one member describes.
    func place(_ entry: ArchiveEntry, at path: MemberPath, _ archive: TarReader) throws {
        guard !path.components.isEmpty else {
            if entry.kind == .directory { try dress(root, entry, at: path) }
            return
        }
        let name = path.name
        if name.starts(with: Self.whiteoutPrefix) { return try placeWhiteout(path) }
        let folder = try directory(path.parent, for: path)
        switch entry.kind {
        case .directory:
            try placeDirectory(entry, at: path, in: folder)
        case .file:
            try clear(path, in: folder)
            try placeFile(entry, at: path, in: folder, archive)
        case .symbolicLink(let target):
            guard !target.isEmpty, target.count <= 4095, !target.contains(0) else {
                throw ImageError.archive("archive refused: the symbolic link \"\(path)\" has no usable target")
            }
            try clear(path, in: folder)
            size += Int64(target.count)
            try folder.makeSymbolicLink(name, to: target)
            try dress(name, in: folder, entry, isLink: true)
        case .hardLink(let target):
            try clear(path, in: folder)
            try placeHardLink(at: path, in: folder, to: target)
        case .characterDevice, .blockDevice:
            try placeDevice(entry, at: path, in: folder)
        case .fifo:
            try clear(path, in: folder)
            try folder.makeNode(name, mode: S_IFIFO | 0o600)
            try dress(name, in: folder, entry, isLink: false)
        case .other:
            throw ImageError.archive("archive refused: \"\(path)\" is neither file, directory, link, device nor FIFO")
        }
    }

    /// The directory that a member goes into, made with its parents where the archive leaves them out.
    func directory(_ path: MemberPath, for member: MemberPath) throws -> Folder {
        if let recent, recent.path == path { return recent.folder }
        let found: Folder
        do throws(SystemCallError) {
            found = try root.folder(path)
        } catch {
            if whiteouts.contains(path) { return try directoryOverWhiteout(path, for: member) }
            guard error.errno == .noEntry else {
                if error.errno == .notDirectory || error.errno.rawValue == ELOOP {
                    throw ImageError.archive(
                        "archive refused: \"\(member)\" goes through \"\(path)\", which is no directory of its own")
                }
                throw error
            }
            let above = try directory(path.parent, for: member)
            try above.makeFolder(path.name)
            found = try above.folder(MemberPath.root.child(path.name))
        }
        recent = (path, found)
        return found
    }

    /// A directory takes the place of a whiteout of the same layer: it hides what is below it.
    private func directoryOverWhiteout(_ path: MemberPath, for member: MemberPath) throws -> Folder {
        let above = try directory(path.parent, for: member)
        try clear(path, in: above)
        try above.makeFolder(path.name)
        let made = try above.folder(MemberPath.root.child(path.name))
        try setAttribute(made.rawValue, Self.opaqueAttribute, Self.yes)
        return made
    }

    /// Makes room: what an earlier member put there goes.
    private func clear(_ path: MemberPath, in folder: Folder) throws {
        guard let existing = try folder.status(path.name) else { return }
        if existing.st_mode & S_IFMT == S_IFDIR {
            recent = nil
            try folder.removeFolder(path.name)
        } else {
            try folder.removeFile(path.name)
            whiteouts.remove(path)
        }
    }

    private func placeDirectory(_ entry: ArchiveEntry, at path: MemberPath, in folder: Folder) throws {
        var hidesLower = false
        if let existing = try folder.status(path.name), existing.st_mode & S_IFMT != S_IFDIR {
            hidesLower = whiteouts.contains(path)
            try clear(path, in: folder)
            try folder.makeFolder(path.name)
        } else if try folder.status(path.name) == nil {
            try folder.makeFolder(path.name)
        }
        let made = try folder.folder(MemberPath.root.child(path.name))
        if hidesLower { try setAttribute(made.rawValue, Self.opaqueAttribute, Self.yes) }
        try dress(made, entry, at: path)
    }

    private func placeFile(
        _ entry: ArchiveEntry, at path: MemberPath, in folder: Folder, _ archive: TarReader
    ) throws {
        size += entry.size
        guard entry.size >= 0, size <= limits.uncompressedBytes else {
            throw ImageError.archive("archive refused: a layer is larger than \(limits.uncompressedBytes) bytes")
        }
        let file = try folder.makeFile(path.name)
        try archive.writeContent(of: entry, to: file)
        try dress(file.rawValue, entry, at: path)
        let times = [entry.modified, entry.modified]
        try check("futimens") { unsafe futimens(file.rawValue, times) }
    }

    private func placeHardLink(at path: MemberPath, in folder: Folder, to target: [UInt8]) throws {
        let original = try MemberPath(target, of: "hard link target")
        let missing = ImageError.archive(
            "archive refused: the hard link \"\(path)\" leads to \"\(original)\", which is not in the layer")
        guard !original.components.isEmpty else { throw missing }
        do throws(SystemCallError) {
            let source = try root.folder(original.parent)
            try folder.makeHardLink(path.name, to: original.name, in: source)
        } catch {
            switch error.errno.rawValue {
            case ENOENT, ENOTDIR, ELOOP, EPERM, EXDEV: throw missing
            default: throw error
            }
        }
    }

    private func placeDevice(_ entry: ArchiveEntry, at path: MemberPath, in folder: Folder) throws {
        guard path.components.count > 1, path.components[0].elementsEqual("dev".utf8), entry.device != 0 else {
            throw ImageError.archive("archive refused: \"\(path)\" is a device node outside /dev")
        }
        try clear(path, in: folder)
        let kind = entry.kind == .blockDevice ? S_IFBLK : S_IFCHR
        do throws(SystemCallError) {
            try folder.makeNode(path.name, mode: kind | 0o600, device: entry.device)
        } catch {
            guard error.errno == .notPermitted else { throw error }
            skippedDevices += 1
            return
        }
        try dress(path.name, in: folder, entry, isLink: false)
    }
}
