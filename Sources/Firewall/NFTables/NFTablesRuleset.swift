import IPAddressing
import NFTables

/// The tables of the nftables back end for an intent. Pure.
///
/// One table a family, `ip` and `ip6`, in place of one `inet`: the maps' keys are addresses of one family, and what is
/// of no concern to IPv6 is not there.
enum NFTablesRuleset {
    /// The sets' names, the same in both families.
    enum SetName {
        static let bridges = "bridges"
        static let within = "within_network"
        static let links = "links"
        static let isolated = "internal"
        static let open = "unprotected"
        static let routed = "routed"
        static let direct = "direct_routing"
        static let trusted = "trusted_interfaces"
        static let published = "published_ports"
        static let translations = "translations"
        static let anyAddress = "translations_any_address"
        static let ownAddresses = "subnets"
        static let masqueraded = "masqueraded"
        static let sources = "source_addresses"
    }

    /// The chain that belongs to the user.
    static let userChain = "DOCKER-USER"

    /// The tables of both families.
    static func tables(for intent: FirewallIntent) -> [NFTablesTable] {
        IPFamily.allCases.map { family in
            var table = emptyTable(family)
            for network in intent.networks { NetworkElements(network, family).insert(into: &table) }
            return table
        }
    }

    /// All that this back end may have made, without elements.
    static var emptyTables: [NFTablesTable] {
        IPFamily.allCases.map(emptyTable) + [bridgeTable(for: FirewallIntent())]
    }

    /// A family's table without elements: sets, chains and rules.
    static func emptyTable(_ family: IPFamily) -> NFTablesTable {
        let address: NFTablesDataType = family == .v4 ? .ipv4Address : .ipv6Address
        let endpoint: [NFTablesDataType] = [address, .transportProtocol, .port]
        let pair: [NFTablesDataType] = [.interfaceName, .interfaceName]
        let rules = FamilyRules(family)
        return NFTablesTable(
            family == .v4 ? .ip : .ip6, "causeway", comment: "Causeway: bridge networks and published ports",
            sets: [
                NFTablesSet(SetName.bridges, key: [.interfaceName], comment: "the networks"),
                NFTablesSet(
                    SetName.within, key: pair, value: [.verdict], comment: "among containers of one network"),
                NFTablesSet(
                    SetName.links, key: [address] + endpoint, comment: "who may reach whom although icc is off"),
                NFTablesSet(SetName.isolated, key: [.interfaceName], comment: "networks with no way out or in"),
                NFTablesSet(
                    SetName.open, key: [.interfaceName], comment: "networks open to direct routing on any port"),
                NFTablesSet(SetName.routed, key: [.interfaceName], comment: "networks that are routed, not translated"),
                NFTablesSet(
                    SetName.direct, key: [.interfaceName], comment: "networks open to direct routing to published ports"
                ),
                NFTablesSet(SetName.trusted, key: pair, comment: "interfaces that may route directly, and where to"),
                NFTablesSet(
                    SetName.published, key: [.interfaceName] + endpoint, comment: "containers' published ports"),
                NFTablesSet(
                    SetName.translations, key: endpoint, value: [address, .port], comment: "the host's ports"),
                NFTablesSet(
                    SetName.anyAddress, key: [.transportProtocol, .port], value: [address, .port],
                    comment: "ports on every address of the host"),
                NFTablesSet(
                    SetName.ownAddresses, key: [.interfaceName, address], hasIntervals: true,
                    comment: "the networks' own addresses"),
                NFTablesSet(
                    SetName.masqueraded, key: [.interfaceName, address], hasIntervals: true,
                    comment: "what leaves with an address of the host"),
                NFTablesSet(
                    SetName.sources, key: [.interfaceName], value: [address], comment: "with which, where one is set"),
            ],
            chains: [
                NFTablesChain(
                    userChain, isUsers: true,
                    comment: "yours: comes first and is never flushed; a base chain of your own does as well"),
                NFTablesChain("icc_off", rules: rules.iccOff),
                NFTablesChain("to_networks", rules: rules.toNetworks),
                NFTablesChain("from_networks", rules: rules.fromNetworks),
                NFTablesChain("forward", NFTablesHook(.filter, .forward, priority: 0), rules: rules.forward),
                NFTablesChain(
                    "raw_prerouting", NFTablesHook(.filter, .prerouting, priority: -300), rules: rules.rawPrerouting),
                NFTablesChain(
                    "nat_prerouting", NFTablesHook(.nat, .prerouting, priority: -100),
                    rules: rules.translate(fromHost: false)),
                NFTablesChain(
                    "nat_output", NFTablesHook(.nat, .output, priority: -100), rules: rules.translate(fromHost: true)),
                NFTablesChain(
                    "nat_postrouting", NFTablesHook(.nat, .postrouting, priority: 100), rules: rules.postrouting),
            ])
    }

    // MARK: Bridges

    /// Whether a network keeps its containers apart.
    static func needsBridgeTable(_ intent: FirewallIntent) -> Bool { intent.networks.contains { !$0.icc } }

    /// The table that keeps containers of a bridge apart: such frames never reach the other tables, unless the
    /// administrator has br_netfilter on. Ports are named one by one, since `meta ibrname` needs a module that many
    /// kernels lack.
    static func bridgeTable(for intent: FirewallIntent) -> NFTablesTable {
        let v4 = NFTablesStatement.match(.packetProtocol, .etherType(0x0800))
        let v6 = NFTablesStatement.match(.packetProtocol, .etherType(0x86DD))
        let there: [NFTablesField] = [.ipv4Source, .ipv4Destination, .transportProtocol, .destinationPort]
        let back: [NFTablesField] = [.ipv4Destination, .ipv4Source, .transportProtocol, .sourcePort]
        let there6: [NFTablesField] = [.ipv6Source, .ipv6Destination, .transportProtocol, .destinationPort]
        let back6: [NFTablesField] = [.ipv6Destination, .ipv6Source, .transportProtocol, .sourcePort]
        let key: [NFTablesDataType] = [.ipv4Address, .ipv4Address, .transportProtocol, .port]
        let key6: [NFTablesDataType] = [.ipv6Address, .ipv6Address, .transportProtocol, .port]
        func pass(_ protocolMatch: NFTablesStatement, _ fields: [NFTablesField], _ set: String) -> NFTablesRule {
            NFTablesRule(protocolMatch, .inSet(fields, set), .verdict(.accept), comment: "link")
        }
        var table = NFTablesTable(
            .bridge, "causeway-icc", comment: "Causeway: networks that keep their containers apart",
            sets: [
                NFTablesSet("ports", key: [.interfaceName], comment: "containers of networks with icc off"),
                NFTablesSet(
                    "subnets_ipv4", key: [.ipv4Address, .ipv4Address], hasIntervals: true,
                    comment: "from where to where, port or not"),
                NFTablesSet(
                    "subnets_ipv6", key: [.ipv6Address, .ipv6Address], hasIntervals: true,
                    comment: "from where to where, port or not"),
                NFTablesSet("links_ipv4", key: key, comment: "who may reach whom nevertheless"),
                NFTablesSet("links_ipv6", key: key6, comment: "who may reach whom nevertheless"),
            ],
            chains: [
                NFTablesChain(
                    "apart",
                    rules: [
                        pass(v4, there, "links_ipv4"), pass(v4, back, "links_ipv4"),
                        pass(v6, there6, "links_ipv6"), pass(v6, back6, "links_ipv6"),
                        NFTablesRule(v4, .counter, .verdict(.drop), comment: "icc is off"),
                        NFTablesRule(v6, .counter, .verdict(.drop), comment: "icc is off"),
                    ]),
                NFTablesChain(
                    // Before br_netfilter hands frames to the other tables (NF_BR_PRI_BRNF is 0).
                    "forward", NFTablesHook(.filter, .forward, priority: -200),
                    rules: [
                        NFTablesRule(
                            .inSet([.inputInterface], "ports"), .verdict(.goto("apart")),
                            comment: "from a container to its neighbours"),
                        NFTablesRule(
                            v4, .inSet([.ipv4Source, .ipv4Destination], "subnets_ipv4"), .verdict(.goto("apart")),
                            comment: "the same, for a port that is not known yet"),
                        NFTablesRule(
                            v6, .inSet([.ipv6Source, .ipv6Destination], "subnets_ipv6"), .verdict(.goto("apart")),
                            comment: "the same, for a port that is not known yet"),
                    ]),
            ])
        for network in intent.networks where !network.icc {
            let comment = "network \(network.networkName)"
            for endpoint in network.endpoints {
                table.insert(NFTablesElement([.interface(endpoint.hostInterface)], comment: comment), into: "ports")
            }
            for subnet in network.subnets {
                let set = subnet.family == .v4 ? "subnets_ipv4" : "subnets_ipv6"
                let own = NFTablesValue.prefix(subnet.network)
                table.insert(NFTablesElement([own, own], comment: comment), into: set)
            }
            for link in network.links {
                table.insert(
                    link.element(comment), into: link.server.family == .v4 ? "links_ipv4" : "links_ipv6")
            }
        }
        return table
    }
}

extension LinkFirewall {
    func element(_ comment: String) -> NFTablesElement {
        NFTablesElement(
            [.address(client), .address(server), .transport(transport.number), .port(port)], comment: comment)
    }
}

extension TransportProtocol {
    /// IPPROTO_*.
    var number: UInt8 {
        switch self {
        case .tcp: 6
        case .udp: 17
        case .sctp: 132
        }
    }
}
