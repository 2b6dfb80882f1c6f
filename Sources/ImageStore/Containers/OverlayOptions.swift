import Glibc
import SystemCalls

/// The option string of an overlay mount (Linux, Documentation/filesystems/overlayfs.rst).
struct OverlayOptions {
    /// The text for mount(2).
    let text: String
    /// Layers that are named by descriptor, which must stay open until the mount is made.
    private let descriptors: [SharedFileDescriptor]

    /// mount(2) takes at most one page, with the NUL that ends it.
    static let longest = 4095

    /// Names the directories of `root`. Where the paths of many layers do not fit into a page, the layers are named
    /// through `/proc/self/fd`: 128 of them take less than 3 KB.
    init(_ root: ContainerRoot) throws(SystemCallError) {
        let own =
            ",upperdir=\(Self.escape(root.upper)),workdir=\(Self.escape(root.work))"
            + (FileSystem.exists("/sys/module/overlay/parameters/index") ? ",index=off" : "")
        let plain = "lowerdir=" + root.lower.map(Self.escape).joined(separator: ":") + own
        if plain.utf8.count <= Self.longest {
            text = plain
            descriptors = []
            return
        }
        var opened: [SharedFileDescriptor] = []
        for path in root.lower {
            opened.append(SharedFileDescriptor(try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)))
        }
        text = "lowerdir=" + opened.map { "/proc/self/fd/\($0.rawValue)" }.joined(separator: ":") + own
        descriptors = opened
    }

    /// Colons part layers, commas part options; a backslash takes their meaning away.
    private static func escape(_ path: String) -> String {
        var escaped = ""
        for character in path {
            if "\\:,".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }

    /// Mounts at `target`.
    func mount(on target: String) throws(SystemCallError) {
        try Mount.mount("overlay", on: target, kind: "overlay", options: text)
        _ = descriptors
    }
}
