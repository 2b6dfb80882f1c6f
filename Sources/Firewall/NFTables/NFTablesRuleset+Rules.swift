import IPAddressing
import NFTables

/// The rules of a family's table. They are the same whatever networks there are.
struct FamilyRules {
    private typealias SetName = NFTablesRuleset.SetName

    private let isIPv6: Bool
    private let source: NFTablesField
    private let destination: NFTablesField
    private let loopback: IPPrefix?
    private let closesForwarding: Bool

    init(_ family: IPFamily, closesForwarding: Bool) {
        self.closesForwarding = closesForwarding
        isIPv6 = family == .v6
        source = isIPv6 ? .ipv6Source : .ipv4Source
        destination = isIPv6 ? .ipv6Destination : .ipv4Destination
        loopback = IPPrefix(isIPv6 ? "::1/128" : "127.0.0.0/8")
    }

    private func rule(_ statements: [NFTablesStatement], _ comment: String) -> NFTablesRule {
        var rule = NFTablesRule(comment: comment)
        rule.statements = statements
        return rule
    }

    private var pair: [NFTablesField] { [.inputInterface, .outputInterface] }
    private var toPublished: NFTablesStatement {
        .inSet([.outputInterface, destination, .transportProtocol, .destinationPort], SetName.published)
    }

    /// Everything that goes from or to a network.
    var forward: [NFTablesRule] {
        [
            rule([.verdict(.jump(NFTablesRuleset.userChain))], "the user's rules first"),
            rule([.inSet([.outputInterface], SetName.bridges), .verdict(.goto("to_networks"))], "into a network"),
            rule([.inSet([.inputInterface], SetName.bridges), .verdict(.goto("from_networks"))], "out of a network"),
        ]
            + (closesForwarding
                ? [rule([.counter, .verdict(.drop)], "the engine switched forwarding on, for its networks alone")] : [])
    }

    /// Into a network: what is not accepted is dropped.
    var toNetworks: [NFTablesRule] {
        let notFromNetwork = NFTablesStatement.notInSet([.inputInterface], SetName.bridges)
        return [
            rule([.verdictMap(pair, SetName.within)], "icc"),
            rule(
                [.inSet([.outputInterface], SetName.isolated), .counter, .verdict(.drop)],
                "nothing enters an internal network"),
            rule(
                [.inSet([.inputInterface], SetName.isolated), .counter, .verdict(.drop)],
                "nothing leaves an internal network"),
            rule(
                [.match(.connectionState, .connectionState([.established, .related])), .verdict(.accept)], "answers"),
            rule(
                [.match(.connectionStatus, .destinationTranslated), toPublished, .verdict(.accept)],
                "published ports by the host's address"),
            rule(
                [.inSet([.outputInterface], SetName.routed), toPublished, .verdict(.accept)],
                "published ports of routed networks"),
            rule(
                [
                    .inSet([.outputInterface], SetName.routed),
                    .match(.transportProtocol, .transport(isIPv6 ? 58 : 1)), .verdict(.accept),
                ], "ICMP to routed networks"),
            rule(
                [.inSet([.outputInterface], SetName.open), .verdict(.accept)],
                "gateway mode nat-unprotected"),
            rule(
                [notFromNetwork, .inSet([.outputInterface], SetName.direct), toPublished, .verdict(.accept)],
                "direct routing is allowed"),
            rule(
                [.inSet(pair, SetName.trusted), toPublished, .verdict(.accept)],
                "direct routing from trusted interfaces"),
            rule([.counter, .verdict(.drop)], "neither published nor allowed"),
        ]
    }

    /// Out of a network, to what is none.
    var fromNetworks: [NFTablesRule] {
        [
            rule(
                [.inSet([.inputInterface], SetName.isolated), .counter, .verdict(.drop)],
                "nothing leaves an internal network"),
            rule([.verdict(.accept)], "the way out is open"),
        ]
    }

    /// Among containers of a network that keeps them apart.
    var iccOff: [NFTablesRule] {
        [
            rule(
                [
                    .inSet([source, destination, .transportProtocol, .destinationPort], SetName.links),
                    .verdict(.accept),
                ], "link"),
            rule(
                [.inSet([destination, source, .transportProtocol, .sourcePort], SetName.links), .verdict(.accept)],
                "link, the way back"),
            rule([.counter, .verdict(.drop)], "icc is off"),
        ]
    }

    /// The bridges of networks that publish ports have route_localnet on: the host's own loopback stays closed to
    /// containers nevertheless.
    var rawPrerouting: [NFTablesRule] {
        guard let loopback else { return [] }
        return [
            rule(
                [
                    // The address first: it is all that most packets need be asked for.
                    .match(destination, .prefix(loopback)), .inSet([.inputInterface], SetName.bridges), .counter,
                    .verdict(.drop),
                ], "loopback is the host's alone")
        ]
    }

    /// From the host's ports to the containers'.
    func translate(fromHost: Bool) -> [NFTablesRule] {
        let key: [NFTablesField] = [destination, .transportProtocol, .destinationPort]
        var rules: [NFTablesRule] = []
        // What the network sends to 127.0.0.1 is nobody's; what the host sends to ::1 cannot be sent on.
        if let loopback, fromHost == isIPv6 {
            rules.append(rule([.match(destination, .prefix(loopback)), .verdict(.return)], "not from here"))
        }
        return rules + [
            rule(
                [.destinationNAT(key, map: SetName.translations, isIPv6: isIPv6)], "ports on one address of the host"),
            rule(
                [
                    .match(.destinationType, .localAddress),
                    .destinationNAT([.transportProtocol, .destinationPort], map: SetName.anyAddress, isIPv6: isIPv6),
                ], "ports on every address of the host"),
        ]
    }

    /// What leaves carries an address of the host. Where frames of a bridge meet these rules (br_netfilter), they come
    /// without the interface that they came in by: what stays within a network is told by its source.
    var postrouting: [NFTablesRule] {
        let within: [NFTablesField] = [.outputInterface, source]
        var rules = [
            rule(
                [
                    .inSet(within, SetName.ownAddresses), .match(.connectionStatus, .destinationTranslated),
                    .masquerade,
                ], "hairpin: a network's published port, from the network itself"),
            rule([.inSet(within, SetName.ownAddresses), .verdict(.return)], "within a network"),
            rule(
                [
                    .inSet([.inputInterface, source], SetName.masqueraded),
                    .sourceNAT([.inputInterface], map: SetName.sources, isIPv6: isIPv6),
                ], "the way out, with a set address"),
            rule([.inSet([.inputInterface, source], SetName.masqueraded), .masquerade], "the way out"),
        ]
        if let loopback, !isIPv6 {
            rules.append(
                rule(
                    [.inSet([.outputInterface], SetName.bridges), .match(source, .prefix(loopback)), .masquerade],
                    "published ports on 127.0.0.1"))
        }
        return rules
    }
}
