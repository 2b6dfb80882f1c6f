import Firewall
import Glibc
import IPAddressing
import SystemCalls

/// A port of the host that is bound, so that nobody else can have it. The kernel's address translation leads its
/// traffic to the container; the socket itself sees none of it and drops what arrives before the rules are in. Where the
/// kernel cannot lead, the userland proxy listens on this very socket: the hold and the listener are one.
///
/// A kernel without SCTP sockets cannot have one bound, and nobody else can bind one there either: such a port is
/// published by rule alone, and the books keep containers apart.
struct HeldPort: Sendable {
    let port: HostPort
    /// The bound socket; nil for SCTP on a kernel without.
    let socket: SharedFileDescriptor?

    /// Binds the port. Blocks for microseconds.
    ///
    /// - Throws: EADDRINUSE where somebody has it; EADDRNOTAVAIL where the address is not the host's; EMFILE where the
    ///   process may open no more descriptors.
    init(_ port: HostPort, in host: HostNetwork) throws(SystemCallError) {
        self.port = port
        do {
            socket = try Self.bind(port, host, reusing: false)
        } catch {
            // Connections of an earlier server that linger in TIME_WAIT are nobody's claim on the port.
            if error.errno.rawValue == EADDRINUSE, port.transport == .tcp {
                socket = try Self.bind(port, host, reusing: true)
            } else if port.transport == .sctp, [EPROTONOSUPPORT, ESOCKTNOSUPPORT].contains(error.errno.rawValue) {
                socket = nil
            } else {
                throw error
            }
        }
    }

    private static func bind(
        _ port: HostPort, _ host: HostNetwork, reusing: Bool
    ) throws(SystemCallError) -> SharedFileDescriptor {
        let (type, number) = kind(port.transport)
        let isIPv6 = port.address.family == .v6
        let descriptor = try host.socket(isIPv6 ? AF_INET6 : AF_INET, type, number)
        if isIPv6 {
            try SocketOption.set(
                descriptor.rawValue, level: CInt(IPPROTO_IPV6), name: IPV6_V6ONLY, value: 1)
        }
        if reusing {
            try SocketOption.set(descriptor.rawValue, level: SOL_SOCKET, name: SO_REUSEADDR, value: 1)
        }
        try InternetSocket.setDeaf(descriptor.rawValue, true)
        try InternetSocket.bind(descriptor.rawValue, port.address.bytes, port: port.number)
        // Of two that may be reused, only a listening one keeps the other away.
        if reusing { try InternetSocket.listen(descriptor.rawValue, backlog: 65535) }
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

    /// Whether this host has IPv6, which is whether ::1 can be bound: not where IPv6 is off or loopback is down.
    static func hasIPv6(_ host: HostNetwork) -> Bool {
        do {
            let descriptor = try host.socket(AF_INET6, CInt(SOCK_STREAM.rawValue), CInt(IPPROTO_TCP))
            try InternetSocket.bind(descriptor.rawValue, IPv6Address(rawValue: 1).bytes, port: 0)
            return true
        } catch { return false }
    }
}
