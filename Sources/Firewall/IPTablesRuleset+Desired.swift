public import IPAddressing

extension IPTablesRuleset {
    /// The names of the chains that the engine makes.
    enum Chain {
        static let docker = "DOCKER"
        static let isolation1 = "DOCKER-ISOLATION-STAGE-1"
        static let isolation2 = "DOCKER-ISOLATION-STAGE-2"
        static let user = "DOCKER-USER"
    }

    /// The rules for an intent. Pure: the same intent gives the same rules in the same order.
    ///
    /// - Parameters:
    ///   - intent: what is wanted.
    ///   - family: whose tables: `iptables` or `ip6tables`. A network takes part with its subnets of that family.
    public static func desired(_ intent: FirewallIntent, family: IPFamily = .v4) -> IPTablesRuleset {
        let networks = intent.networks.map { NetworkRules($0, family: family) }.filter {
            $0.network.subnets.isEmpty == false
        }
        return IPTablesRuleset(tables: [
            filter(networks, policies: intent.forwardPolicyDrop ? ["FORWARD": "DROP"] : [:]),
            nat(networks, family: family), raw(networks, family: family),
        ])
    }

    /// Rules of shared chains that other settings of the same networks would have made: the ones to take away, since
    /// an earlier run with `--icc=true` leaves an ACCEPT that would defeat `--icc=false`.
    static func contradicting(_ intent: FirewallIntent, family: IPFamily = .v4) -> IPTablesRuleset {
        var variants: [BridgeFirewall] = []
        for network in intent.networks {
            for icc in [true, false] {
                var variant = network
                variant.icc = icc
                variant.masquerade = true
                variant.internal = false
                variant.sourceAddresses = []
                variant.publishedPorts = []
                variants.append(variant)
            }
        }
        return desired(FirewallIntent(networks: variants, forwardPolicyDrop: false), family: family)
    }

    private static func filter(_ networks: [NetworkRules], policies: [String: String]) -> WantedTable {
        let back = FirewallRule(.return, for: .engine)
        let jumps = [
            FirewallRule(.jump(Chain.user), for: .engine), FirewallRule(.jump(Chain.isolation1), for: .engine),
        ]
        return WantedTable(
            .filter,
            chains: [
                WantedChain("FORWARD", .shared(.first), jumps + networks.flatMap(\.forward)),
                WantedChain(Chain.docker, .engine, networks.flatMap(\.acceptedPorts)),
                WantedChain(Chain.isolation1, .engine, networks.flatMap(\.isolation1) + [back]),
                WantedChain(Chain.isolation2, .engine, networks.flatMap(\.isolation2) + [back]),
                WantedChain(Chain.user, .user, [back]),
            ], policies: policies)
    }

    private static func loopback(_ family: IPFamily) -> IPPrefix? {
        IPPrefix(family == .v4 ? "127.0.0.0/8" : "::1/128")
    }

    private static func nat(_ networks: [NetworkRules], family: IPFamily) -> WantedTable {
        // Published ports answer on 127.0.0.1, too; the kernel has no such way for ::1.
        let spared = family == .v4 && networks.contains { $0.publishes } ? nil : loopback(family)
        return WantedTable(
            .nat,
            chains: [
                WantedChain(
                    "PREROUTING", .shared(.end),
                    [FirewallRule(destinationIsLocal: true, .jump(Chain.docker), for: .engine)]),
                WantedChain(
                    "OUTPUT", .shared(.end),
                    [
                        FirewallRule(
                            destination: spared.map { .not($0) }, destinationIsLocal: true, .jump(Chain.docker),
                            for: .engine)
                    ]),
                WantedChain("POSTROUTING", .shared(.front), networks.flatMap(\.postrouting)),
                WantedChain(
                    Chain.docker, .engine, networks.flatMap(\.skipTranslation) + networks.flatMap(\.translations)),
            ])
    }

    /// While a network publishes ports, its bridge has `route_localnet` on, so that the host reaches them on 127.0.0.1.
    /// That would open the host's own loopback servers to the containers: nothing of theirs may go there.
    private static func raw(_ networks: [NetworkRules], family: IPFamily) -> WantedTable {
        let guards = networks.filter { $0.publishes && family == .v4 }.map { $0.guardOfLoopback(loopback(family)) }
        return WantedTable(.raw, chains: [WantedChain("PREROUTING", .shared(.front), guards)])
    }
}

/// The rules of one network, by the chain they go to.
private struct NetworkRules {
    let network: BridgeFirewall
    let family: IPFamily
    let source: IPAddress?
    let origin: RuleOrigin

    init(_ network: BridgeFirewall, family: IPFamily) {
        var own = network
        own.subnets.removeAll { $0.family != family }
        own.publishedPorts.removeAll { $0.containerAddress.family != family || $0.hostAddress.family != family }
        self.network = own
        self.family = family
        source = network.sourceAddresses.first { $0.family == family }
        origin = .network(id: network.networkID, name: network.networkName)
    }

    private var bridge: String { network.bridge }

    /// Whether any port leads into the network.
    var publishes: Bool { !network.internal && !network.publishedPorts.isEmpty }

    func guardOfLoopback(_ loopback: IPPrefix?) -> FirewallRule {
        FirewallRule(destination: loopback.map { .equals($0) }, input: .equals(bridge), .drop, for: origin)
    }

    private func rule(
        input: Condition<String>? = nil, output: Condition<String>? = nil, known: Bool = false, _ verdict: RuleVerdict
    ) -> FirewallRule {
        FirewallRule(input: input, output: output, isOfKnownConnection: known, verdict, for: origin)
    }

    /// What FORWARD says of the bridge.
    var forward: [FirewallRule] {
        let among = rule(input: .equals(bridge), output: .equals(bridge), network.icc ? .accept : .drop)
        if network.internal { return [among] }
        return [
            rule(output: .equals(bridge), known: true, .accept),
            rule(output: .equals(bridge), .jump(IPTablesRuleset.Chain.docker)),
            rule(input: .equals(bridge), output: .not(bridge), .accept),
            among,
        ]
    }

    /// Traffic that leaves the network: on to stage 2, or, where the network is internal, nowhere.
    var isolation1: [FirewallRule] {
        guard network.internal else {
            return [
                rule(input: .equals(bridge), output: .not(bridge), .jump(IPTablesRuleset.Chain.isolation2))
            ]
        }
        return network.subnets.flatMap { subnet in
            [
                FirewallRule(source: .not(subnet), output: .equals(bridge), .drop, for: origin),
                FirewallRule(destination: .not(subnet), input: .equals(bridge), .drop, for: origin),
            ]
        }
    }

    /// Traffic that left another network may not enter this one.
    var isolation2: [FirewallRule] {
        network.internal ? [] : [rule(output: .equals(bridge), .drop)]
    }

    /// New connections to published ports, after their translation.
    var acceptedPorts: [FirewallRule] {
        ports { port, target, origin in
            FirewallRule(
                destination: .equals(target), input: .not(bridge), output: .equals(bridge), transport: port.transport,
                destinationPort: port.containerPort, .accept, for: origin)
        }
    }

    /// What leaves by another way carries an address of the host; so does a container that calls its own published
    /// port.
    var postrouting: [FirewallRule] {
        if network.internal { return [] }
        let outgoing =
            network.masquerade
            ? network.subnets.map { subnet in
                FirewallRule(
                    source: .equals(subnet), output: .not(bridge), source.map { .sourceNAT($0) } ?? .masquerade,
                    for: origin)
            } : []
        // What comes from 127.0.0.1 could not be answered by a container.
        let local =
            publishes && family == .v4
            ? [FirewallRule(output: .equals(bridge), sourceIsLocal: true, .masquerade, for: origin)] : []
        return outgoing + local
            + ports { port, target, origin in
                FirewallRule(
                    source: .equals(target), destination: .equals(target), transport: port.transport,
                    destinationPort: port.containerPort, .masquerade, for: origin)
            }
    }

    /// What comes from the bridge itself is not translated; unless there are ports, which its own containers may call
    /// by the host's address, too.
    var skipTranslation: [FirewallRule] {
        network.internal || publishes || !network.masquerade ? [] : [rule(input: .equals(bridge), .return)]
    }

    /// From the host's port to the container's.
    var translations: [FirewallRule] {
        ports { port, _, origin in
            let host = IPPrefix(port.hostAddress, length: port.hostAddress.family.bits)
            return FirewallRule(
                destination: port.hostAddress.isUnspecified ? nil : host.map { .equals($0) }, transport: port.transport,
                destinationPort: port.hostPort,
                .destinationNAT(port.containerAddress, port: port.containerPort), for: origin)
        }
    }

    private func ports(_ make: (PublishedPort, IPPrefix, RuleOrigin) -> FirewallRule) -> [FirewallRule] {
        if network.internal { return [] }
        var seen: Set<String> = []
        return network.publishedPorts.compactMap { port in
            guard let target = IPPrefix(port.containerAddress, length: port.containerAddress.family.bits) else {
                return nil
            }
            let rule = make(port, target, .publishedPort(endpointID: port.endpointID, networkID: network.networkID))
            return seen.insert(rule.description).inserted ? rule : nil
        }
    }
}
