import Glibc
import Synchronization
import SystemCalls

/// One sandbox's sockets and what it sees. The sockets close when the last thread lets go of it.
final class Sandbox: Sendable {
    /// Where containers find their resolver.
    static let address: [UInt8] = [127, 0, 0, 11]

    let key: String
    let namespace: NetworkNamespace
    let datagrams: FileDescriptor
    let listener: FileDescriptor
    let ports: ResolverPorts
    private let current: Mutex<SandboxView>

    /// Opens both sockets inside the namespace. Blocks for a thread's start, about 0.2 ms.
    init(_ view: SandboxView, in namespace: NetworkNamespace) throws(SystemCallError) {
        let opened = try namespace.run { () throws(SystemCallError) -> (CInt, CInt, ResolverPorts) in
            let datagrams = try InternetSocket.make(.datagram)
            let udp = try InternetSocket.bind(datagrams.rawValue, Sandbox.address, port: 0)
            // Room for bursts; the kernel gives what the system's limit allows.
            var room: CInt = 1 << 20
            for option in [SO_RCVBUF, SO_SNDBUF] {
                _ = unsafe setsockopt(
                    datagrams.rawValue, SOL_SOCKET, option, &room, socklen_t(MemoryLayout<CInt>.size))
            }
            let listener = try InternetSocket.make(.stream)
            let tcp = try InternetSocket.bind(listener.rawValue, Sandbox.address, port: 0)
            try InternetSocket.listen(listener.rawValue)
            return (datagrams.release(), listener.release(), ResolverPorts(udp: udp, tcp: tcp))
        }
        datagrams = FileDescriptor(owning: opened.0)
        listener = FileDescriptor(owning: opened.1)
        ports = opened.2
        key = view.names.key
        self.namespace = namespace
        current = Mutex(view)
    }

    /// What the sandbox sees now.
    var view: SandboxView {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
