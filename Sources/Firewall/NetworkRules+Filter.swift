import IPAddressing

/// Table filter: who may talk to whom.
extension NetworkRules {
    /// FORWARD: the network's part, in the seed's order.
    var forward: [FirewallRule] {
        let among = rule(input: .equals(bridge), output: .equals(bridge), network.icc ? .accept : .drop)
        let known = rule(output: .equals(bridge), connection: .equals(.known), .accept)
        let incoming = rule(output: .equals(bridge), .jump(IPTablesRuleset.Chain.docker))
        if isInternal { return hasOpenLinks ? [known, incoming, among] : [among] }
        var rules = [known, incoming, rule(input: .equals(bridge), output: .not(bridge), .accept)]
        // Who may not talk to a neighbour may still call its published port by the host's address.
        if !network.icc, translates {
            rules.append(
                rule(
                    input: .equals(bridge), output: .equals(bridge), connection: .equals(.translated), .accept))
        }
        return rules + [among]
    }

    /// First part of DOCKER: a connection that was let in by its port once does not pass all ports with each packet.
    var admitted: [FirewallRule] {
        guard translates else { return [] }
        return [
            FirewallRule(
                output: .equals(bridge), connection: .equals(.known), isTranslated: true, .accept, for: origin)
        ]
    }

    /// Second part of DOCKER: what may enter. Published ports come after their translation; the last rule is for all
    /// else that comes from elsewhere, and missing where `raw` has dropped it already.
    var incoming: [FirewallRule] {
        var rules = openLinks
        if mode == .natUnprotected {
            rules.append(rule(input: .not(bridge), output: .equals(bridge), .accept))
            return rules
        }
        if mode == .routed {
            rules.append(rule(output: .equals(bridge), message: family == .v4 ? .ipv4 : .ipv6, .accept))
        }
        rules += self.rules { port, container, origin in
            FirewallRule(
                destination: .equals(container), input: .not(bridge), output: .equals(bridge),
                transport: port.transport, destinationPort: port.containerPort, .accept, for: origin)
        }
        if isReachedDirectly { rules.append(rule(input: .not(bridge), output: .equals(bridge), .drop)) }
        return rules
    }

    private var hasOpenLinks: Bool { !network.icc && !links.isEmpty }

    /// Links matter only where containers are kept apart. Answers pass as those of every known connection do.
    private var openLinks: [FirewallRule] {
        if !hasOpenLinks { return [] }
        var seen: Set<LinkFirewall> = []
        var rules: [FirewallRule] = []
        // Where the bridge's frames meet these rules, so do the questions for a neighbour's Ethernet address.
        if family == .v6 {
            for message in [ControlMessage.neighbourSolicitation, .neighbourAdvertisement] {
                rules.append(rule(input: .equals(bridge), output: .equals(bridge), message: message, .accept))
            }
        }
        for link in links where seen.insert(link).inserted {
            rules.append(
                FirewallRule(
                    source: IPPrefix(link.client, length: family.bits).map { .equals($0) },
                    destination: IPPrefix(link.server, length: family.bits).map { .equals($0) },
                    input: .equals(bridge), output: .equals(bridge), transport: link.transport,
                    destinationPort: link.port, .accept, for: origin))
        }
        return rules
    }

    /// First part of DOCKER-ISOLATION-STAGE-1: nothing in and nothing out of an internal network, but for the host's
    /// own traffic, which does not pass FORWARD. IPv6 frames from port to port of the bridge may have link-local and
    /// multicast addresses.
    var isolationOfInternal: [FirewallRule] {
        guard isInternal else { return [] }
        let other: Condition<String>? = family == .v6 ? .not(bridge) : nil
        return [
            FirewallRule(source: .not(subnet), input: other, output: .equals(bridge), .drop, for: origin),
            FirewallRule(destination: .not(subnet), input: .equals(bridge), output: other, .drop, for: origin),
        ]
    }

    /// Second part of DOCKER-ISOLATION-STAGE-1: what may pass from one network to another. Into a routed or an
    /// unprotected network, all that DOCKER lets in; into one that publishes ports, those who came by them. Answers
    /// find their way back.
    var isolationExceptions: [FirewallRule] {
        var rules: [FirewallRule] = []
        let isOpen = mode == .routed || mode == .natUnprotected
        if isOpen || translates {
            rules.append(
                rule(input: .equals(bridge), output: .not(bridge), connection: .equals(.known), .accept))
        }
        if isOpen { rules.append(rule(output: .equals(bridge), .return)) }
        if translates {
            rules.append(
                rule(
                    output: .equals(bridge), connection: .equals(.translated),
                    .jump(IPTablesRuleset.Chain.docker)))
        }
        return rules + protectionOfUnmasqueraded
    }

    /// Where nothing is masqueraded, answers from outside carry the containers' own addresses, and `raw`, which knows
    /// of no connections, would drop them: the protection stands here in its place.
    private var protectionOfUnmasqueraded: [FirewallRule] {
        guard isProtected, !network.masquerade else { return [] }
        let trusted = network.trustedInterfaces.map { rule(input: .equals($0), output: .equals(bridge), .return) }
        return trusted + [
            rule(input: .not(bridge), output: .equals(bridge), connection: .not(.knownOrTranslated), .drop)
        ]
    }

    /// Third part of DOCKER-ISOLATION-STAGE-1: traffic that leaves the network goes on to stage 2.
    var isolation1: [FirewallRule] {
        isInternal
            ? []
            : [rule(input: .equals(bridge), output: .not(bridge), .jump(IPTablesRuleset.Chain.isolation2))]
    }

    /// DOCKER-ISOLATION-STAGE-2: traffic that left another network may not enter this one.
    var isolation2: [FirewallRule] { isInternal ? [] : [rule(output: .equals(bridge), .drop)] }
}
