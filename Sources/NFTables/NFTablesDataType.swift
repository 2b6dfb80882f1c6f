/// What a field, a set's key or a map's value is, as nft(8) knows it. The raw value is nft's own number
/// (`enum datatypes` of its `datatype.h`): the kernel only keeps it, so that `nft list` prints addresses as addresses.
public enum NFTablesDataType: UInt32, Sendable, Hashable, CaseIterable {
    /// What becomes of a packet; only as a map's value.
    case verdict = 1
    /// A number without a type of its own.
    case integer = 4
    /// IPv4.
    case ipv4Address = 7
    /// IPv6.
    case ipv6Address = 8
    /// 48 bits.
    case etherAddress = 9
    /// ETH_P_*.
    case etherType = 10
    /// IPPROTO_*.
    case transportProtocol = 12
    /// A port.
    case port = 13
    /// A bit mask (`ct state`).
    case connectionState = 26
    /// A bit mask (`ct status`).
    case connectionStatus = 28
    /// ICMPv6's type.
    case icmpv6Type = 29
    /// RTN_* (`fib … type`).
    case addressType = 38
    /// An interface's name.
    case interfaceName = 41

    /// The name that `nft list` prints in a set's `type`.
    public var name: String {
        switch self {
        case .verdict: "verdict"
        case .integer: "integer"
        case .ipv4Address: "ipv4_addr"
        case .ipv6Address: "ipv6_addr"
        case .etherAddress: "ether_addr"
        case .etherType: "ether_type"
        case .transportProtocol: "inet_proto"
        case .port: "inet_service"
        case .connectionState: "ct_state"
        case .connectionStatus: "ct_status"
        case .icmpv6Type: "icmpv6_type"
        case .addressType: "fib_addrtype"
        case .interfaceName: "ifname"
        }
    }

    /// Bytes of a value.
    public var length: Int {
        switch self {
        case .transportProtocol, .icmpv6Type, .integer: 1
        case .etherType, .port: 2
        case .ipv4Address, .connectionState, .connectionStatus, .addressType: 4
        case .etherAddress: 6
        case .ipv6Address, .interfaceName: 16
        case .verdict: 16
        }
    }

    /// Bytes that a value takes in a concatenation: whole registers of four.
    var paddedLength: Int { (length + 3) & ~3 }

    /// Whether a value is in the machine's byte order; the others are as on the wire.
    var isHostOrder: Bool {
        switch self {
        case .interfaceName, .connectionState, .connectionStatus, .addressType: true
        default: false
        }
    }
}

extension [NFTablesDataType] {
    /// nft's number of a concatenation: six bits a type.
    var concatenated: UInt32 { reduce(0) { $0 << 6 | $1.rawValue } }

    /// Bytes of a concatenation; a single value is not padded.
    var keyLength: Int { count == 1 ? self[0].length : reduce(0) { $0 + $1.paddedLength } }

    /// `ipv4_addr . inet_service`.
    var name: String { map(\.name).joined(separator: " . ") }
}
