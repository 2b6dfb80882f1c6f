import Glibc

/// Mounts of the caller's mount namespace.
public enum Mount {
    /// mount(2).
    ///
    /// - Parameters:
    ///   - source: device, path, or a name such as `overlay`.
    ///   - target: where it appears; must exist.
    ///   - kind: file system type, nil for a bind or remount.
    ///   - flags: `MS_BIND`, `MS_RDONLY` and so on.
    ///   - options: the file system's own options, at most one page.
    public static func mount(
        _ source: String, on target: String, kind: String? = nil, flags: Int = 0, options: String? = nil
    ) throws(SystemCallError) {
        try check("mount", "\(source) on \(target)") {
            guard let options else { return unsafe Glibc.mount(source, target, kind, UInt(flags), nil) }
            return unsafe options.withCString { unsafe Glibc.mount(source, target, kind, UInt(flags), $0) }
        }
    }

    /// Where something is mounted below a folder, in the order of mounting, proc_pid_mountinfo(5).
    public static func points(below folder: String) throws(SystemCallError) -> [String] {
        try FileSystem.readText("/proc/thread-self/mountinfo").split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 4 else { return nil }
            let path = String(fields[4].replacing("\\040", with: " "))
            return path.hasPrefix(folder + "/") ? path : nil
        }
    }

    /// umount2(2) with MNT_DETACH: the mount is gone from the tree at once, its resources when the last user is.
    /// Something that is not mounted is fine.
    public static func detach(_ target: String) throws(SystemCallError) {
        if unsafe umount2(target, CInt(MNT_DETACH)) == 0 { return }
        let error = Errno.current
        if error != .invalid, error != .noEntry { throw SystemCallError("umount", target, error) }
    }
}
