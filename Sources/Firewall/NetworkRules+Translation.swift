import IPAddressing

/// Tables nat and raw: addresses at the network's edge.
extension NetworkRules {
    /// POSTROUTING: what leaves by another way carries an address of the host. So does what comes back into the network
    /// by a published port, from the host's 127.0.0.1 or from the network itself, since the container would answer
    /// such a sender past the host.
    var postrouting: [FirewallRule] {
        guard hasTranslation else { return [] }
        let source = network.sourceAddresses.first { $0.family == family }
        var rules: [FirewallRule] = []
        if network.masquerade {
            rules.append(
                FirewallRule(
                    source: .equals(subnet), output: .not(bridge), source.map { .sourceNAT($0) } ?? .masquerade,
                    for: origin))
        }
        if translates {
            if family == .v4 {
                rules.append(
                    FirewallRule(output: .equals(bridge), sourceIsLocal: true, .masquerade, for: origin))
            }
            rules.append(
                FirewallRule(
                    source: .equals(subnet), output: .equals(bridge), connection: .equals(.translated), .masquerade,
                    for: origin))
        }
        return rules
    }

    /// DOCKER of an engine that publishes nothing: what comes from the bridge is not translated.
    var skipTranslation: [FirewallRule] {
        hasTranslation && network.masquerade ? [rule(input: .equals(bridge), .return)] : []
    }

    /// DOCKER: from the host's port to the container's. Link-local senders could not be answered by way of another
    /// interface.
    var translations: [FirewallRule] {
        guard hasTranslation else { return [] }
        let linkLocal = family == .v6 ? IPPrefix("fe80::/10") : nil
        return rules { port, _, origin in
            let host = IPPrefix(port.hostAddress, length: family.bits)
            return FirewallRule(
                source: linkLocal.map { .not($0) },
                destination: port.hostAddress.isUnspecified ? nil : host.map { .equals($0) },
                transport: port.transport, destinationPort: port.hostPort,
                .destinationNAT(port.containerAddress, port: port.containerPort), for: origin)
        }
    }

    /// Whether containers are kept from being addressed directly.
    var isProtected: Bool { mode == .nat && !network.allowsDirectRouting }

    /// PREROUTING of raw: nobody outside, and no other network, addresses the containers by their own addresses; only
    /// trusted interfaces may, and none where the network is internal. The bridge's own address is the host's, and
    /// stays. One rule a network, met before any that could let the packet in.
    var protection: [FirewallRule] {
        guard isProtected && network.masquerade || isInternal else { return [] }
        let trusted =
            isInternal
            ? []
            : network.trustedInterfaces.map { name in
                FirewallRule(destination: .equals(subnet), input: .equals(name), .accept, for: origin)
            }
        return trusted + [
            FirewallRule(
                destination: .equals(subnet), input: .not(bridge), destinationIsLocal: false, .drop, for: origin)
        ]
    }
}
