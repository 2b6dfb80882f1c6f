import CLinux
import Glibc

/// CLONE_NEWNS of `<sched.h>`, which the C library's module hides.
private let newMountNamespace: CInt = 0x0002_0000

extension MountNamespace {
    /// Makes a mount namespace for children of a network namespace: a slave copy of the caller's in which `prepare`
    /// has mounted what differs. The caller's own mounts do not change.
    ///
    /// - Parameters:
    ///   - network: what `prepare` runs in; a sysfs that it mounts shows this namespace's devices.
    ///   - prepare: mounts and unmounts, on a thread of its own; must not await.
    public static func makePrepared(
        in network: NetworkNamespace, _ prepare: @Sendable () throws(SystemCallError) -> Void
    ) throws(SystemCallError) -> FileDescriptor {
        let number = try network.run { () throws(SystemCallError) -> CInt in
            try checkWrapper("unshare", "mount namespace", cw_unshare(newMountNamespace))
            try Mount.mount("none", on: "/", flags: Int(MS_REC) | Int(MS_SLAVE))
            try prepare()
            return try FileDescriptor.open("/proc/thread-self/ns/mnt", O_RDONLY).release()
        }
        return FileDescriptor(owning: number)
    }
}
