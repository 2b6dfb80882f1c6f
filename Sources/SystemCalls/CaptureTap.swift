import CLinux

/// A packet(7) socket on one device: it sees every frame that passes there, either way. It stays in the namespace that
/// it was opened in and ends with this object: nothing is left on the device.
public final class CaptureTap: Sendable {
    private let descriptor: FileDescriptor

    /// A frame as it passed.
    public struct Frame: Hashable, Sendable {
        /// From the Ethernet header on, as far as it was kept.
        public var bytes: [UInt8]
        /// Its whole length in bytes.
        public var length: Int
        /// When the kernel saw it, in nanoseconds since 1970.
        public var time: Int64
        /// Whether the device sent it, as opposed to received.
        public var isOutgoing: Bool

        /// Describes a frame.
        public init(bytes: [UInt8], length: Int, time: Int64, isOutgoing: Bool) {
            self.bytes = bytes
            self.length = length
            self.time = time
            self.isOutgoing = isOutgoing
        }
    }

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - namespace: where the device is; nil is the caller's own.
    ///   - index: the device's number there.
    /// - Throws: EPERM where the caller may not listen there.
    public init(in namespace: NetworkNamespace? = nil, index: Int32) throws(SystemCallError) {
        // AF_PACKET of <sys/socket.h>; protocol 0 receives nothing until it is bound.
        let place = if let namespace { namespace } else { try NetworkNamespace.current() }
        descriptor = try place.socket(17, 3, 0)
        try checkWrapper("bind", "a packet socket", cw_capture_open(descriptor.rawValue, index))
    }

    /// The descriptor's number, to wait for it to become readable.
    public var rawValue: CInt { descriptor.rawValue }

    /// The next frame; nil where none waits.
    ///
    /// - Parameter limit: how many bytes of it are kept.
    public func next(upTo limit: Int) throws(SystemCallError) -> Frame? {
        var buffer = [UInt8](repeating: 0, count: limit)
        var information = cw_captured_frame()
        let count = unsafe cw_capture_receive(descriptor.rawValue, &buffer, limit, &information)
        if count == -Errno.wouldBlock.rawValue || count == -Errno.interrupted.rawValue { return nil }
        try checkWrapper("recvmsg", "a packet socket", count)
        buffer.removeSubrange(Int(count)...)
        return Frame(
            bytes: buffer, length: Int(information.length),
            time: information.seconds * 1_000_000_000 + information.nanoseconds, isOutgoing: information.kind == 4)
    }

    /// Frames that there was no room for since the last call.
    public func lost() -> Int { max(0, Int(cw_capture_lost(descriptor.rawValue))) }
}
