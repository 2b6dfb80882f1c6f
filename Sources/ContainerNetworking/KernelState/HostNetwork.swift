import Glibc
import RouteNetlink
import SystemCalls

/// The network namespace that the engine works in: the daemon's own, or one that it was given.
struct HostNetwork: Sendable {
    /// The namespace; nil is the daemon's own.
    let namespace: NetworkNamespace?

    /// Opens rtnetlink in it.
    func openRoutes() throws(SystemCallError) -> RouteSocket {
        guard let namespace else { return try RouteSocket() }
        return try RouteSocket(in: namespace)
    }

    /// Reads a kernel parameter; nil where this kernel has none of that name, as without IPv6 or br_netfilter.
    func parameter(_ name: String) throws(SystemCallError) -> String? {
        do {
            return try inside { () throws(SystemCallError) in try Sysctl.read(name) }
        } catch {
            if error.errno == .noEntry { return nil }
            throw error
        }
    }

    /// Writes a kernel parameter.
    func setParameter(_ name: String, _ value: String) throws(SystemCallError) {
        try inside { () throws(SystemCallError) in try Sysctl.write(name, value) }
    }

    /// Opens a socket in it.
    func socket(_ family: CInt, _ type: CInt, _ protocolNumber: CInt) throws(SystemCallError) -> FileDescriptor {
        if let namespace { return try namespace.socket(family, type, protocolNumber) }
        return FileDescriptor(
            owning: try check("socket") { Glibc.socket(family, type | CInt(SOCK_CLOEXEC.rawValue), protocolNumber) })
    }

    /// Reads a file of `/proc` as a process in it sees it.
    func readText(_ path: String) throws(SystemCallError) -> String {
        try inside { () throws(SystemCallError) in try FileSystem.readText(path) }
    }

    /// What `/proc/PID/ns/net` points at for processes in it: `net:[4026531840]`.
    var identity: String? {
        guard let namespace else { return FileSystem.linkTarget("/proc/thread-self/ns/net") }
        return "net:[\(namespace.inode)]"
    }

    /// Files below `/proc/sys/net` show the namespace of the thread that opens them.
    private func inside<Value: Sendable>(
        _ body: @Sendable () throws(SystemCallError) -> Value
    ) throws(SystemCallError) -> Value {
        guard let namespace else { return try body() }
        return try namespace.run(body)
    }
}
