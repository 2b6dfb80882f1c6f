import IPAddressing
import NFTables

extension SpoofingGuard {
    /// The sets' names.
    enum SetName {
        static let guarded = "guarded"
        static let ether = "ether_addresses"
        static let ipv4 = "ipv4_addresses"
        static let arp = "arp_senders"
        static let ipv6 = "ipv6_addresses"
    }

    /// The table for an intent. Pure.
    static func table(for intent: FirewallIntent) -> NFTablesTable {
        var table = emptyTable
        for network in intent.networks where network.preventsSpoofing {
            for endpoint in network.endpoints {
                for (set, elements) in elements(of: endpoint) {
                    table.elements[set, default: []].formUnion(elements)
                }
            }
        }
        return table
    }

    /// What one endpoint adds, by set. Pure.
    static func elements(of endpoint: EndpointFirewall) -> [String: Set<NFTablesElement>] {
        let port = NFTablesValue.interface(endpoint.hostInterface)
        let mac = NFTablesValue.ether(endpoint.mac)
        let comment = "endpoint \(endpoint.endpointID.prefix(12))"
        var elements: [String: Set<NFTablesElement>] = [
            SetName.guarded: [NFTablesElement([port], comment: comment)],
            SetName.ether: [NFTablesElement([port, mac])],
            SetName.arp: [NFTablesElement([port, mac, .ipv4(IPv4Address(rawValue: 0))])],
            SetName.ipv6: [NFTablesElement([port, mac, .ipv6(endpoint.mac.linkLocalAddress)])],
        ]
        for address in endpoint.addresses {
            let value = NFTablesValue.address(address)
            switch address.family {
            case .v4:
                elements[SetName.ipv4, default: []].insert(NFTablesElement([port, mac, value]))
                elements[SetName.arp, default: []].insert(NFTablesElement([port, mac, value]))
            case .v6: elements[SetName.ipv6, default: []].insert(NFTablesElement([port, mac, value]))
            }
        }
        return elements
    }

    /// The table without elements.
    static var emptyTable: NFTablesTable {
        NFTablesTable(
            .bridge, "causeway", comment: "Causeway: containers send with their own addresses only",
            sets: [
                NFTablesSet(SetName.guarded, key: [.interfaceName], comment: "ports that are watched"),
                NFTablesSet(SetName.ether, key: [.interfaceName, .etherAddress], comment: "who is at a port"),
                NFTablesSet(
                    SetName.ipv4, key: [.interfaceName, .etherAddress, .ipv4Address],
                    comment: "with which IPv4 addresses"),
                NFTablesSet(
                    SetName.arp, key: [.interfaceName, .etherAddress, .ipv4Address],
                    comment: "as whom it may speak in ARP"),
                NFTablesSet(
                    SetName.ipv6, key: [.interfaceName, .etherAddress, .ipv6Address],
                    comment: "with which IPv6 addresses"),
            ],
            chains: [
                NFTablesChain("guard", rules: guardRules),
                NFTablesChain(
                    "guard_arp",
                    rules: [
                        NFTablesRule(
                            .inSet([.inputInterface, .arpSenderEther, .arpSender], SetName.arp), .verdict(.accept),
                            comment: "itself, or a probe"),
                        drop("forged ARP sender"),
                    ]),
                NFTablesChain("guard_ipv6", rules: ipv6Rules),
                // Before all of the kernel's own work on a bridge (NF_BR_PRI_NAT_DST_BRIDGED is -300).
                NFTablesChain(
                    "prerouting", NFTablesHook(.filter, .prerouting, priority: -350),
                    rules: ownRules + [
                        NFTablesRule(
                            .inSet([.inputInterface], SetName.guarded), .verdict(.goto("guard")),
                            comment: "what else a container sends")
                    ]),
            ])
    }

    /// What nearly every frame meets, and nothing after: one look at all that it says of its sender. What is more to
    /// be judged in neighbour discovery goes the long way.
    private static var ownRules: [NFTablesRule] {
        [
            NFTablesRule(
                .match(.packetProtocol, .etherType(0x0800)),
                .inSet([.inputInterface, .etherSource, .ipv4Source], SetName.ipv4), .verdict(.accept),
                comment: "its own IPv4 address"),
            NFTablesRule(
                .match(.packetProtocol, .etherType(0x86DD)), .matchNot(.transportProtocol, .transport(58)),
                .inSet([.inputInterface, .etherSource, .ipv6Source], SetName.ipv6), .verdict(.accept),
                comment: "its own IPv6 address"),
        ]
    }

    private static func drop(_ comment: String) -> NFTablesRule {
        NFTablesRule(.counter, .verdict(.drop), comment: comment)
    }

    private static var guardRules: [NFTablesRule] {
        func on(_ type: UInt16, _ chain: String) -> NFTablesRule {
            NFTablesRule(.match(.packetProtocol, .etherType(type)), .verdict(.goto(chain)), comment: "")
        }
        return [
            NFTablesRule(
                .notInSet([.inputInterface, .etherSource], SetName.ether), .counter, .verdict(.drop),
                comment: "forged Ethernet source"),
            // What sends IPv4 with its own address has passed before.
            NFTablesRule(
                .match(.packetProtocol, .etherType(0x0800)), .counter, .verdict(.drop), comment: "forged IPv4 source"),
            on(0x86DD, "guard_ipv6"), on(0x0806, "guard_arp"),
            drop("neither IP nor ARP"),
        ]
    }

    private static var ipv6Rules: [NFTablesRule] {
        let isICMP = NFTablesStatement.match(.transportProtocol, .transport(58))
        let isAdvertisement = NFTablesStatement.match(.icmpv6Type, .icmpv6Type(136))
        return [
            NFTablesRule(
                isICMP, .match(.icmpv6Type, .icmpv6Type(134)), .counter, .verdict(.drop),
                comment: "a container is no router"),
            NFTablesRule(
                isICMP, .match(.icmpv6Type, .icmpv6Type(137)), .counter, .verdict(.drop),
                comment: "nor does it know a better one"),
            NFTablesRule(
                isICMP, isAdvertisement, .notInSet([.inputInterface, .etherSource, .neighbourTarget], SetName.ipv6),
                .counter, .verdict(.drop), comment: "advertises another's address"),
            NFTablesRule(
                isICMP, isAdvertisement, .matchNot(.neighbourOption, .number(2)), .counter, .verdict(.drop),
                comment: "advertises with an option that is none"),
            NFTablesRule(
                isICMP, isAdvertisement, .notInSet([.inputInterface, .neighbourEther], SetName.ether), .counter,
                .verdict(.drop), comment: "advertises another's Ethernet address"),
            NFTablesRule(
                .inSet([.inputInterface, .etherSource, .ipv6Source], SetName.ipv6), .verdict(.accept),
                comment: "its own"),
            NFTablesRule(
                .match(.ipv6Source, .ipv6(IPv6Address(rawValue: 0))), isICMP, .verdict(.accept),
                comment: "duplicate address detection"),
            drop("forged IPv6 source"),
        ]
    }
}

extension MACAddress {
    /// The IPv6 link-local address that the kernel derives from it (RFC 4291, appendix A).
    var linkLocalAddress: IPv6Address {
        let high = UInt128(rawValue >> 24 ^ 0x02_0000)
        let low = UInt128(rawValue & 0xFF_FFFF)
        return IPv6Address(rawValue: 0xFE80 << 112 | high << 40 | 0xFFFE << 24 | low)
    }
}
