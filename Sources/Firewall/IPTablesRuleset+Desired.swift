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
        let networks = intent.networks.compactMap { NetworkRules($0, family: family) }
        let drops = family == .v4 ? intent.forwardPolicyDrop : intent.forwardPolicyDropIPv6
        return IPTablesRuleset(tables: [
            filter(networks, policies: drops ? ["FORWARD": "DROP"] : [:]), nat(networks, family: family),
            raw(networks, family: family),
        ])
    }

    /// Whether an intent has anything to say of a family. IPv4 is always looked after: an idle engine has its chains.
    static func concerns(_ intent: FirewallIntent, _ family: IPFamily) -> Bool {
        family == .v4 || intent.forwardPolicyDropIPv6
            || intent.networks.contains { $0.subnets.contains { $0.family == family } }
    }

    /// Rules of shared chains that other settings of the same networks would have made: the ones to take away, since
    /// an earlier run with `--icc=true` leaves an ACCEPT that would defeat `--icc=false`.
    static func contradicting(_ intent: FirewallIntent, family: IPFamily = .v4) -> Set<PlacedRule> {
        var rules: Set<PlacedRule> = []
        for network in intent.networks {
            guard let subnet = network.subnets.first(where: { $0.family == family }) else { continue }
            for (icc, publishes) in [(true, true), (false, true), (true, false), (false, false)] {
                var variant = BridgeFirewall(
                    networkID: network.networkID, networkName: network.networkName, bridge: network.bridge,
                    subnets: [subnet], icc: icc)
                variant.trustedInterfaces = network.trustedInterfaces
                if publishes {
                    let any = IPAddress(family, rawValue: 0)
                    variant.publishedPorts = [
                        PublishedPort(
                            hostAddress: any, hostPort: 1, containerAddress: any, containerPort: 1, endpointID: "")
                    ]
                }
                let intent = FirewallIntent(networks: [variant], forwardPolicyDrop: false)
                rules.formUnion(desired(intent, family: family).sharedRules(family))
            }
        }
        // A rule against foreign loopback packets may as well be the administrator's own.
        if let loopback = loopbackGuard(family) {
            rules.remove(PlacedRule(family, .raw, "PREROUTING", loopback.description))
        }
        return rules
    }

    private static func filter(_ networks: [NetworkRules], policies: [String: String]) -> WantedTable {
        let back = FirewallRule(.return, for: .engine)
        let jumps = [
            FirewallRule(.jump(Chain.user), for: .engine), FirewallRule(.jump(Chain.isolation1), for: .engine),
        ]
        let isolation1 =
            networks.flatMap(\.isolationOfInternal) + networks.flatMap(\.isolationExceptions)
            + networks.flatMap(\.isolation1)
        return WantedTable(
            .filter,
            chains: [
                WantedChain("FORWARD", .shared(.first), jumps + networks.flatMap(\.forward)),
                WantedChain(
                    Chain.docker, .engine, networks.flatMap(\.admitted) + networks.flatMap(\.incoming)),
                WantedChain(Chain.isolation1, .engine, isolation1 + [back]),
                WantedChain(Chain.isolation2, .engine, networks.flatMap(\.isolation2) + [back]),
                WantedChain(Chain.user, .user, [back]),
            ], policies: policies)
    }

    private static func loopback(_ family: IPFamily) -> IPPrefix? {
        IPPrefix(family == .v4 ? "127.0.0.0/8" : "::1/128")
    }

    private static func nat(_ networks: [NetworkRules], family: IPFamily) -> WantedTable {
        let publishes = networks.contains(where: \.translates)
        // Published ports answer on 127.0.0.1, too; the kernel has no such way for ::1.
        let spared = family == .v4 && publishes ? nil : loopback(family)
        // Ports of one address come before those of all: a packet takes the first that fits.
        let translations = networks.flatMap(\.translations)
        let ordered =
            translations.filter { $0.destination != nil } + translations.filter { $0.destination == nil }
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
                // Containers of every network may call a published port by the host's address.
                WantedChain(
                    Chain.docker, .engine, (publishes ? [] : networks.flatMap(\.skipTranslation)) + ordered),
            ])
    }

    private static func raw(_ networks: [NetworkRules], family: IPFamily) -> WantedTable {
        let loopback = networks.contains(where: \.translates) ? loopbackGuard(family) : nil
        return WantedTable(
            .raw,
            chains: [
                WantedChain(
                    "PREROUTING", .shared(.front), networks.flatMap(\.protection) + (loopback.map { [$0] } ?? []))
            ])
    }

    /// While a network publishes ports, its bridge has `route_localnet` on, so that the host reaches them on 127.0.0.1.
    /// That would open the host's own loopback servers, and ports published there, to the containers and to the
    /// neighbours: what is for a loopback address has to come by `lo`. The kernel never lets ::1 in from outside.
    private static func loopbackGuard(_ family: IPFamily) -> FirewallRule? {
        guard family == .v4 else { return nil }
        return FirewallRule(
            destination: loopback(family).map { .equals($0) }, input: .not("lo"), .drop, for: .engine)
    }
}
