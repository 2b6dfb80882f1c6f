public import SystemCalls

/// A frame at one device of a capture.
public struct CapturedPacket: Hashable, Sendable {
    /// The device, by its place in the capture's list.
    public var device: Int
    /// From the Ethernet header on, as far as it was kept.
    public var bytes: [UInt8]
    /// Its whole length in bytes.
    public var length: Int
    /// When the kernel saw it, in nanoseconds since 1970.
    public var time: Int64
    /// Whether the device sent it.
    public var isOutgoing: Bool
    /// What it says.
    public var content: Dissection

    /// Takes a frame in.
    public init(device: Int, _ frame: PacketTap.Frame) {
        self.device = device
        bytes = frame.bytes
        length = frame.length
        time = frame.time
        isOutgoing = frame.isOutgoing
        content = Dissection(frame.bytes)
    }

    /// What stays the same on the packet's whole way, address translation included; the packet is known by it at other
    /// devices.
    var identity: Identity {
        Identity(
            type: content.type, protocolNumber: content.protocolNumber, operation: content.operation,
            // ARP is not translated, and has nothing else.
            ends: content.type == 0x0806
                ? "\(String(describing: content.source)) \(String(describing: content.destination))" : "",
            icmp: content.icmpType, echo: content.echo, flags: content.flags, sequence: content.sequence,
            acknowledgement: content.acknowledgement,
            identification: content.flags == nil && content.echo == nil ? content.identification : 0,
            payload: content.payload)
    }

    struct Identity: Hashable {
        var type: UInt16
        var protocolNumber: UInt8?
        var operation: UInt16?
        var ends: String
        var icmp: UInt8?
        var echo: Dissection.Echo?
        var flags: UInt8?
        var sequence: UInt32?
        var acknowledgement: UInt32?
        var identification: UInt16
        var payload: ArraySlice<UInt8>
    }
}
