import CLinux

/// Something of a packet that a rule looks at.
public enum NFTablesField: Sendable, Hashable, CustomStringConvertible {
    /// Where the packet came in; on a bridge, the port.
    case inputInterface
    /// Where it goes out; on a bridge, the port.
    case outputInterface
    /// Its ETH_P_*, also behind one VLAN tag.
    case packetProtocol
    /// Its IPPROTO_*, behind IPv6's extension headers.
    case transportProtocol
    /// What the kernel knows of its connection.
    case connectionState
    /// What was done to its connection.
    case connectionStatus
    /// What kind of address its destination is, by the host's routes.
    case destinationType
    /// Ethernet's source.
    case etherSource
    /// IPv4's source.
    case ipv4Source
    /// IPv4's destination.
    case ipv4Destination
    /// IPv6's source.
    case ipv6Source
    /// IPv6's destination.
    case ipv6Destination
    /// TCP's, UDP's or SCTP's source port.
    case sourcePort
    /// TCP's, UDP's or SCTP's destination port.
    case destinationPort
    /// The Ethernet address that an ARP message says it is from.
    case arpSenderEther
    /// The IPv4 address that an ARP message says it is from.
    case arpSender
    /// ICMPv6's type.
    case icmpv6Type
    /// The address that a neighbour advertisement is about (RFC 4861, 4.4).
    case neighbourTarget
    /// The type of a neighbour advertisement's first option; 2 is the target's link-layer address.
    case neighbourOption
    /// The Ethernet address in that option.
    case neighbourEther

    /// What the field's values are.
    public var type: NFTablesDataType {
        switch self {
        case .inputInterface, .outputInterface: .interfaceName
        case .packetProtocol: .etherType
        case .transportProtocol: .transportProtocol
        case .connectionState: .connectionState
        case .connectionStatus: .connectionStatus
        case .destinationType: .addressType
        case .etherSource, .arpSenderEther, .neighbourEther: .etherAddress
        case .ipv4Source, .ipv4Destination, .arpSender: .ipv4Address
        case .ipv6Source, .ipv6Destination, .neighbourTarget: .ipv6Address
        case .sourcePort, .destinationPort: .port
        case .icmpv6Type: .icmpv6Type
        case .neighbourOption: .integer
        }
    }

    /// Where in the packet it lies: the header (NFT_PAYLOAD_*_HEADER) and the offset in bytes; nil for what is not in
    /// the packet.
    var place: (base: UInt32, offset: UInt32)? {
        let link = NFT_PAYLOAD_LL_HEADER.rawValue
        let network = NFT_PAYLOAD_NETWORK_HEADER.rawValue
        let transport = NFT_PAYLOAD_TRANSPORT_HEADER.rawValue
        return switch self {
        case .etherSource: (link, 6)
        case .ipv4Source: (network, 12)
        case .ipv4Destination: (network, 16)
        case .ipv6Source: (network, 8)
        case .ipv6Destination: (network, 24)
        case .arpSenderEther: (network, 8)
        case .arpSender: (network, 14)
        case .sourcePort, .icmpv6Type: (transport, 0)
        case .destinationPort: (transport, 2)
        case .neighbourTarget: (transport, 8)
        case .neighbourOption: (transport, 24)
        case .neighbourEther: (transport, 26)
        default: nil
        }
    }

    /// As nft(8) writes it.
    public var description: String {
        switch self {
        case .inputInterface: "iifname"
        case .outputInterface: "oifname"
        case .packetProtocol: "meta protocol"
        case .transportProtocol: "meta l4proto"
        case .connectionState: "ct state"
        case .connectionStatus: "ct status"
        case .destinationType: "fib daddr type"
        case .etherSource: "ether saddr"
        case .ipv4Source: "ip saddr"
        case .ipv4Destination: "ip daddr"
        case .ipv6Source: "ip6 saddr"
        case .ipv6Destination: "ip6 daddr"
        case .sourcePort: "th sport"
        case .destinationPort: "th dport"
        case .arpSenderEther: "arp saddr ether"
        case .arpSender: "arp saddr ip"
        case .icmpv6Type: "icmpv6 type"
        case .neighbourTarget: "@th,64,128"
        case .neighbourOption: "@th,192,8"
        case .neighbourEther: "@th,208,48"
        }
    }
}

extension [NFTablesField] {
    /// `iifname . ip saddr`.
    var text: String { map(\.description).joined(separator: " . ") }
}
