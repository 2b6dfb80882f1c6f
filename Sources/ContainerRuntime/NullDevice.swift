import Glibc
import SystemCalls

/// The machine's `/dev/null`.
enum NullDevice {
    /// Gives it back to root. crun 1.8 hands its standard input to the container's user by fchown(2), and where nobody
    /// attaches, conmon's standard input is `/dev/null`: whoever owns a device may change its permissions.
    static func restoreOwner() {
        guard let status = FileSystem.status("/dev/null"), status.st_uid != 0 || status.st_gid != 0 else { return }
        _ = unsafe chown("/dev/null", 0, 0)
    }
}
