public import IPAddressing

/// What a frame says, as far as lines, filters and paths need it. Headers that are cut off or make no sense leave the
/// rest nil. RFC 791, 8200, 826, 792, 4443, 768, 9293.
public struct Dissection: Hashable, Sendable {
    /// Ethernet's type, 0x0800 for IPv4.
    public var type: UInt16 = 0
    /// Where the frame comes from.
    public var sourceMAC: MACAddress?
    /// Where it goes to.
    public var destinationMAC: MACAddress?
    /// IP's or ARP's source.
    public var source: IPAddress?
    /// IP's or ARP's destination.
    public var destination: IPAddress?
    /// IP's protocol: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6.
    public var protocolNumber: UInt8?
    /// The port that a segment or datagram comes from.
    public var sourcePort: UInt16?
    /// The port that it goes to.
    public var destinationPort: UInt16?
    /// ARP's operation: 1 request, 2 reply.
    public var operation: UInt16?
    /// ICMP's type and code.
    public var icmpType: UInt8?
    /// ICMP's code.
    public var icmpCode: UInt8?
    /// An echo's identifier and sequence number.
    public var echo: Echo?
    /// TCP's flags: 1 FIN, 2 SYN, 4 RST, 8 PSH, 16 ACK.
    public var flags: UInt8?
    /// TCP's sequence number.
    public var sequence: UInt32?
    /// TCP's acknowledgement number.
    public var acknowledgement: UInt32?
    /// Bytes after IP's header.
    public var length = 0
    /// IPv4's identification.
    public var identification: UInt16 = 0
    /// IPv4's time to live, IPv6's hop limit.
    public var hops: UInt8 = 0
    /// Bytes after the transport's header, as far as the frame was kept.
    public var payload: ArraySlice<UInt8> = []

    /// An echo.
    public struct Echo: Hashable, Sendable {
        /// Whose.
        public var identifier: UInt16
        /// Which.
        public var sequence: UInt16
    }

    /// Takes a frame apart, from the Ethernet header on.
    public init(_ frame: [UInt8]) {
        guard frame.count >= 14 else { return }
        destinationMAC = MACAddress(bytes: frame[0..<6])
        sourceMAC = MACAddress(bytes: frame[6..<12])
        type = Self.number(frame, 12)
        var start = 14
        // A VLAN's tag, 802.1Q.
        if type == 0x8100, frame.count >= 18 {
            type = Self.number(frame, 16)
            start = 18
        }
        let rest = frame[start...]
        switch type {
        case 0x0800: version4(Array(rest))
        case 0x86DD: version6(Array(rest))
        case 0x0806: resolution(Array(rest))
        default: break
        }
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> UInt16 {
        UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
    }

    private static func long(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        UInt32(number(bytes, place)) << 16 | UInt32(number(bytes, place + 2))
    }

    private mutating func version4(_ packet: [UInt8]) {
        let header = packet.isEmpty ? 0 : Int(packet[0] & 15) * 4
        guard header >= 20, packet.count >= header else { return }
        source = IPAddress(bytes: packet[12..<16])
        destination = IPAddress(bytes: packet[16..<20])
        protocolNumber = packet[9]
        hops = packet[8]
        identification = Self.number(packet, 4)
        length = max(0, Int(Self.number(packet, 2)) - header)
        // Only the first fragment has the transport's header.
        guard Self.number(packet, 6) & 0x1FFF == 0 else { return }
        transport(Array(packet[header...].prefix(length)))
    }

    private mutating func version6(_ packet: [UInt8]) {
        guard packet.count >= 40 else { return }
        source = IPAddress(bytes: packet[8..<24])
        destination = IPAddress(bytes: packet[24..<40])
        hops = packet[7]
        length = Int(Self.number(packet, 4))
        var (next, start) = (packet[6], 40)
        // Hop-by-hop, routing and destination options: the next header's number and a length in units of 8.
        while [0, 43, 60].contains(next), packet.count >= start + 8 {
            (next, start) = (packet[start], start + 8 + 8 * Int(packet[start + 1]))
        }
        protocolNumber = next
        guard packet.count > start else { return }
        transport(Array(packet[start...].prefix(max(0, length - (start - 40)))))
    }

    private mutating func resolution(_ packet: [UInt8]) {
        guard packet.count >= 28 else { return }
        operation = Self.number(packet, 6)
        source = IPAddress(bytes: packet[14..<18])
        destination = IPAddress(bytes: packet[24..<28])
        length = packet.count
    }

    private mutating func transport(_ segment: [UInt8]) {
        switch protocolNumber {
        case 1, 58:
            guard segment.count >= 8 else { return }
            icmpType = segment[0]
            icmpCode = segment[1]
            if isEcho {
                echo = Echo(identifier: Self.number(segment, 4), sequence: Self.number(segment, 6))
            }
            payload = segment[8...]
        case 6:
            guard segment.count >= 20 else { return }
            ports(segment)
            sequence = Self.long(segment, 4)
            acknowledgement = Self.long(segment, 8)
            flags = segment[13]
            payload = segment.dropFirst(Int(segment[12] >> 4) * 4)
        case 17:
            guard segment.count >= 8 else { return }
            ports(segment)
            payload = segment[8...]
        default: payload = segment[...]
        }
    }

    private mutating func ports(_ segment: [UInt8]) {
        sourcePort = Self.number(segment, 0)
        destinationPort = Self.number(segment, 2)
    }

    /// Whether it is an echo's request or reply.
    public var isEcho: Bool { isEchoRequest || isEchoReply }
    /// Whether it asks for an echo.
    public var isEchoRequest: Bool { protocolNumber == 1 ? icmpType == 8 : protocolNumber == 58 && icmpType == 128 }
    /// Whether it is one.
    public var isEchoReply: Bool { protocolNumber == 1 ? icmpType == 0 : protocolNumber == 58 && icmpType == 129 }
}
