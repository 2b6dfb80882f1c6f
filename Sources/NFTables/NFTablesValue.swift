public import IPAddressing

/// A value that a packet's field is compared with, or an element of a set.
public enum NFTablesValue: Sendable, Hashable, CustomStringConvertible {
    /// An interface, up to 15 characters.
    case interface(String)
    /// An IPv4 address.
    case ipv4(IPv4Address)
    /// An IPv6 address.
    case ipv6(IPv6Address)
    /// A subnet; in a set with intervals, or compared under its mask.
    case prefix(IPPrefix)
    /// An Ethernet address.
    case ether(MACAddress)
    /// ETH_P_*.
    case etherType(UInt16)
    /// IPPROTO_*.
    case transport(UInt8)
    /// A port.
    case port(UInt16)
    /// Bits of `ct state`.
    case connectionState(NFTablesConnectionState)
    /// The bit of `ct status` that says that the destination is translated (IPS_DST_NAT).
    case destinationTranslated
    /// RTN_LOCAL: an address of the host.
    case localAddress
    /// ICMPv6's type.
    case icmpv6Type(UInt8)
    /// A byte.
    case number(UInt8)

    /// An address of either family.
    public static func address(_ address: IPAddress) -> NFTablesValue {
        switch address {
        case .v4(let address): .ipv4(address)
        case .v6(let address): .ipv6(address)
        }
    }

    /// The value as it lies in a register.
    public var bytes: [UInt8] {
        switch self {
        case .interface(let name): Self.padded(Array(name.utf8.prefix(15)), to: 16)
        case .ipv4(let address): address.bytes
        case .ipv6(let address): address.bytes
        case .prefix(let prefix): prefix.networkAddress.bytes
        case .ether(let address): address.bytes
        case .etherType(let number), .port(let number): [UInt8(number >> 8), UInt8(number & 255)]
        case .transport(let number), .icmpv6Type(let number), .number(let number): [number]
        case .connectionState(let bits): Self.native(bits.rawValue)
        case .destinationTranslated: Self.native(1 << 5)
        case .localAddress: Self.native(2)
        }
    }

    /// The last value of an interval; the value itself where it is none.
    var lastBytes: [UInt8] {
        if case .prefix(let prefix) = self { return prefix.lastAddress.bytes }
        return bytes
    }

    /// The bits that count; nil where all do.
    var mask: [UInt8]? {
        switch self {
        case .prefix(let prefix): prefix.netmask.bytes
        case .connectionState, .destinationTranslated: bytes
        default: nil
        }
    }

    /// Whether any of the bits is asked for, in place of all.
    var isBitSet: Bool {
        switch self {
        case .connectionState, .destinationTranslated: true
        default: false
        }
    }

    /// Reads a value of a set back; nil where the bytes are none.
    init?(_ type: NFTablesDataType, _ bytes: [UInt8], last: [UInt8]?) {
        guard bytes.count >= type.length else { return nil }
        let own = Array(bytes.prefix(type.length))
        if let last = last.map({ Array($0.prefix(type.length)) }), last != own {
            guard let low = IPAddress(bytes: own), let high = IPAddress(bytes: last) else { return nil }
            let span = high.rawValue &- low.rawValue
            let length = low.family.bits - (span == .max ? 128 : (span + 1).trailingZeroBitCount)
            guard let prefix = IPPrefix(low, length: max(0, length)) else { return nil }
            self = .prefix(prefix)
            return
        }
        let wide = own.prefix(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
        switch type {
        case .interfaceName: self = .interface(String(decoding: own.prefix { $0 != 0 }, as: UTF8.self))
        case .ipv4Address:
            guard let address = IPv4Address(bytes: own) else { return nil }
            self = .ipv4(address)
        case .ipv6Address:
            guard let address = IPv6Address(bytes: own) else { return nil }
            self = .ipv6(address)
        case .etherAddress:
            guard let address = MACAddress(bytes: own) else { return nil }
            self = .ether(address)
        case .etherType: self = .etherType(wide)
        case .port: self = .port(wide)
        case .transportProtocol: self = .transport(own[0])
        case .icmpv6Type: self = .icmpv6Type(own[0])
        case .integer: self = .number(own[0])
        case .verdict, .connectionState, .connectionStatus, .addressType: return nil
        }
    }

    /// As nft(8) writes it.
    public var description: String {
        switch self {
        case .interface(let name): "\"\(name)\""
        case .ipv4(let address): address.description
        case .ipv6(let address): address.description
        case .prefix(let prefix): prefix.network.description
        case .ether(let address): address.description
        case .etherType(let number): Self.etherTypes[number] ?? String(number)
        case .transport(let number): Self.transports[number] ?? String(number)
        case .port(let number): String(number)
        case .connectionState(let bits): bits.description
        case .destinationTranslated: "dnat"
        case .localAddress: "local"
        case .icmpv6Type(let number): Self.icmpv6Types[number] ?? String(number)
        case .number(let number): String(number)
        }
    }

    private static let etherTypes: [UInt16: String] = [0x0800: "ip", 0x0806: "arp", 0x86DD: "ip6"]
    private static let transports: [UInt8: String] = [
        1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp", 132: "sctp",
    ]
    private static let icmpv6Types: [UInt8: String] = [
        134: "nd-router-advert", 135: "nd-neighbor-solicit", 136: "nd-neighbor-advert", 137: "nd-redirect",
    ]

    static func padded(_ bytes: [UInt8], to length: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: max(0, length - bytes.count))
    }

    static func native(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
}

/// Bits of `ct state` (NF_CT_STATE_BIT of `<linux/netfilter/nf_conntrack_common.h>`).
public struct NFTablesConnectionState: OptionSet, Sendable, Hashable, CustomStringConvertible {
    /// The bits.
    public let rawValue: UInt32

    /// Wraps bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Packets that belong to no connection.
    public static let invalid = NFTablesConnectionState(rawValue: 1)
    /// Packets of a connection that has seen both ways.
    public static let established = NFTablesConnectionState(rawValue: 2)
    /// Packets that a known connection gave rise to.
    public static let related = NFTablesConnectionState(rawValue: 4)
    /// The first packet.
    public static let new = NFTablesConnectionState(rawValue: 8)

    /// `established,related`.
    public var description: String {
        let names: [(NFTablesConnectionState, String)] = [
            (.invalid, "invalid"), (.established, "established"), (.related, "related"), (.new, "new"),
        ]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: ",")
    }
}
