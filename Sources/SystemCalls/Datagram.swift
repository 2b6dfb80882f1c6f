import CLinux

/// Datagrams of an IPv6 socket, with the host's address at which each arrived: the answer is to come from there.
public enum Datagram {
    /// From whom a datagram came, and at which of the host's addresses.
    public struct Origin: Hashable, Sendable {
        /// The peer's address as a number.
        public var peer: UInt128
        /// The peer's port.
        public var port: UInt16
        /// The link of a link-local peer; 0 for others.
        public var scope: UInt32
        /// The host's address as a number.
        public var local: UInt128
        /// The interface that it arrived on.
        public var interface: UInt32
    }

    /// Has the kernel tell the host's address of every datagram. Before the first `receive`.
    public static func prepare(_ descriptor: CInt) throws(SystemCallError) {
        try checkWrapper("setsockopt", "IPV6_RECVPKTINFO", cw_want_packet_information(descriptor))
    }

    /// Reads one datagram into `buffer`; never blocks.
    ///
    /// - Returns: its length, at most the buffer's, and where it came from.
    /// - Throws: EAGAIN where there is none.
    public static func receive(
        _ descriptor: CInt, into buffer: inout [UInt8]
    ) throws(SystemCallError) -> (count: Int, origin: Origin) {
        var raw = cw_datagram_origin()
        let count = try checkWrapper(
            "recvmsg", "", unsafe cw_receive_datagram(descriptor, &buffer, buffer.count, &raw))
        let origin = Origin(
            peer: UInt128(raw.peer_high) << 64 | UInt128(raw.peer_low), port: raw.peer_port, scope: raw.peer_scope,
            local: UInt128(raw.local_high) << 64 | UInt128(raw.local_low), interface: raw.interface)
        return (Int(count), origin)
    }

    /// Answers the peer with the first `count` bytes, from the address at which it spoke; never blocks.
    public static func answer(
        _ descriptor: CInt, _ bytes: [UInt8], count: Int, to origin: Origin
    ) throws(SystemCallError) {
        var raw = cw_datagram_origin()
        raw.peer_high = UInt64(truncatingIfNeeded: origin.peer >> 64)
        raw.peer_low = UInt64(truncatingIfNeeded: origin.peer)
        raw.local_high = UInt64(truncatingIfNeeded: origin.local >> 64)
        raw.local_low = UInt64(truncatingIfNeeded: origin.local)
        raw.peer_scope = origin.scope
        raw.interface = origin.interface
        raw.peer_port = origin.port
        try checkWrapper("sendmsg", "", unsafe cw_answer_datagram(descriptor, bytes, min(count, bytes.count), &raw))
    }
}
