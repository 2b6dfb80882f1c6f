import IPAddressing

/// The rules of one network in one family, by the chain they go to: the chains' own files say which.
///
/// | mode | leaving | published ports | all else from outside |
/// |---|---|---|---|
/// | nat | masqueraded | translated | dropped in raw, before any rule of others could let it in |
/// | nat-unprotected | masqueraded | translated | accepted |
/// | routed | as it is | accepted by the container's address; ICMP, too | dropped |
/// | internal, isolated | nothing | none | dropped |
struct NetworkRules {
    let network: BridgeFirewall
    let family: IPFamily
    let mode: GatewayMode
    let subnet: IPPrefix
    let origin: RuleOrigin
    /// The published ports that concern this family, each with its container as a prefix.
    let ports: [(port: PublishedPort, container: IPPrefix)]
    /// The links that concern this family.
    let links: [LinkFirewall]

    /// Picks what concerns the family; nil where the network has no subnet of it.
    init?(_ network: BridgeFirewall, family: IPFamily) {
        guard let subnet = network.subnets.first(where: { $0.family == family }) else { return nil }
        let chosen = family == .v4 ? network.gatewayModeIPv4 : network.gatewayModeIPv6
        let mode = network.internal ? .isolated : chosen
        self.network = network
        self.family = family
        self.mode = mode
        self.subnet = subnet
        origin = .network(id: network.networkID, name: network.networkName)
        links = network.links.filter { $0.client.family == family && $0.server.family == family }
        ports =
            mode == .isolated
            ? []
            : network.publishedPorts.compactMap { port in
                // An IPv6 port of the host cannot lead to an IPv4 container here: that takes a proxy.
                guard port.containerAddress.family == family, mode == .routed || port.hostAddress.family == family,
                    let container = IPPrefix(port.containerAddress, length: family.bits)
                else { return nil }
                return (port, container)
            }
    }

    var bridge: String { network.bridge }

    /// Whether nothing gets in and out.
    var isInternal: Bool { mode == .isolated }

    /// Whether addresses are translated at the network's edge.
    var hasTranslation: Bool { mode == .nat || mode == .natUnprotected }

    /// Whether any port of the host leads into the network.
    var translates: Bool { hasTranslation && !ports.isEmpty }

    /// Whether containers could be reached by their own addresses from some place outside, so that it takes a rule to
    /// keep that to published ports.
    var isReachedDirectly: Bool {
        mode == .routed || mode == .nat && (network.allowsDirectRouting || !network.trustedInterfaces.isEmpty)
    }

    func rule(
        input: Condition<String>? = nil, output: Condition<String>? = nil, message: ControlMessage? = nil,
        connection: Condition<ConnectionState>? = nil, _ verdict: RuleVerdict
    ) -> FirewallRule {
        FirewallRule(
            input: input, output: output, message: message, connection: connection, verdict, for: origin)
    }

    /// A rule for each published port; ports that give the same rule share it.
    func rules(
        _ make: (_ port: PublishedPort, _ container: IPPrefix, _ origin: RuleOrigin) -> FirewallRule
    ) -> [FirewallRule] {
        var seen: Set<FirewallRule> = []
        var rules: [FirewallRule] = []
        for (port, container) in ports {
            let rule = make(
                port, container, .publishedPort(endpointID: port.endpointID, networkID: network.networkID))
            if seen.insert(rule).inserted { rules.append(rule) }
        }
        return rules
    }
}
