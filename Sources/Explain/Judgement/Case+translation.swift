import ConnectionTracking
import IPAddressing
import RouteNetlink
import SystemCalls

/// Addresses that are rewritten, wrongly or not at all.
extension Case {
    /// An answer that came to the source's door with an address that it did not ask.
    func checkWrongAnswer() -> Report.Finding? {
        guard !probe.isDelivered, let reply = probe.reply, let from = reply.source, from != destination else {
            return nil
        }
        guard let inner = owner(of: from), from == target || probe.connection == nil || inner.owner(of: from) != nil
        else {
            return nil
        }
        let router = machine.stations[0]
        let isBridged = router.parameter("net/bridge/bridge-nf-call-iptables") != "1"
        let name = "net/bridge/bridge-nf-call-iptables"
        return finding(
            "nat", router, "the reply bypasses un-DNAT\(isBridged ? " (br_netfilter is off)" : "")",
            [
                "\(origin.label) asked \(destination), which was translated to \(from); the answer comes from \(from)",
                "both are on one bridge: the answer takes no way through the host, where it would be translated back",
            ],
            fix: isBridged
                ? [router.enter + "sysctl -w \(name)=1"] : ["# ask \(inner.label) by its own address, \(from)"])
    }

    /// A source that nobody outside can answer.
    func checkTranslation(_ step: Step) -> Report.Finding? {
        guard !step.isReply, let output = step.hop.output, output.kind != "bridge",
            path.steps(isReply: false).contains(where: { $0.kind == .route && $0.station == step.station }),
            let own = sourceAddress, let seen = seen(step.station, output.index, out: true), let shown = seen.source
        else { return nil }
        let router = machine.stations[step.station]
        if shown != own { return checkForeignSource(shown, own, router, output) }
        guard family == .v4 || own.isPrivate, !networks.contains(where: { $0.isRouted && $0.covers(own) }) else {
            return nil
        }
        return checkUntracked(router, own) ?? checkEarlyEnd(router, own, output) ?? missing(router, own, output)
    }

    /// A source that was rewritten to an address that is not this station's.
    private func checkForeignSource(_ shown: IPAddress, _ own: IPAddress, _ router: Station, _ output: Link)
        -> Report.Finding?
    {
        guard router.owner(of: shown) == nil, probe.connection != nil else { return nil }
        let isAsked = probe.sightings.contains {
            if case .question(shown, _) = $0.content { !$0.isOutgoing && $0.device == output.index } else { false }
        }
        let rule = natRule(router, "postrouting")
        return finding(
            "nat", router, "the source is rewritten to \(shown), an address that \(router.label) does not have",
            [
                rule.map { "\($0.chain.table) \($0.chain.name) #\($0.number): \($0.rule.shown)" }
                    ?? "conntrack: \(own) ⇒ \(shown)",
                isAsked
                    ? "the answer's sender asks who has \(shown), and nobody says so"
                    : "no answer to \(shown) comes in by \(output.name)",
            ], fix: rule.map { [removal(of: $0.rule, in: $0.chain, router)] } ?? [], proved: isAsked)
    }

    /// The rule that translated the probe in a hook.
    func natRule(_ router: Station, _ hook: String) -> (chain: RuleListing.Chain, number: Int, rule: RuleListing.Rule)?
    {
        guard let place = machine.stations.firstIndex(where: { $0 === router }) else { return nil }
        return events(in: place, isReply: false).lazy.compactMap { router.rules.find($0) }.last { found in
            hook == "postrouting" ? found.rule.rewritesSource : found.rule.rewritesDestination
        }
    }

    private func checkUntracked(_ router: Station, _ own: IPAddress) -> Report.Finding? {
        guard probe.connection == nil, let place = machine.stations.firstIndex(where: { $0 === router }) else {
            return nil
        }
        let found = events(in: place, isReply: false).lazy.compactMap { router.rules.find($0) }.first {
            $0.rule.shown.lowercased().contains("notrack")
        }
        guard let found else { return nil }
        return finding(
            "nat", router, "connection tracking is switched off for it: rule \(found.number) of \(found.chain.name)",
            [
                "\(found.chain.table) \(found.chain.name) #\(found.number): \(found.rule.shown)",
                "what is not tracked is not translated: it leaves as \(own)",
            ], fix: [removal(of: found.rule, in: found.chain, router)])
    }

    /// A rule that ends the chain before the masquerade.
    private func checkEarlyEnd(_ router: Station, _ own: IPAddress, _ output: Link) -> Report.Finding? {
        guard let place = machine.stations.firstIndex(where: { $0 === router }) else { return nil }
        for event in events(in: place, isReply: false) where [1, -5].contains(event.verdict) && !event.isPolicy {
            guard let found = router.rules.find(event), found.chain.hook == "postrouting",
                found.chain.table != "filter",
                found.chain.rules.dropFirst(found.number).contains(where: {
                    $0.shown.contains("MASQUERADE") || $0.shown.contains("masquerade")
                })
            else { continue }
            return finding(
                "nat", router, "rule \(found.number) of \(found.chain.name) ends it before the masquerade",
                [
                    "\(found.chain.table) \(found.chain.name) #\(found.number): \(found.rule.shown)",
                    "the masquerade comes after it, so the packet leaves \(output.name) as \(own)",
                ], fix: [removal(of: found.rule, in: found.chain, router)])
        }
        return nil
    }

    private func missing(_ router: Station, _ own: IPAddress, _ output: Link) -> Report.Finding? {
        guard
            let prefix = router.addresses.first(where: {
                $0.prefix.contains(own) && router.link($0.index)?.index != output.index
            }), let bridge = router.link(prefix.index)
        else { return nil }
        let expected = router.prefixes(on: output.index, family).first?.address
        let command = family == .v4 ? "iptables" : "ip6tables"
        let text = router.output("\(command)-save", ["-t", "nat"]) ?? ""
        let others = text.split(separator: "\n").filter { line in
            guard line.contains("-j MASQUERADE"), !line.contains("! -o"), let range = line.firstRange(of: " -o ") else {
                return false
            }
            let name = String(line[range.upperBound...].prefix { $0 != " " })
            return name != output.name && router.link(named: name)?.kind != "bridge"
        }
        return finding(
            "nat", router,
            others.isEmpty
                ? "masquerade missing\(family == .v6 ? " for IPv6 (NAT66)" : "")"
                : "masquerade is there, but not for \(output.name)",
            [
                "Packets leave \(output.name) still carrying \(own);",
                "nobody outside can answer that address.",
                "✓ \(origin.label) → \(bridge.name) → \(output.name)",
                "✗ at \(output.name): src \(own), expected \(expected.map { "\($0)" } ?? "the uplink's")",
                probe.connection.map {
                    "✗ conntrack: \($0.status.contains(.seenReply) ? "replied" : "unreplied"), no source NAT"
                }
                    ?? "✗ conntrack: no entry",
            ] + others.map { "nat: " + $0 },
            fix: (networks.first { $0.bridge == bridge.name }.map { ["causeway repair \($0.name)"] } ?? [])
                + [
                    router.enter
                        + "\(command) -t nat -A POSTROUTING -s \(prefix.prefix.network) ! -o \(bridge.name) -j MASQUERADE"
                ])
    }

    /// A rule that translates the destination to what the engine does not publish there, or to where nothing listens.
    func checkWrongTranslation(_ inner: IPAddress, _ port: UInt16) -> Report.Finding? {
        let router = machine.stations[0]
        guard let rule = natRule(router, "prerouting") else { return nil }
        if let published, published.inside == port, published.address == inner { return nil }
        let place = probe.flow.kind == .icmp ? "\(inner)" : "\(inner):\(port)"
        return finding(
            "nat", router, "rule \(rule.number) of \(rule.chain.name) sends it to \(place)",
            [
                "\(rule.chain.table) \(rule.chain.name) #\(rule.number): \(rule.rule.shown)",
                published.map { "the engine publishes it from \($0.owner), port \($0.inside)" }
                    ?? "\(destination) is not asked at all",
            ], fix: [removal(of: rule.rule, in: rule.chain, router)])
    }

    /// A packet that a bridge translates itself (br_netfilter), to an address that nobody has.
    func checkBridgedTranslation(_ step: Step) -> Report.Finding? {
        guard step.kind == .up, target != destination, owner(of: target) == nil else { return nil }
        return checkWrongTranslation(target, targetPort)
    }

    /// Loopback's addresses leave the host only where a device is told to route them.
    func checkLoopback(_ step: Step) -> Report.Finding? {
        guard destination.isLoopback, family == .v4, let port = published else { return nil }
        let router = machine.stations[step.station]
        guard router.isOwn, let inner = port.address,
            let link = router.links.first(where: { link in
                router.prefixes(on: link.index, .v4).contains { $0.contains(inner) }
            }), router.number(.v4, "all", "route_localnet") == 0, router.number(.v4, link.name, "route_localnet") == 0
        else { return nil }
        let name = "net/ipv4/conf/\(link.name)/route_localnet"
        return finding(
            "route", router, "route_localnet is off on \(link.name)",
            [
                "\(destination):\(probe.flow.port) is published from \(port.owner)'s \(inner):\(port.inside), behind \(link.name)",
                "\(name) is 0: the kernel routes nothing of 127.0.0.0/8 to \(link.name)",
            ], fix: [router.enter + "sysctl -w \(name)=1"])
    }

    /// What the engine publishes at the port that was asked for.
    var published: (owner: String, address: IPAddress?, inside: UInt16)? {
        guard probe.flow.kind != .icmp else { return nil }
        for (label, container) in containers {
            if let port = container.ports.first(where: {
                $0.host == probe.flow.port && $0.kind == probe.flow.kind.rawValue
            }) {
                return (label, container.addresses.first { $0.family == family }, port.inside)
            }
        }
        return nil
    }
}

extension IPAddress {
    /// Addresses that no router outside has a way to: RFC 1918, 6598 and 4193.
    var isPrivate: Bool {
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"].contains {
            IPPrefix($0)?.contains(self) == true
        }
    }
}
