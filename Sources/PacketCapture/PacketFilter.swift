public import IPAddressing

/// Which packets are wanted: a small subset of pcap-filter(7), matched here and not in the kernel.
///
/// `icmp`, `icmp6`, `tcp`, `udp`, `arp`, `ip`, `ip6`, `[src|dst] host A`, `[src|dst] net A/L`, `[src|dst] port N`,
/// `not`, `and`, `or`, parentheses. `and` and `or` have the same rank and are read from the left, as there.
public indirect enum PacketFilter: Hashable, Sendable {
    /// Every packet.
    case all
    /// IP's protocol, by number.
    case transport(UInt8)
    /// Ethernet's type.
    case type(UInt16)
    /// One of the ends, or the one that is named.
    case address(Side, IPPrefix)
    /// One of the ports, or the one that is named.
    case port(Side, UInt16)
    /// The opposite.
    case not(PacketFilter)
    /// Both.
    case and(PacketFilter, PacketFilter)
    /// One of them, or both.
    case or(PacketFilter, PacketFilter)

    /// Which end is looked at.
    public enum Side: Hashable, Sendable {
        /// Where it comes from.
        case source
        /// Where it goes to.
        case destination
        /// Either.
        case either
    }

    /// Why a filter makes no sense.
    public struct SyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was not understood, and what can be.
        public let description: String
    }

    /// Whether a packet is wanted.
    public func matches(_ packet: Dissection) -> Bool {
        switch self {
        case .all: true
        case .transport(let number): packet.protocolNumber == number
        case .type(let type): packet.type == type
        case .address(let side, let prefix):
            side.pick(packet.source, packet.destination).contains { $0.family == prefix.family && prefix.contains($0) }
        case .port(let side, let port): side.pick(packet.sourcePort, packet.destinationPort).contains(port)
        case .not(let inner): !inner.matches(packet)
        case .and(let left, let right): left.matches(packet) && right.matches(packet)
        case .or(let left, let right): left.matches(packet) || right.matches(packet)
        }
    }

    /// Reads words.
    ///
    /// - Parameters:
    ///   - words: as on a command line; empty means every packet.
    ///   - resolve: the address of a name, such as a container's; nil where it is none.
    public init(_ words: [String], resolve: (String) -> IPAddress? = { _ in nil }) throws(SyntaxError) {
        let separated = words.joined(separator: " ").replacing("(", with: " ( ").replacing(")", with: " ) ")
            .replacing("!", with: " not ")
        var rest = separated.split(separator: " ").map(String.init)[...]
        if rest.isEmpty {
            self = .all
            return
        }
        self = try Self.sequence(&rest, resolve)
        if let word = rest.first { throw Self.unknown(word) }
    }

    private static func sequence(
        _ words: inout ArraySlice<String>, _ resolve: (String) -> IPAddress?
    ) throws(SyntaxError) -> PacketFilter {
        var left = try term(&words, resolve)
        while let word = words.first, ["and", "&&", "or", "||"].contains(word) {
            words.removeFirst()
            let right = try term(&words, resolve)
            left = ["and", "&&"].contains(word) ? .and(left, right) : .or(left, right)
        }
        return left
    }

    private static func term(
        _ words: inout ArraySlice<String>, _ resolve: (String) -> IPAddress?
    ) throws(SyntaxError) -> PacketFilter {
        guard let word = words.popFirst() else {
            throw SyntaxError(description: "the filter ends where something has to follow")
        }
        switch word {
        case "not": return .not(try term(&words, resolve))
        case "(":
            let inner = try sequence(&words, resolve)
            guard words.popFirst() == ")" else { throw SyntaxError(description: "a parenthesis is not closed") }
            return inner
        case "icmp": return .transport(1)
        case "tcp": return try followed(.transport(6), &words, resolve)
        case "udp": return try followed(.transport(17), &words, resolve)
        case "icmp6": return .transport(58)
        case "arp": return .type(0x0806)
        case "ip": return .type(0x0800)
        case "ip6": return .type(0x86DD)
        case "src", "dst":
            return try end(word == "src" ? .source : .destination, words.popFirst() ?? "", &words, resolve)
        default: return try end(.either, word, &words, resolve)
        }
    }

    /// `tcp port 80` means `tcp and port 80`.
    private static func followed(
        _ first: PacketFilter, _ words: inout ArraySlice<String>, _ resolve: (String) -> IPAddress?
    ) throws(SyntaxError) -> PacketFilter {
        guard let next = words.first, ["port", "src", "dst"].contains(next) else { return first }
        return .and(first, try term(&words, resolve))
    }

    private static func end(
        _ side: Side, _ word: String, _ words: inout ArraySlice<String>, _ resolve: (String) -> IPAddress?
    ) throws(SyntaxError) -> PacketFilter {
        guard ["host", "net", "port"].contains(word) else { throw unknown(word) }
        guard let value = words.popFirst() else { throw SyntaxError(description: "'\(word)' needs a value") }
        switch word {
        case "host":
            guard let address = IPAddress(value) ?? resolve(value) else {
                throw SyntaxError(description: "'\(value)' is no address, and no container has that name")
            }
            return .address(side, IPPrefix(only: address))
        case "net":
            guard let prefix = IPPrefix(value) else {
                throw SyntaxError(description: "'\(value)' is no subnet: write it as 172.17.0.0/16")
            }
            return .address(side, prefix)
        default:
            guard let port = UInt16(value) else {
                throw SyntaxError(description: "'\(value)' is no port: use 0 to 65535")
            }
            return .port(side, port)
        }
    }

    private static func unknown(_ word: String) -> SyntaxError {
        SyntaxError(
            description: "the filter does not know '\(word)'; it knows icmp, icmp6, tcp, udp, arp, ip, ip6, host A, "
                + "net A/L, port N, src, dst, and, or, not and parentheses")
    }
}

extension PacketFilter.Side {
    func pick<Value>(_ source: Value?, _ destination: Value?) -> [Value] {
        switch self {
        case .source: [source].compactMap { $0 }
        case .destination: [destination].compactMap { $0 }
        case .either: [source, destination].compactMap { $0 }
        }
    }
}
