import CLinux
import SystemCalls

/// The mount namespace that conmon and the runtime are started in, kept small.
///
/// Every start copies it for the container, and crun reads the list of its mounts: with the roots of five hundred
/// containers in it, that is a third of the time. A root is needed there only until its container is made; the
/// container has its own copy then, and the daemon its own.
enum LaunchNamespace {
    /// Takes a mount out of the namespace, a moment later. That it stays where that fails costs time and no more.
    static func hide(_ point: String, in namespace: SharedFileDescriptor) {
        try? DedicatedThread.start("launch-mounts") {
            // CLONE_FS: a thread that shares its working directory cannot change its mount namespace. CLONE_NEWNS.
            guard cw_unshare(0x200) >= 0, cw_setns(namespace.rawValue, 0x2_0000) >= 0 else { return }
            try? Mount.detach(point)
        }
    }
}

extension ContainerRuntime {
    /// Says that a container's root is not needed any more to start it: it is made, or runs since an earlier daemon.
    public func forgetRoot(at point: String) {
        guard let namespace = configuration.mountNamespace else { return }
        LaunchNamespace.hide(point, in: namespace)
    }
}
