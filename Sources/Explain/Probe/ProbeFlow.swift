public import IPAddressing

/// What is sent to find out, and by what it is known again at each device: addresses change on the way, the number
/// does not (unless the port is taken).
public struct ProbeFlow: Hashable, Sendable {
    /// How to ask.
    public enum Kind: String, Codable, Hashable, Sendable {
        /// ICMP echo.
        case icmp
        /// A TCP connection that is opened and closed.
        case tcp
        /// A datagram.
        case udp
    }

    /// How to ask.
    public var kind: Kind
    /// Where to.
    public var destination: IPAddress
    /// The port, 0 with ICMP.
    public var port: UInt16
    /// The echo's identifier, or the source port.
    public var number: UInt16 = 0

    /// What a rule of the trace table matches.
    struct Match {
        var isARP = false
        var protocolNumber: UInt8 = 0
        /// Bytes into the transport header.
        var offset: UInt32 = 0
        var value: UInt16 = 0

        init(arp: Bool) { isARP = arp }

        init(_ protocolNumber: UInt8, _ offset: UInt32, _ value: UInt16) {
            self.protocolNumber = protocolNumber
            self.offset = offset
            self.value = value
        }
    }

    /// IPPROTO_*.
    var protocolNumber: UInt8 {
        switch kind {
        case .icmp: destination.family == .v4 ? 1 : 58
        case .tcp: 6
        case .udp: 17
        }
    }

    /// The probe and its answer, each in both directions; with IPv6 also who asks for a neighbour and who answers.
    var matches: [Match] {
        let own =
            kind == .icmp
            ? [Match(protocolNumber, 4, number)]
            : [Match(protocolNumber, 0, number), Match(protocolNumber, 2, number)]
        return destination.family == .v4 ? own : own + [Match(58, 0, 135 << 8), Match(58, 0, 136 << 8)]
    }
}

/// A frame of the probe's, or of what goes with it, at one device.
struct Sighting: Hashable, Sendable {
    /// What it is.
    enum Content: Hashable, Sendable {
        /// The probe on its way.
        case probe
        /// The answer; whether it refuses (TCP reset).
        case reply(refuses: Bool)
        /// An ICMP error about the probe: type, code, and the MTU that it names.
        case error(type: UInt8, code: UInt8, mtu: Int)
        /// Who has an address?
        case question(IPAddress, by: IPAddress)
        /// An address is at a MAC.
        case answer(IPAddress, MACAddress)
    }

    /// Where: the station's place in the list of stations.
    var station: Int
    /// The device there.
    var device: Int32
    var isOutgoing: Bool
    /// Since 1970.
    var nanoseconds: Int64
    var content: Content
    var source: IPAddress?
    var destination: IPAddress?
    /// Of the IP packet, in bytes.
    var length = 0
}

/// Reads frames.
struct FrameReader {
    let flow: ProbeFlow

    /// What a frame is to the probe; nil where it has nothing to do with it.
    func read(_ bytes: [UInt8]) -> (Sighting.Content, IPAddress?, IPAddress?, Int)? {
        guard bytes.count >= 34 else { return nil }
        switch number(bytes, 12) {
        case 0x0806: return arp(bytes)
        case 0x0800: return version4(bytes)
        case 0x86DD: return version6(bytes)
        default: return nil
        }
    }

    private func number(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
        offset + 1 < bytes.count ? UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) : 0
    }

    private func arp(_ bytes: [UInt8]) -> (Sighting.Content, IPAddress?, IPAddress?, Int)? {
        guard bytes.count >= 42, let sender = IPAddress(bytes: bytes[28..<32]),
            let target = IPAddress(bytes: bytes[38..<42])
        else { return nil }
        if number(bytes, 20) == 1 { return (.question(target, by: sender), sender, target, 28) }
        guard let mac = MACAddress(bytes: bytes[22..<28]) else { return nil }
        return (.answer(sender, mac), sender, target, 28)
    }

    private func version4(_ bytes: [UInt8]) -> (Sighting.Content, IPAddress?, IPAddress?, Int)? {
        let start = 14
        let header = Int(bytes[start] & 0xF) * 4
        let transport = start + header
        guard bytes.count >= transport + 8, let source = IPAddress(bytes: bytes[26..<30]),
            let destination = IPAddress(bytes: bytes[30..<34])
        else { return nil }
        let length = Int(number(bytes, 16))
        guard let content = content(bytes, bytes[start + 9], transport) else { return nil }
        return (content, source, destination, length)
    }

    private func version6(_ bytes: [UInt8]) -> (Sighting.Content, IPAddress?, IPAddress?, Int)? {
        guard bytes.count >= 62, let source = IPAddress(bytes: bytes[22..<38]),
            let destination = IPAddress(bytes: bytes[38..<54])
        else { return nil }
        if bytes[20] == 58, [135, 136].contains(bytes[54]), bytes.count >= 78,
            let target = IPAddress(bytes: bytes[62..<78]), let mac = MACAddress(bytes: bytes[6..<12])
        {
            return (bytes[54] == 135 ? .question(target, by: source) : .answer(target, mac), source, destination, 0)
        }
        guard let content = content(bytes, bytes[20], 54) else { return nil }
        return (content, source, destination, Int(number(bytes, 18)) + 40)
    }

    private func content(_ bytes: [UInt8], _ proto: UInt8, _ transport: Int) -> Sighting.Content? {
        let type = bytes[transport]
        if proto == flow.protocolNumber {
            switch flow.kind {
            case .icmp where [8, 128].contains(type) && number(bytes, transport + 4) == flow.number: return .probe
            case .icmp where [0, 129].contains(type) && number(bytes, transport + 4) == flow.number:
                return .reply(refuses: false)
            case .tcp, .udp:
                if number(bytes, transport) == flow.number { return .probe }
                if number(bytes, transport + 2) == flow.number {
                    let flags = transport + 13 < bytes.count ? bytes[transport + 13] : 0
                    return .reply(refuses: flow.kind == .tcp && flags & 4 != 0)
                }
            default: break
            }
        }
        // An error carries the beginning of what it is about.
        let isError = proto == 1 && [3, 11, 12].contains(type) || proto == 58 && (1...4).contains(type)
        guard isError else { return nil }
        let inner = transport + 8 + (proto == 1 ? 20 : 40)
        guard bytes.count >= inner + 8 else { return nil }
        let isOurs =
            flow.kind == .icmp
            ? number(bytes, inner + 4) == flow.number
            : number(bytes, inner) == flow.number || number(bytes, inner + 2) == flow.number
        guard isOurs else { return nil }
        return .error(type: type, code: bytes[transport + 1], mtu: Int(number(bytes, transport + 6)))
    }
}
