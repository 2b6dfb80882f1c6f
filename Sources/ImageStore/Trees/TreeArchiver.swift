import CLinux
import Glibc
import SystemCalls

/// Packs files and directories of a live or unmounted tree: links are packed as links, never followed, and every name
/// is looked up in an open directory.
final class TreeArchiver {
    private var writer: ArchiveWriter
    /// The first name of files that have several.
    private var links: [Identity: [UInt8]] = [:]
    /// Whether whiteouts and opaque directories of overlayfs become those of archives (OCI image specification,
    /// layer.md): for the upper directory of an overlay.
    private let translatesWhiteouts: Bool

    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    init(translatesWhiteouts: Bool = false, write: @escaping ([UInt8]) throws(ImageError) -> Void) {
        writer = ArchiveWriter(write: write)
        self.translatesWhiteouts = translatesWhiteouts
    }

    /// Packs all that a directory holds.
    ///
    /// - Parameters:
    ///   - prefix: what stands before the names: empty, or a path that ends in `/`.
    ///   - leavingOut: whether a path below the directory stays out, with all below it.
    func addContents(
        of folder: Folder, prefix: [UInt8], leavingOut: ([UInt8], stat) -> Bool = { _, _ in false }
    ) throws(ImageError) {
        try FileTree.walk(in: folder) { (folder, above, name, information) throws(ImageError) in
            if leavingOut(above + name, information) { return false }
            try add(name, in: folder, status: information, as: prefix + above + name)
            return true
        } failing: {
            ImageError("pack files", $0)
        }
    }

    /// Packs one name of a directory, without what it holds.
    ///
    /// - Parameter path: what it is called in the archive, without a slash at the end.
    func add(_ name: [UInt8], in folder: Folder, status: stat, as path: [UInt8]) throws(ImageError) {
        let kind: ArchiveEntry.Kind
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink(try target(of: name, in: folder))
        case S_IFCHR: kind = .characterDevice
        case S_IFBLK: kind = .blockDevice
        case S_IFIFO: kind = .fifo
        // Sockets have no place in an archive.
        default: return
        }
        if kind == .characterDevice, status.st_rdev == 0, translatesWhiteouts {
            let cut = path.count - name.count
            return try begin(
                .file, Array(path[..<cut]) + LayerExtractor.whiteoutPrefix + name, status, attributes: [], size: 0)
        }
        if status.st_nlink > 1, kind != .directory {
            let identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            if let first = links[identity] { return try begin(.hardLink(first), path, status, attributes: [], size: 0) }
            links[identity] = path
        }
        switch kind {
        case .file: try addFile(name, in: folder, as: path)
        case .directory: try addDirectory(name, in: folder, status, as: path)
        default: try begin(kind, path, status, attributes: [], size: 0)
        }
    }

    /// Packs an open directory itself.
    func addDirectory(_ directory: Folder, as path: [UInt8]) throws(ImageError) {
        var status = stat()
        try during("pack files") { () throws(SystemCallError) in
            try check("fstat") { unsafe fstat(directory.rawValue, &status) }
        }
        try begin(
            .directory, path + [UInt8(ascii: "/")], status, attributes: try attributes(directory.rawValue), size: 0)
    }

    /// Ends the archive.
    func finish() throws(ImageError) {
        try writer.finish()
    }

    private func addDirectory(_ name: [UInt8], in folder: Folder, _ status: stat, as path: [UInt8]) throws(ImageError) {
        var found: [(name: String, value: [UInt8])] = []
        var isOpaque = false
        do throws(SystemCallError) {
            let directory = try folder.folder(MemberPath.root.child(name))
            found = try Self.attributes(directory.rawValue)
            isOpaque =
                translatesWhiteouts
                && Self.attribute(directory.rawValue, LayerExtractor.opaqueAttribute) == LayerExtractor.yes
        } catch {
            // Gone since it was seen.
            if error.errno == .noEntry { return }
            throw ImageError("pack \(String(decoding: path, as: UTF8.self))", error)
        }
        try begin(.directory, path + [UInt8(ascii: "/")], status, attributes: found, size: 0)
        if isOpaque {
            try begin(.file, path + Array("/.wh..wh..opq".utf8), status, attributes: [], size: 0)
        }
    }

    /// A file's content as it is while it is read: exactly the bytes that the header promises, zeros where it shrinks.
    private func addFile(_ name: [UInt8], in folder: Folder, as path: [UInt8]) throws(ImageError) {
        let words = "pack \(String(decoding: path, as: UTF8.self))"
        let file: SharedFileDescriptor
        do throws(SystemCallError) {
            file = SharedFileDescriptor(
                try folder.open(MemberPath.root.child(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
        } catch {
            if error.errno == .noEntry { return }
            throw ImageError(words, error)
        }
        var status = stat()
        try during(words) { () throws(SystemCallError) in
            try check("fstat") { unsafe fstat(file.rawValue, &status) }
        }
        // Something else by now.
        guard status.st_mode & S_IFMT == S_IFREG else { return }
        let size = Int64(status.st_size)
        try begin(.file, path, status, attributes: try attributes(file.rawValue), size: size)
        var left = size
        while left > 0 {
            let limit = Int(min(left, 1 << 18))
            var bytes = try during(words) { () throws(SystemCallError) in
                try file.withDescriptor { (file) throws(SystemCallError) in try file.read(upTo: limit) }
            }
            if bytes.isEmpty { bytes = [UInt8](repeating: 0, count: limit) }
            try writer.content(bytes)
            left -= Int64(bytes.count)
        }
    }

    private func begin(
        _ kind: ArchiveEntry.Kind, _ path: [UInt8], _ status: stat, attributes: [(name: String, value: [UInt8])],
        size: Int64
    ) throws(ImageError) {
        let isDevice = kind == .characterDevice || kind == .blockDevice
        try writer.begin(
            ArchiveEntry(
                name: path, kind: kind, size: size, mode: status.st_mode & 0o7777, user: Int64(status.st_uid),
                group: Int64(status.st_gid), modified: status.st_mtim, device: isDevice ? UInt64(status.st_rdev) : 0,
                attributes: attributes))
    }

    private func target(of name: [UInt8], in folder: Folder) throws(ImageError) -> [UInt8] {
        try during("pack files") { () throws(SystemCallError) in try folder.linkTarget(name) }
    }

    // MARK: Attributes

    private func attributes(_ descriptor: CInt) throws(ImageError) -> [(name: String, value: [UInt8])] {
        try during("pack files") { () throws(SystemCallError) in try Self.attributes(descriptor) }
    }

    /// File capabilities and `user.` attributes of an open file or directory.
    static func attributes(_ descriptor: CInt) throws(SystemCallError) -> [(name: String, value: [UInt8])] {
        var names = [CChar](repeating: 0, count: 65536)
        let count = unsafe cw_list_attributes(descriptor, &names, names.count)
        // A file system without attributes.
        guard count > 0 else { return [] }
        return names.prefix(count).split(separator: 0).compactMap { part in
            let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard name == "security.capability" || name.hasPrefix("user.") else { return nil }
            return attribute(descriptor, name).map { (name, $0) }
        }
    }

    /// The value of an attribute, or nil where there is none.
    static func attribute(_ descriptor: CInt, _ name: String) -> [UInt8]? {
        var value = [UInt8](repeating: 0, count: 65536)
        let count = unsafe value.withUnsafeMutableBytes {
            unsafe cw_get_attribute(descriptor, name, $0.baseAddress, $0.count)
        }
        return count < 0 ? nil : Array(value.prefix(count))
    }
}
