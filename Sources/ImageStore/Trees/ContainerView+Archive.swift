public import EngineAPI
import Glibc
public import SystemCalls

extension ContainerView {
    /// What is at a path: `HEAD /containers/{id}/archive`. A link at the end is shown itself, unless `/` or `/.` follows.
    ///
    /// - Throws: `.notFound`, `.invalid`, `.io`.
    public func status(_ path: String) throws(ImageError) -> PathStatus {
        let (clean, name, follows) = Self.normalized(path)
        let information = try lookUp(path) { () throws(SystemCallError) in
            let place = try self.place(clean, follows: follows)
            var information = stat()
            try check("fstat", clean) { unsafe fstat(place.rawValue, &information) }
            return information
        }
        if follows, information.st_mode & S_IFMT != S_IFDIR, clean != "/" {
            throw ImageError(.invalid, "not a directory")
        }
        let isLink = information.st_mode & S_IFMT == S_IFLNK
        return PathStatus(
            name: name, size: Int64(information.st_size), mode: GoFileMode.bits(information.st_mode),
            modified: Timestamp(
                nanoseconds: Int64(information.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(information.st_mtim.tv_nsec)),
            linkTarget: isLink ? destination(of: clean) : "")
    }

    /// Where a link leads inside the root; as far as it can be said where it leads nowhere.
    private func destination(of path: String) -> String {
        guard let place = try? place(path, follows: true),
            let rootPath = FileSystem.linkTarget("/proc/self/fd/\(root.rawValue)"),
            let target = FileSystem.linkTarget("/proc/self/fd/\(place.rawValue)")
        else {
            guard let bytes = try? Folder(place(path, follows: false)).linkTarget([]) else { return "" }
            let text = String(decoding: bytes, as: UTF8.self)
            let above = path.split(separator: "/").dropLast().joined(separator: "/")
            return Self.normalized(text.hasPrefix("/") ? text : "/" + above + "/" + text).path
        }
        if rootPath == "/" { return target }
        return target.hasPrefix(rootPath + "/") ? String(target.dropFirst(rootPath.count)) : target
    }

    /// Packs what is at a path: `GET /containers/{id}/archive`. A directory with all that it holds, under its own name;
    /// a link as a link.
    ///
    /// - Parameters:
    ///   - newName: what it is called in the archive; nil means its own name.
    ///   - follows: whether a link at the end is followed.
    ///   - write: takes the archive piece by piece.
    public func pack(
        _ path: String, as newName: String? = nil, follows: Bool = false,
        write: ([UInt8]) throws(SystemCallError) -> Void
    ) throws(ImageError) {
        let (clean, name, followsEnd) = Self.normalized(path)
        let follows = follows || followsEnd
        try withoutActuallyEscaping(write) { write throws(ImageError) in
            let archiver = TreeArchiver { bytes throws(ImageError) in
                try during("send archive") { () throws(SystemCallError) in try write(bytes) }
            }
            let place = try lookUp(path) { () throws(SystemCallError) in
                SharedFileDescriptor(try self.place(clean, follows: follows))
            }
            var information = stat()
            let number = place.rawValue
            try during("look at \(clean)") { () throws(SystemCallError) in
                try check("fstat") { unsafe fstat(number, &information) }
            }
            let shown = Array((newName ?? name).utf8)
            if information.st_mode & S_IFMT == S_IFDIR {
                let folder = try lookUp(path) { () throws(SystemCallError) in try self.folder(clean) }
                try archiver.addDirectory(folder, as: shown)
                try archiver.addContents(of: folder, prefix: shown + [UInt8(ascii: "/")])
            } else {
                // A name is packed from the directory that holds it, as it is there now.
                let real = follows ? realPath(clean) : clean
                let cut = real.lastIndex(of: "/") ?? real.startIndex
                let above = cut == real.startIndex ? "/" : String(real[..<cut])
                let folder = try lookUp(path) { () throws(SystemCallError) in try self.folder(above) }
                let last = Array(real[real.index(after: cut)...].utf8)
                let found = try lookUp(path) { () throws(SystemCallError) in try folder.status(last) }
                guard let found else { throw ImageError(.notFound, "\(path): no such file or directory") }
                try archiver.add(last, in: folder, status: found, as: shown)
            }
            try archiver.finish()
        }
    }

    /// Packs all that is in the root: `GET /containers/{id}/export`.
    public func packRoot(write: ([UInt8]) throws(SystemCallError) -> Void) throws(ImageError) {
        let top = try during("export") { () throws(SystemCallError) in try self.folder("/") }
        try withoutActuallyEscaping(write) { write throws(ImageError) in
            let archiver = TreeArchiver { bytes throws(ImageError) in
                try during("send archive") { () throws(SystemCallError) in try write(bytes) }
            }
            try archiver.addContents(of: top, prefix: [])
            try archiver.finish()
        }
    }

    private func realPath(_ path: String) -> String {
        let target = destination(of: path)
        return target.isEmpty ? path : target
    }

    /// Unpacks an archive, plain or compressed, into a directory: `PUT /containers/{id}/archive`.
    ///
    /// - Parameters:
    ///   - source: gives the archive.
    ///   - rename: a member's name in place of the archive's first component; nil keeps names.
    /// - Throws: `.notFound`, `.invalid` for a hostile or damaged archive and where the path is no directory,
    ///   `.conflict` where it is read-only, `.io`.
    public func unpack(
        into path: String, from source: SharedFileDescriptor, options: ExtractOptions = ExtractOptions(),
        renamingTo rename: String? = nil, rootIsReadOnly: Bool = false
    ) throws(ImageError) {
        let (clean, _, _) = Self.normalized(path)
        let place = try lookUp(path) { () throws(SystemCallError) in
            SharedFileDescriptor(try self.place(clean, follows: true))
        }
        var information = stat()
        let number = place.rawValue
        try during("look at \(clean)") { () throws(SystemCallError) in
            try check("fstat") { unsafe fstat(number, &information) }
        }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            throw ImageError(.invalid, "extraction point is not a directory")
        }
        var top = stat()
        var mount = statvfs()
        let rootNumber = root.rawValue
        try during("look at \(clean)") { () throws(SystemCallError) in
            try check("fstat") { unsafe fstat(rootNumber, &top) }
            try check("fstatvfs") { unsafe fstatvfs(number, &mount) }
        }
        if rootIsReadOnly, top.st_dev == information.st_dev {
            throw ImageError(.conflict, "container rootfs is marked read-only")
        }
        if mount.f_flag & UInt(ST_RDONLY) != 0 {
            throw ImageError(.conflict, "mounted volume is marked read-only")
        }
        let extractor = TreeExtractor(
            root: root, directory: clean, options: options, limits: ArchiveLimits(), newName: rename)
        try extractor.extract(TarReader(DecodedStream(SharedByteStream(source))))
    }

    private func lookUp<Value: ~Copyable>(
        _ path: String, _ body: () throws(SystemCallError) -> Value
    ) throws(ImageError) -> Value {
        do throws(SystemCallError) {
            return try body()
        } catch {
            switch error.errno.rawValue {
            case ENOENT: throw ImageError(.notFound, "\(path): no such file or directory")
            case ENOTDIR: throw ImageError(.invalid, "\(path): not a directory")
            case ELOOP: throw ImageError(.invalid, "\(path): too many levels of symbolic links")
            case ENAMETOOLONG: throw ImageError(.invalid, "the path is too long")
            default: throw ImageError("look at \(path)", error)
            }
        }
    }
}

/// The bytes that a descriptor gives.
final class SharedByteStream: ByteStream {
    private let source: SharedFileDescriptor

    init(_ source: SharedFileDescriptor) {
        self.source = source
    }

    func next() throws(ImageError) -> [UInt8] {
        try during("read archive") { () throws(SystemCallError) in
            try source.withDescriptor { (source) throws(SystemCallError) in try source.read(upTo: 1 << 18) }
        }
    }
}
