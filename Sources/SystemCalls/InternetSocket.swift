import CLinux
import Glibc

/// What a send or receive that never blocks comes back with.
public enum SocketOutcome: Hashable, Sendable {
    /// So many bytes; none received from a stream means that the peer has finished.
    case bytes(Int)
    /// Nothing to do right now (EAGAIN, EINTR).
    case wouldBlock
    /// The kernel refused.
    case failed(Errno)

    init(_ value: CInt) {
        switch -value {
        case EAGAIN, EINTR: self = .wouldBlock
        default: self = value < 0 ? .failed(Errno(rawValue: value)) : .bytes(Int(value))
        }
    }
}

/// UDP and TCP sockets, ip(7) and ipv6(7). Addresses are 4 or 16 bytes in network order, ports in the machine's.
public enum InternetSocket {
    /// The two kinds.
    public enum Kind: Sendable {
        /// TCP, SOCK_STREAM.
        case stream
        /// UDP, SOCK_DGRAM.
        case datagram
    }

    /// socket(2) in the calling thread's network namespace; it does not block and is close-on-exec.
    public static func make(_ kind: Kind, isIPv6: Bool = false) throws(SystemCallError) -> FileDescriptor {
        let type = kind == .stream ? SOCK_STREAM : SOCK_DGRAM
        let flags = CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        return FileDescriptor(owning: try check("socket") { Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, flags, 0) })
    }

    /// bind(2).
    ///
    /// - Parameter port: 0 has the kernel choose.
    /// - Returns: the port.
    @discardableResult
    public static func bind(_ number: CInt, _ address: [UInt8], port: UInt16) throws(SystemCallError) -> UInt16 {
        UInt16(
            truncatingIfNeeded: try checkWrapper(
                "bind", "port \(port)", unsafe cw_bind_address(number, address, address.count, port)))
    }

    /// listen(2).
    ///
    /// - Parameter backlog: how many connections may wait; the kernel allows net.core.somaxconn at most.
    public static func listen(_ number: CInt, backlog: CInt = 128) throws(SystemCallError) {
        try check("listen") { Glibc.listen(number, backlog) }
    }

    /// Takes the next connection; nil where none waits. The socket does not block.
    public static func accept(_ number: CInt) throws(SystemCallError) -> FileDescriptor? {
        let value = cw_accept(number)
        if [EAGAIN, EINTR, ECONNABORTED].contains(-value) { return nil }
        return FileDescriptor(owning: try checkWrapper("accept4", "", value))
    }

    /// connect(2) without waiting: a stream is connected, or has failed, when it can be written.
    ///
    /// - Parameter zone: the device of a link-local address, looked up in the calling thread's namespace; may be empty.
    public static func connect(
        _ number: CInt, _ address: [UInt8], port: UInt16, zone: String = ""
    ) throws(SystemCallError) {
        let value = unsafe cw_connect_address(number, address, address.count, port, zone.isEmpty ? nil : zone)
        if value != -EINPROGRESS { try checkWrapper("connect", "port \(port)", value) }
    }

    /// SO_ERROR: why a connection came to nothing; nil where nothing is wrong.
    public static func connectionError(_ number: CInt) -> Errno? {
        let error = cw_socket_error(number)
        return error == 0 ? nil : Errno(rawValue: error)
    }

    /// Ends the stream that goes out; the other direction stays open.
    public static func endWriting(_ number: CInt) { _ = shutdown(number, CInt(SHUT_WR)) }

    /// Whether the socket drops all that arrives (a socket filter). For sockets that only hold a port.
    public static func setDeaf(_ number: CInt, _ deaf: Bool) throws(SystemCallError) {
        try checkWrapper("setsockopt", "SO_ATTACH_FILTER", cw_set_deaf(number, deaf ? 1 : 0))
    }

    /// send(2) without blocking and without SIGPIPE.
    public static func send(_ number: CInt, _ bytes: Span<UInt8>) -> SocketOutcome {
        unsafe bytes.withUnsafeBufferPointer { unsafe SocketOutcome(cw_socket_send(number, $0.baseAddress, $0.count)) }
    }

    /// recv(2) without blocking.
    public static func receive(_ number: CInt, into bytes: inout MutableSpan<UInt8>) -> SocketOutcome {
        unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe SocketOutcome(cw_socket_receive(number, $0.baseAddress, $0.count))
        }
    }
}

/// Options of a socket, of any family.
public enum SocketOption {
    /// Has a rtnetlink socket hear only that a device was made, changed or went, that an address or a route went, and
    /// that a family's forwarding was switched (SO_ATTACH_FILTER).
    public static func keepDeviceChanges(_ number: CInt) throws(SystemCallError) {
        try checkWrapper("setsockopt", "SO_ATTACH_FILTER", cw_keep_device_changes(number))
    }

    /// setsockopt(2).
    public static func set(_ number: CInt, level: CInt, name: CInt, value: CInt) throws(SystemCallError) {
        try checkWrapper("setsockopt", "", cw_set_option(number, level, name, value))
    }
}
