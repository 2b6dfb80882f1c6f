import CLinux
import Glibc

/// A packet(7) socket that sees every frame of one device, or of all devices of a network namespace, in and out. It
/// stays in the namespace that it was opened in and ends with this object: nothing is left on any device.
public final class PacketTap: Sendable {
    private let descriptor: FileDescriptor

    /// A frame as it passed.
    public struct Frame: Hashable, Sendable {
        /// The device's number.
        public var index: Int32
        /// From the Ethernet header on, as far as it was kept.
        public var bytes: [UInt8]
        /// Its whole length in bytes.
        public var length: Int
        /// When the kernel saw it, in nanoseconds since 1970.
        public var time: Int64
        /// Whether the device sent it, as opposed to received.
        public var isOutgoing: Bool

        /// Describes a frame.
        public init(index: Int32 = 0, bytes: [UInt8], length: Int, time: Int64, isOutgoing: Bool) {
            self.index = index
            self.bytes = bytes
            self.length = length
            self.time = time
            self.isOutgoing = isOutgoing
        }
    }

    /// Begins to listen. Frames are kept until they are read, up to the socket's buffer. Needs CAP_NET_RAW there.
    ///
    /// - Parameters:
    ///   - namespace: where to listen.
    ///   - index: the device's number there; nil listens at all of them.
    public init(in namespace: NetworkNamespace, index: Int32? = nil) throws(SystemCallError) {
        // Protocol 0 receives nothing until the socket is bound.
        descriptor = try namespace.socket(AF_PACKET, CInt(SOCK_RAW.rawValue), 0)
        try checkWrapper("bind", "a packet socket", cw_tap_open(descriptor.rawValue, index ?? 0))
    }

    /// The descriptor's number, to wait for it to become readable.
    public var rawValue: CInt { descriptor.rawValue }

    /// The next frame; nil where none waits.
    ///
    /// - Parameter limit: how many bytes of it are kept.
    public func next(upTo limit: Int = 2048) throws(SystemCallError) -> Frame? {
        var origin = cw_frame_origin()
        var failure: CInt = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let received = unsafe cw_tap_receive(descriptor.rawValue, buffer.baseAddress, limit, &origin)
            count = max(0, Int(received))
            failure = min(0, received)
        }
        if failure == -EAGAIN || failure == -EINTR { return nil }
        try checkWrapper("recvmsg", "a packet socket", failure)
        return Frame(
            index: origin.index, bytes: bytes, length: Int(origin.length), time: origin.time,
            isOutgoing: origin.kind == 4)
    }

    /// Frames that there was no room for since the last call.
    public func lost() -> Int { max(0, Int(cw_tap_lost(descriptor.rawValue))) }

    /// Waits until there is a frame; false where the time is up.
    @discardableResult
    public func wait(milliseconds: Int) -> Bool {
        FileDescriptor.waitReadable(descriptor.rawValue, milliseconds: milliseconds)
    }
}
