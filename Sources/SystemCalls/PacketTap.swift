import CLinux
import Glibc

/// A packet(7) socket that sees every frame of a network namespace, at every device, in and out. For as long as it
/// lives; it leaves no trace.
public struct PacketTap: ~Copyable {
    private let descriptor: FileDescriptor

    /// A frame as it was seen.
    public struct Frame: Hashable, Sendable {
        /// The device's index.
        public var index: Int32
        /// Whether it was on its way out of the device.
        public var isOutgoing: Bool
        /// The kernel's time stamp, nanoseconds since 1970.
        public var nanoseconds: Int64
        /// The first bytes, at most 2,048, Ethernet header first.
        public var bytes: [UInt8]
    }

    /// Opens one; frames from here on are kept until they are read, up to the socket's buffer. Needs CAP_NET_RAW.
    public init(in namespace: NetworkNamespace) throws(SystemCallError) {
        // ETH_P_ALL in network byte order.
        let socket = try namespace.socket(AF_PACKET, CInt(SOCK_RAW.rawValue), CInt(UInt16(3).bigEndian))
        try checkWrapper("setsockopt", "SO_TIMESTAMPNS", cw_tap_prepare(socket.rawValue))
        descriptor = socket
    }

    /// Takes the frames that are there; never waits.
    public func take() -> [Frame] {
        var frames: [Frame] = []
        var buffer = [UInt8](repeating: 0, count: 2048)
        while frames.count < 20000 {
            var origin = cw_tap_origin()
            let count = unsafe cw_tap_receive(descriptor.rawValue, &buffer, buffer.count, &origin)
            if count < 0 { break }
            frames.append(
                Frame(
                    index: origin.index, isOutgoing: origin.kind == 4, nanoseconds: origin.nanoseconds,
                    bytes: Array(buffer.prefix(Int(count)))))
        }
        return frames
    }

    /// Waits until there is a frame.
    public func wait(milliseconds: Int) { _ = Self.waitReadable(descriptor.rawValue, milliseconds: milliseconds) }

    /// Waits until a socket can be read: poll(2); false where the time is up.
    public static func waitReadable(_ number: CInt, milliseconds: Int) -> Bool {
        cw_tap_wait(number, CInt(clamping: milliseconds)) > 0
    }
}
