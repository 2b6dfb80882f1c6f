import CLinux

/// Who sent a datagram: an IPv4 address and a port.
public struct DatagramPeer: Hashable, Sendable {
    /// The address in the upper 32 of 48 bits, the port in the lower 16.
    public let rawValue: UInt64

    /// Sends it a datagram without blocking. One that the socket does not take is lost, as networks do.
    public func send(_ bytes: Span<UInt8>, from number: CInt) {
        unsafe bytes.withUnsafeBufferPointer {
            _ = unsafe cw_send_datagram(number, rawValue, $0.baseAddress, $0.count)
        }
    }
}

/// Many datagrams with two system calls: received together (recvmmsg(2)), answered each in the memory that it came
/// in, sent together (sendmmsg(2)). For one thread at a time, and peers that speak IPv4.
@safe public final class DatagramBatch {
    private let batch: OpaquePointer
    /// How many datagrams fit.
    public let capacity: Int
    /// How long each may be, and its answer; what is longer comes cut off.
    public let size: Int

    /// Reserves the memory.
    public init(capacity: Int, size: Int) throws(SystemCallError) {
        guard let batch = unsafe cw_datagrams_make(UInt32(capacity), UInt32(size)) else {
            throw SystemCallError("malloc", "datagrams", Errno(rawValue: 12))
        }
        unsafe self.batch = unsafe batch
        self.capacity = capacity
        self.size = size
    }

    deinit { unsafe cw_datagrams_free(batch) }

    /// Takes what waits at a socket, lends each datagram to `body`, and sends the answers.
    ///
    /// - Parameter body: gets the memory, `size` long, how many bytes of it came, and the sender. What it leaves in the
    ///   first bytes is sent back, as many as it returns; 0 sends nothing.
    /// - Returns: how many came; fewer than `capacity` means that the socket is empty.
    public func exchange(
        _ number: CInt, _ body: (_ message: inout MutableSpan<UInt8>, _ count: Int, _ peer: DatagramPeer) -> Int
    ) -> Int {
        let received = unsafe cw_datagrams_receive(batch, number)
        guard received > 0 else { return 0 }
        for index in 0..<UInt32(received) {
            let count = unsafe min(Int(cw_datagram_count(batch, index)), size)
            let bytes = unsafe UnsafeMutableBufferPointer(start: cw_datagram_bytes(batch, index), count: size)
            var message = unsafe MutableSpan(_unsafeElements: bytes)
            let answer = body(&message, count, unsafe DatagramPeer(rawValue: cw_datagram_peer(batch, index)))
            if answer > 0 { unsafe cw_datagram_answer(batch, index, UInt32(min(answer, size))) }
        }
        _ = unsafe cw_datagrams_send(batch, number)
        return Int(received)
    }
}
