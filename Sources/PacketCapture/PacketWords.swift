public import IPAddressing

/// Says what a frame is, as tcpdump does, with names in place of the addresses that have one.
public struct PacketWords: Sendable {
    private let names: [IPAddress: String]

    /// Uses these names.
    public init(names: [IPAddress: String]) { self.names = names }

    /// A line without time and device: `IP red > 203.0.113.8: ICMP echo request, id 9, seq 0, length 64`.
    public func line(_ packet: Dissection) -> String {
        switch packet.type {
        case 0x0806: return "ARP, " + resolution(packet) + ", length \(packet.length)"
        case 0x0800, 0x86DD: break
        default:
            let from = packet.sourceMAC.map(\.description) ?? "?"
            let to = packet.destinationMAC.map(\.description) ?? "?"
            return "\(from) > \(to), ethertype 0x\(String(packet.type, radix: 16))"
        }
        let version = packet.type == 0x0800 ? "IP" : "IP6"
        let ends = "\(end(packet.source, packet.sourcePort)) > \(end(packet.destination, packet.destinationPort))"
        return "\(version) \(ends): \(content(packet))"
    }

    /// A few words for a row: `echo 1`, `reply 1`, `ARP who-has 172.17.0.1`.
    public func brief(_ packet: Dissection) -> String {
        if packet.type == 0x0806 { return "ARP " + resolution(packet) }
        if let echo = packet.echo { return "\(packet.isEchoRequest ? "echo" : "reply") \(echo.sequence)" }
        if packet.flags != nil { return "TCP \(flags(packet)) \(ports(packet))" }
        if packet.protocolNumber == 17 { return "UDP \(ports(packet)), \(packet.payload.count) bytes" }
        return content(packet)
    }

    /// The name of an address; nil where it has none.
    func known(_ address: IPAddress) -> String? { names[address] }

    /// An address by its name.
    public func name(_ address: IPAddress?) -> String { address.map { names[$0] ?? $0.description } ?? "?" }

    private func end(_ address: IPAddress?, _ port: UInt16?) -> String {
        name(address) + (port.map { ".\($0)" } ?? "")
    }

    private func ports(_ packet: Dissection) -> String {
        "\(packet.sourcePort ?? 0)→\(packet.destinationPort ?? 0)"
    }

    private func resolution(_ packet: Dissection) -> String {
        packet.operation == 1
            ? "Request who-has \(name(packet.destination)) tell \(name(packet.source))"
            : "Reply \(name(packet.source)) is-at \(packet.sourceMAC.map(\.description) ?? "?")"
    }

    private func flags(_ packet: Dissection) -> String {
        let flags = packet.flags ?? 0
        let letters = [(2, "S"), (1, "F"), (4, "R"), (8, "P"), (16, ".")].filter { flags & UInt8($0.0) != 0 }
        return "[\(letters.map(\.1).joined())]"
    }

    private func content(_ packet: Dissection) -> String {
        if let echo = packet.echo {
            let kind = packet.isEchoRequest ? "echo request" : "echo reply"
            let name = packet.protocolNumber == 1 ? "ICMP" : "ICMP6"
            return "\(name) \(kind), id \(echo.identifier), seq \(echo.sequence), length \(packet.length)"
        }
        switch packet.protocolNumber {
        case 1: return "ICMP \(icmp(packet)), length \(packet.length)"
        case 58: return "ICMP6 \(icmp6(packet)), length \(packet.length)"
        case 6:
            return "Flags \(flags(packet)), seq \(packet.sequence ?? 0), ack \(packet.acknowledgement ?? 0), "
                + "length \(packet.payload.count)"
        case 17: return "UDP, length \(packet.payload.count)"
        default: return "protocol \(packet.protocolNumber ?? 0), length \(packet.length)"
        }
    }

    private func icmp(_ packet: Dissection) -> String {
        switch (packet.icmpType, packet.icmpCode) {
        case (3, 0): "net unreachable"
        case (3, 1): "host unreachable"
        case (3, 3): "port unreachable"
        case (3, 4): "unreachable - need to frag"
        case (3, 13): "administratively prohibited"
        case (5, _): "redirect"
        case (11, _): "time exceeded in-transit"
        default: "type \(packet.icmpType ?? 0) code \(packet.icmpCode ?? 0)"
        }
    }

    private func icmp6(_ packet: Dissection) -> String {
        switch packet.icmpType {
        case 1: "destination unreachable"
        case 2: "packet too big"
        case 3: "time exceeded"
        case 133: "router solicitation"
        case 134: "router advertisement"
        case 135: "neighbor solicitation"
        case 136: "neighbor advertisement"
        default: "type \(packet.icmpType ?? 0)"
        }
    }
}
