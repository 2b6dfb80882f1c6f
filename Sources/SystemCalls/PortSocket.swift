import CLinux
import Glibc

/// What a socket with a port does beyond reading and writing; addresses are 4 or 16 bytes in network order.
///
/// Blocking follows the descriptor's O_NONBLOCK.
public enum PortSocket {
    /// bind(2).
    public static func bind(_ descriptor: CInt, _ address: [UInt8], port: UInt16) throws(SystemCallError) {
        try checkWrapper("bind", "", unsafe cw_bind(descriptor, address, address.count, port))
    }

    /// connect(2). A connection that is under way is no error: see `connectionError`.
    public static func connect(_ descriptor: CInt, _ address: [UInt8], port: UInt16) throws(SystemCallError) {
        let outcome = unsafe cw_connect(descriptor, address, address.count, port)
        if outcome == -EINPROGRESS { return }
        try checkWrapper("connect", "", outcome)
    }

    /// SO_ERROR: why a connection came to nothing; nil where nothing is wrong.
    public static func connectionError(_ descriptor: CInt) -> Errno? {
        let error = cw_socket_error(descriptor)
        return error == 0 ? nil : Errno(rawValue: error)
    }

    /// listen(2) with as long a queue as the kernel allows (net.core.somaxconn).
    public static func listen(_ descriptor: CInt) throws(SystemCallError) {
        try check("listen") { Glibc.listen(descriptor, 65535) }
    }

    /// Ends the stream that goes out; the other direction stays open.
    public static func endWriting(_ descriptor: CInt) { _ = shutdown(descriptor, CInt(SHUT_WR)) }

    /// accept4(2), the new socket close-on-exec and non-blocking.
    public static func accept(_ descriptor: CInt) throws(SystemCallError) -> FileDescriptor {
        FileDescriptor(owning: try checkWrapper("accept", "", cw_accept(descriptor)))
    }

    /// Sets an option of one number.
    public static func setOption(
        _ descriptor: CInt, level: CInt, name: CInt, value: CInt
    ) throws(SystemCallError) {
        try checkWrapper("setsockopt", "", cw_set_option(descriptor, level, name, value))
    }

    /// Whether the socket drops all that arrives (a socket filter). For sockets that only hold a port.
    public static func setDeaf(_ descriptor: CInt, _ deaf: Bool) throws(SystemCallError) {
        try checkWrapper("setsockopt", "SO_ATTACH_FILTER", cw_set_deaf(descriptor, deaf ? 1 : 0))
    }

    /// The port that the socket is bound to.
    public static func boundPort(_ descriptor: CInt) throws(SystemCallError) -> UInt16 {
        UInt16(truncatingIfNeeded: try checkWrapper("getsockname", "", cw_bound_port(descriptor)))
    }
}
