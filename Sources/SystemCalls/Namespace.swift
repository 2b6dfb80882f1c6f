import CLinux
import CrashPoints
import Glibc

/// A network namespace, held by a descriptor. It lives at least as long as this object.
public final class NetworkNamespace: Sendable {
    private let descriptor: FileDescriptor

    /// Opens the namespace that is bind-mounted at `path`, or that a process is in (`/proc/PID/ns/net`).
    public init(path: String) throws(SystemCallError) {
        descriptor = try FileDescriptor.open(path, O_RDONLY)
    }

    /// The namespace of the process with this id.
    public convenience init(ofProcess pid: Int32) throws(SystemCallError) {
        try self.init(path: "/proc/\(pid)/ns/net")
    }

    /// The caller's own.
    public static func current() throws(SystemCallError) -> NetworkNamespace {
        try NetworkNamespace(path: "/proc/thread-self/ns/net")
    }

    /// The descriptor's number, for setns(2) and for IFLA_NET_NS_FD. Do not close it.
    public var rawValue: CInt { descriptor.rawValue }

    /// The namespace's inode: what `/proc/PID/ns/net` shows in brackets, equal for the same namespace.
    public var inode: UInt64 {
        var information = stat()
        return unsafe fstat(rawValue, &information) == 0 ? UInt64(information.st_ino) : 0
    }

    /// Makes a new namespace, bind-mounted at `path`, and opens an rtnetlink socket in it. The caller's own does
    /// not change. Costs about 0.6 ms and no fork.
    ///
    /// - Returns: a NETLINK_ROUTE socket that stays in the new namespace.
    public static func make(at path: String) throws(SystemCallError) -> FileDescriptor {
        var parameters: SharedFileDescriptor?
        return try make(at: path, parameters: &parameters)
    }

    /// The same, and opens the folder of its interfaces' IPv6 parameters for `InterfaceParameter`; nil where the kernel
    /// has no IPv6.
    public static func make(
        at path: String, parameters: inout SharedFileDescriptor?
    ) throws(SystemCallError) -> FileDescriptor {
        do {
            _ = try FileDescriptor.open(path, O_RDONLY | O_CREAT | O_EXCL, mode: 0o444)
            CrashPoint.namespacePlaced.reached()
            var folder: CInt = -1
            let socket = unsafe path.withCString { unsafe cw_make_network_namespace($0, &folder) }
            if folder >= 0 { parameters = SharedFileDescriptor(FileDescriptor(owning: folder)) }
            return FileDescriptor(owning: try checkWrapper("unshare", path, socket))
        } catch {
            if error.errno != .exists { _ = unsafe unlink(path) }
            throw error
        }
    }

    /// Takes a namespace's name away. The namespace itself ends with its last process or socket.
    public static func remove(at path: String) throws(SystemCallError) {
        try Mount.detach(path)
        CrashPoint.namespaceUnmounted.reached()
        try FileSystem.removeFile(path)
    }

    /// Opens a socket inside this namespace; it stays there. socket(2) with SOCK_CLOEXEC.
    public func socket(_ family: CInt, _ type: CInt, _ protocolNumber: CInt) throws(SystemCallError) -> FileDescriptor {
        FileDescriptor(
            owning: try checkWrapper(
                "socket", "in a network namespace", cw_socket_in_namespace(rawValue, family, type, protocolNumber)))
    }

    /// Opens an rtnetlink socket inside this namespace, and the folder of its interfaces' IPv6 parameters as `make`
    /// does: one thread for both.
    public func openRoutes(parameters: inout SharedFileDescriptor?) throws(SystemCallError) -> FileDescriptor {
        var folder: CInt = -1
        let socket = unsafe cw_open_door(rawValue, &folder)
        if folder >= 0 { parameters = SharedFileDescriptor(FileDescriptor(owning: folder)) }
        return FileDescriptor(owning: try checkWrapper("socket", "in a network namespace", socket))
    }

    /// Runs `body` inside this namespace, on a thread of its own, and waits for it. For what cannot be done
    /// through a socket, such as writing to `/proc/sys/net`. `body` must not await.
    public func run<Value: Sendable>(_ body: @Sendable () throws(SystemCallError) -> Value) throws(SystemCallError)
        -> Value
    {
        try withoutActuallyEscaping(body) { (escaping) throws(SystemCallError) -> Value in
            let job = NamespaceJob(escaping)
            let context = unsafe Unmanaged.passUnretained(job).toOpaque()
            let status = unsafe cw_run_in_namespace(
                rawValue,
                { context in
                    guard let context = unsafe context else { return -EINVAL }
                    unsafe Unmanaged<AnyNamespaceJob>.fromOpaque(context).takeUnretainedValue().run()
                    return 0
                }, context)
            try checkWrapper("setns", "", status)
            guard let result = job.result else { throw SystemCallError("setns", "", .invalid) }
            return try result.get()
        }
    }
}

/// What crosses over to the thread inside the namespace.
private class AnyNamespaceJob {
    func run() {}
}

private final class NamespaceJob<Value>: AnyNamespaceJob {
    let body: () throws(SystemCallError) -> Value
    var result: Result<Value, SystemCallError>?

    init(_ body: @escaping () throws(SystemCallError) -> Value) { self.body = body }

    override func run() {
        do throws(SystemCallError) { result = .success(try body()) } catch { result = .failure(error) }
    }
}

/// A mount namespace for children, made beforehand.
public enum MountNamespace {
    /// Makes a slave copy of the caller's mount namespace in which `hidden` is not mounted: later mounts of the
    /// caller show up in it, its own do not come back.
    ///
    /// crun 1.8 refuses a machine whose cgroups are v1 with an extra cgroup2 at `/sys/fs/cgroup/unified`;
    /// that is what gets hidden.
    public static func makeSlave(hiding hidden: String?) throws(SystemCallError) -> FileDescriptor {
        let fd: CInt
        if let hidden {
            fd = unsafe hidden.withCString { unsafe cw_make_mount_namespace($0) }
        } else {
            fd = cw_make_mount_namespace(nil)
        }
        return FileDescriptor(owning: try checkWrapper("unshare", "mount namespace", fd))
    }
}

/// An interface's IPv6 parameter, through a descriptor of its namespace's folder: no thread has to go there.
public enum InterfaceParameter {
    /// Writes one; a parameter or an interface that is not there is ENOENT.
    public static func write(
        _ name: String, of interface: String, in folder: SharedFileDescriptor, _ value: String
    ) throws(SystemCallError) {
        let path = interface + "/" + name
        let file = FileDescriptor(
            owning: try check("open", path) { unsafe openat(folder.rawValue, path, O_WRONLY | O_CLOEXEC) })
        try file.writeAll(Array(value.utf8))
    }
}

/// Kernel parameters of the caller's network namespace, below `/proc/sys`.
public enum Sysctl {
    /// `/proc/sys/net/ipv4/ip_forward` for `net.ipv4.ip_forward`. A device name may hold dots: give parts by slash then.
    public static func path(_ name: String) -> String {
        "/proc/sys/" + (name.contains("/") ? name : name.replacing(".", with: "/"))
    }

    /// Reads a value, without the line's end.
    public static func read(_ name: String) throws(SystemCallError) -> String {
        var text = try FileSystem.readText(path(name))
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    /// Writes a value.
    public static func write(_ name: String, _ value: String) throws(SystemCallError) {
        try FileSystem.writeKernelValue(path(name), value)
    }
}
