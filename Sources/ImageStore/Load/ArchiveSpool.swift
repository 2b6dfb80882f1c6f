import Glibc
import SystemCalls

/// The files of an archive that `load` was given, copied out one by one into a scratch folder under names of our own:
/// what the archive calls them is only looked up, never a path on this machine. Links inside the archive are resolved
/// in the same table.
final class ArchiveSpool {
    /// A file of the archive.
    struct File {
        /// Where it lies now.
        let path: String
        /// Bytes.
        let size: Int64
        /// `sha256:…` of its bytes.
        let digest: String
    }

    private let folder: String
    private let limits: ArchiveLimits
    private var files: [MemberPath: File] = [:]
    private var links: [MemberPath: MemberPath] = [:]

    /// Copies everything out.
    ///
    /// - Throws: `.invalid` for a damaged or hostile archive. Nothing stays behind.
    init(_ archive: String, layout: StoreLayout, limits: ArchiveLimits) throws(ImageError) {
        folder = layout.scratch("load")
        self.limits = limits
        let folder = folder
        try during("load image") { () throws(SystemCallError) in try FileSystem.makeDirectory(folder, mode: 0o700) }
        do throws(ImageError) {
            try copy(from: try FileByteStream(path: archive))
        } catch {
            remove()
            throw error
        }
    }

    /// Removes the scratch folder; what it cannot remove is swept at the next start.
    func remove() {
        try? FileTree.remove(folder)
    }

    private func copy(from source: FileByteStream) throws(ImageError) {
        let reader = TarReader(try DecodedStream(source))
        var entries = 0
        var total: Int64 = 0
        while let entry = try reader.nextEntry() {
            entries += 1
            if entries > limits.entries { throw .archive("archive refused: more than \(limits.entries) members") }
            let path = try MemberPath(entry.name)
            switch entry.kind {
            case .directory:
                continue
            case .file:
                files[path] = try copy(reader, number: entries) { count throws(ImageError) in
                    total += count
                    if total > limits.uncompressedBytes {
                        throw .archive("archive refused: larger than \(limits.uncompressedBytes) bytes")
                    }
                    if total > limits.ratioThreshold, total / max(1, source.position) > limits.ratio {
                        throw .archive("archive refused: it unpacks to more than \(limits.ratio) times its size")
                    }
                }
                links[path] = nil
                try checkName(path)
            case .symbolicLink(let target):
                links[path] = try Self.resolve(target, beside: path)
            case .hardLink(let target):
                links[path] = try MemberPath(target, of: "hard link target")
            case .characterDevice, .blockDevice, .fifo, .other:
                throw .archive("archive refused: \"\(path)\" is neither file, directory nor link")
            }
        }
        if entries == 0 { throw .archive("the archive is empty: unexpected EOF") }
    }

    /// A file whose name is a digest must have that digest, whether or not anything refers to it.
    private func checkName(_ path: MemberPath) throws(ImageError) {
        guard path.components.count == 3, path.description.hasPrefix("blobs/sha256/"), let file = files[path] else {
            return
        }
        let name = "sha256:" + String(decoding: path.name, as: UTF8.self)
        if ContentDigest.isValid(name), name != file.digest {
            throw .archive("archive refused: \(path) has the digest \(file.digest)")
        }
    }

    private func copy(
        _ reader: TarReader, number: Int, count: (Int64) throws(ImageError) -> Void
    ) throws(ImageError) -> File {
        let path = folder + "/\(number)"
        let output = try during("load image") { () throws(SystemCallError) in
            try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        }
        var hasher = ContentHasher()
        var size: Int64 = 0
        while true {
            let piece = try reader.nextPiece()
            if piece.isEmpty { break }
            size += Int64(piece.count)
            try count(Int64(piece.count))
            hasher.update(piece)
            try during("load image") { () throws(SystemCallError) in try output.writeAll(piece) }
        }
        return File(path: path, size: size, digest: hasher.finish())
    }

    /// Where a symbolic link leads, inside the archive.
    private static func resolve(_ target: [UInt8], beside path: MemberPath) throws(ImageError) -> MemberPath {
        let text = String(decoding: target, as: UTF8.self)
        if target.first == UInt8(ascii: "/") {
            throw .archive("archive refused: the link \"\(path)\" is absolute (\"\(text)\")")
        }
        var parts = path.parent.components
        for part in target.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                guard parts.popLast() != nil else {
                    throw .archive("archive refused: the link \"\(path)\" leads outside (\"\(text)\")")
                }
            } else {
                parts.append(Array(part))
            }
        }
        return try MemberPath(Array(parts.joined(separator: [UInt8(ascii: "/")])))
    }

    /// The file of this name, links followed.
    func file(_ name: String) throws(ImageError) -> File? {
        var path = try MemberPath(Array(name.utf8), of: "file name in a manifest")
        for _ in 0..<16 {
            if let file = files[path] { return file }
            guard let next = links[path] else { return nil }
            path = next
        }
        throw .archive("archive refused: the link \"\(name)\" leads in a circle")
    }

    /// The content of a small file, or nil where there is none of this name.
    func document(_ name: String) throws(ImageError) -> [UInt8]? {
        try file(name).map { file throws(ImageError) in try read(file, name) }
    }

    /// The content of a small file.
    func read(_ file: File, _ name: String) throws(ImageError) -> [UInt8] {
        if file.size > limits.documentBytes {
            throw .archive("archive refused: \(name) is larger than \(limits.documentBytes) bytes")
        }
        return try during("load image") { () throws(SystemCallError) in try FileSystem.readBytes(file.path) }
    }
}
