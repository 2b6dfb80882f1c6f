import CrashPoints
import Glibc
import SystemCalls

/// Folders whose mounts show up in the mount namespace that conmon and the runtime live in.
///
/// That namespace is a slave of ours: it sees later mounts only below a shared mount, mount_namespaces(7). Where the
/// machine has none (no systemd), a folder is bound onto itself and made shared.
enum SharedMount {
    /// Makes sure that mounts below `folder` propagate.
    ///
    /// - Parameter note: called before the folder is bound onto itself, where it has to be: it is ours to unmount.
    static func ensure(
        _ folder: String, note: () throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        try FileSystem.makeDirectory(folder)
        let path = resolved(folder)
        let mounts = try FileSystem.readText("/proc/self/mountinfo")
        let (point, shared, _) = covering(path, mountInformation: mounts)
        if shared { return }
        if point != path {
            try note()
            CrashPoint.recoverFolderNoted.reached()
            try Mount.mount(path, on: path, flags: Int(MS_BIND) | Int(MS_REC))
            CrashPoint.recoverFolderBound.reached()
        }
        try Mount.mount("none", on: path, flags: Int(MS_SHARED) | Int(MS_REC))
    }

    /// The mount that a path is on, and whether it is shared or a slave. The last one that covers it counts.
    static func covering(_ path: String, mountInformation: String) -> (point: String, shared: Bool, slave: Bool) {
        var best = ("", false, false)
        for line in mountInformation.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-") else { continue }
            let point = fields[4].replacing("\\040", with: " ")
            guard path == point || point == "/" || path.hasPrefix(point + "/"), point.utf8.count >= best.0.utf8.count
            else { continue }
            let marks = fields[6..<dash]
            best = (
                String(point), marks.contains { $0.hasPrefix("shared:") }, marks.contains { $0.hasPrefix("master:") }
            )
        }
        return best
    }

    static func resolved(_ path: String) -> String {
        guard let pointer = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(pointer) }
        return unsafe String(cString: pointer)
    }
}
