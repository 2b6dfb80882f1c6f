import Firewall
import Glibc
import IPAddressing
import SystemCalls

/// A port of the host that is bound, so that nobody else can have it. The kernel's address translation leads its
/// traffic to the container; the socket itself never sees any: it is bound and does not listen.
struct HeldPort: Sendable {
    let port: HostPort
    private let socket: SharedFileDescriptor

    /// Binds the port. Blocks for microseconds.
    ///
    /// - Throws: EADDRINUSE where somebody has it; EADDRNOTAVAIL where the address is not the host's.
    init(_ port: HostPort, in host: HostNetwork) throws(SystemCallError) {
        self.port = port
        do {
            socket = try Self.bind(port, host, reusing: false)
        } catch {
            // Connections of an earlier server that linger in TIME_WAIT are nobody's claim on the port.
            guard error.errno.rawValue == EADDRINUSE, port.transport == .tcp else { throw error }
            socket = try Self.bind(port, host, reusing: true)
        }
    }

    private static func bind(
        _ port: HostPort, _ host: HostNetwork, reusing: Bool
    ) throws(SystemCallError) -> SharedFileDescriptor {
        let (type, number) = kind(port.transport)
        let descriptor = try host.socket(AF_INET, type, number)
        if reusing {
            var on: CInt = 1
            try check("setsockopt", "SO_REUSEADDR") {
                unsafe setsockopt(
                    descriptor.rawValue, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
            }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.number.bigEndian
        address.sin_addr.s_addr = port.address.rawValue.bigEndian
        try check("bind", port.description) {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.bind(descriptor.rawValue, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        return SharedFileDescriptor(descriptor)
    }

    /// Type and protocol of socket(2).
    private static func kind(_ transport: TransportProtocol) -> (type: CInt, number: CInt) {
        switch transport {
        case .tcp: (CInt(SOCK_STREAM.rawValue), CInt(IPPROTO_TCP))
        case .udp: (CInt(SOCK_DGRAM.rawValue), CInt(IPPROTO_UDP))
        case .sctp: (CInt(SOCK_STREAM.rawValue), CInt(IPPROTO_SCTP))
        }
    }
}
