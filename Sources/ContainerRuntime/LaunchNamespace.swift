import CLinux
import SystemCalls

/// The mount namespace that conmon and the runtime are started in, kept small.
///
/// Every start copies it for the container, and crun reads the list of its mounts: with the roots of five hundred
/// containers in it, that is a third of the time. A root and the file of a network namespace are needed there only
/// until their container is made; it has its own copy then, and the daemon its own.
enum LaunchNamespace {
    /// Takes mounts out of the namespace, a moment later. That they stay where that fails costs time and no more.
    static func hide(_ points: [String], in namespace: SharedFileDescriptor) {
        try? DedicatedThread.start("launch-mounts") {
            // CLONE_FS: a thread that shares its working directory cannot change its mount namespace. CLONE_NEWNS.
            guard cw_unshare(0x200) >= 0, cw_setns(namespace.rawValue, 0x2_0000) >= 0 else { return }
            for point in points { try? Mount.detach(point) }
        }
    }
}

extension ContainerRuntime {
    /// Says that a container's root and its network namespace's file are not needed any more to start it: it is made, or
    /// runs since an earlier daemon.
    public func forgetMounts(at points: [String]) {
        guard let namespace = configuration.mountNamespace, !points.isEmpty else { return }
        LaunchNamespace.hide(points, in: namespace)
    }
}
