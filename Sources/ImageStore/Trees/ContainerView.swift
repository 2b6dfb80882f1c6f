import CLinux
import Glibc
import SystemCalls

/// A mount that a view shows above the root file system.
public struct ViewMount: Sendable, Hashable {
    /// What the machine mounts: a path of the machine.
    public var source: String
    /// Where it appears; absolute.
    public var destination: String
    /// Whether it may not be written to.
    public var readOnly: Bool
    /// A part of the source that is meant, resolved inside of it.
    public var subpath: String?

    /// Describes a mount.
    public init(source: String, destination: String, readOnly: Bool, subpath: String? = nil) {
        self.source = source
        self.destination = destination
        self.readOnly = readOnly
        self.subpath = subpath
    }
}

/// The files of a container as the engine sees them, whether it runs or not: its root file system with its volumes and
/// binds in place, in mounts that nobody else sees. What the container mounted itself, and its memory file systems, are
/// not there.
///
/// Every path is resolved as if the container's root were the file system's (openat2(2), RESOLVE_IN_ROOT): absolute
/// links and `..` stay inside, whatever the container does meanwhile. All operations block.
public final class ContainerView: Sendable {
    /// The root directory, O_PATH.
    let root: SharedFileDescriptor
    private let mounts: PrivateMounts?

    private init(root: SharedFileDescriptor, mounts: PrivateMounts?) {
        self.root = root
        self.mounts = mounts
    }

    /// The whole machine, or a directory of it that is taken for the root.
    public init(directory: String) throws(ImageError) {
        root = try during("open \(directory)") { () throws(SystemCallError) in
            SharedFileDescriptor(try FileDescriptor.openPlace(directory))
        }
        mounts = nil
    }

    /// A container's files.
    ///
    /// - Parameters:
    ///   - container: its root.
    ///   - isMounted: whether the root is mounted already, because the container runs. Else it is mounted for the view;
    ///     nothing may mount it elsewhere while the view lives.
    ///   - points: what is mounted in it, outer before inner. A destination that is missing is made, as a start does.
    public static func open(
        _ container: ContainerRoot, isMounted: Bool, mounts points: [ViewMount] = []
    ) throws(ImageError) -> ContainerView {
        try during("look into container \(container.container)") { () throws(SystemCallError) in
            let made = try PrivateMounts.make { () throws(SystemCallError) -> SharedFileDescriptor in
                // It may have ended since the caller looked.
                if !isMounted || !isOverlay(container.merged) {
                    if container.lower.isEmpty {
                        try Mount.mount(container.upper, on: container.merged, flags: Int(MS_BIND))
                    } else {
                        try OverlayOptions(container).mount(on: container.merged)
                    }
                }
                let root = SharedFileDescriptor(try FileDescriptor.openPlace(container.merged))
                for point in points { try show(point, in: root) }
                return root
            }
            return ContainerView(root: made.value, mounts: made.mounts)
        }
    }

    private static func show(_ point: ViewMount, in root: SharedFileDescriptor) throws(SystemCallError) {
        guard FileSystem.exists(point.source) else { return }
        let opened: SharedFileDescriptor
        if let subpath = point.subpath {
            opened = SharedFileDescriptor(try DirectoryTree.place(subpath, below: point.source))
        } else {
            opened = SharedFileDescriptor(try FileDescriptor.open(point.source, placeOnly))
        }
        var source = stat()
        try check("fstat", point.source) { unsafe fstat(opened.rawValue, &source) }
        let isDirectory = source.st_mode & S_IFMT == S_IFDIR
        let target = try place(point.destination, isDirectory: isDirectory, in: root)
        let path = "/proc/self/fd/\(target.rawValue)"
        try Mount.mount("/proc/self/fd/\(opened.rawValue)", on: path, flags: Int(MS_BIND) | Int(MS_REC))
        guard point.readOnly else { return }
        // The descriptor above is of what the mount hides.
        let above = try root.withDescriptor { (root) throws(SystemCallError) in
            try root.openInside(point.destination, Self.placeOnly)
        }
        try Mount.mount(
            "none", on: "/proc/self/fd/\(above.rawValue)", flags: Int(MS_REMOUNT) | Int(MS_BIND) | Int(MS_RDONLY))
    }

    /// Whether an overlay is mounted there.
    private static func isOverlay(_ path: String) -> Bool {
        unsafe cw_file_system_kind(path) == Int64(OVERLAYFS_SUPER_MAGIC)
    }

    /// Opens what a mount goes onto, made where it is missing.
    private static func place(
        _ path: String, isDirectory: Bool, in root: SharedFileDescriptor
    ) throws(SystemCallError) -> FileDescriptor {
        do throws(SystemCallError) {
            return try root.withDescriptor { (root) throws(SystemCallError) in try root.openInside(path, placeOnly) }
        } catch {
            guard error.errno == .noEntry else { throw error }
        }
        let parts = path.split(separator: "/")
        var above = ""
        for (index, part) in parts.enumerated() {
            let parent = above.isEmpty ? "/" : above
            above += "/" + part
            let folder = Folder(
                try root.withDescriptor { (root) throws(SystemCallError) in
                    try root.openInside(parent, O_RDONLY | O_DIRECTORY)
                })
            let name = Array(part.utf8)
            if try folder.status(name) != nil { continue }
            if index == parts.count - 1, !isDirectory {
                _ = try folder.makeFile(name, mode: 0o644)
            } else {
                try folder.makeFolder(name)
            }
        }
        return try root.withDescriptor { (root) throws(SystemCallError) in try root.openInside(path, placeOnly) }
    }

    /// O_PATH of <asm-generic/fcntl.h>.
    static let placeOnly: CInt = 0o10000000

    // MARK: Looking things up

    /// A path from the root on, with its dots undone by name, and what stands at its end: nothing, `/` or `/.`.
    static func normalized(_ path: String) -> (path: String, name: String, follows: Bool) {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        let clean = "/" + parts.joined(separator: "/")
        let endsInDot = path.hasSuffix("/.") || path == "."
        let follows = endsInDot || path.hasSuffix("/")
        return (clean, endsInDot ? "." : parts.last.map(String.init) ?? "/", follows)
    }

    /// Opens a directory, links followed inside the root.
    func folder(_ path: String) throws(SystemCallError) -> Folder {
        Folder(
            try root.withDescriptor { (root) throws(SystemCallError) in
                try root.openInside(path, O_RDONLY | O_DIRECTORY)
            })
    }

    /// Opens what is at a path as a place only, links followed inside the root or, at the end, not.
    func place(_ path: String, follows: Bool) throws(SystemCallError) -> FileDescriptor {
        try root.withDescriptor { (root) throws(SystemCallError) in
            try root.openInside(path, Self.placeOnly | (follows ? 0 : O_NOFOLLOW))
        }
    }

    /// The beginning of a small file, or nil where there is none: for `/etc/passwd` and its like.
    public func text(_ path: String) -> String? {
        let found = try? root.withDescriptor { (root) throws(SystemCallError) -> [UInt8] in
            let file = try root.openInside(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
            var status = stat()
            guard unsafe fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
            return try file.read(upTo: 1 << 20)
        }
        return found.map { String(decoding: $0, as: UTF8.self) }
    }
}
