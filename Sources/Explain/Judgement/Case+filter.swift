import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Rules that judged the probe, and address translation.
extension Case {
    /// The judgement that ended the probe or its answer, as nftables reported it.
    func checkFilter() -> Report.Finding? {
        guard let event = probe.events.first(where: { $0.verdict == 0 }) else { return checkLimit() }
        let station = machine.stations[event.station]
        let listing = station.rules
        if event.isPolicy { return policy(event, station) }
        guard let (chain, number, rule) = listing.find(event) else {
            return finding(
                "filter", station, "a rule of \(event.familyName) \(event.table) \(event.chain) drops",
                ["its handle is \(event.handle.map { "\($0)" } ?? "?"); nft cannot list it"], fix: [], proved: true)
        }
        return judge(event, station, chain, number, rule)
    }

    private func judge(
        _ event: TraceEvent, _ station: Station, _ chain: RuleListing.Chain, _ number: Int, _ rule: RuleListing.Rule
    ) -> Report.Finding {
        let place = "\(chain.family) \(chain.table)"
        let text = rule.iptables ?? rule.text
        let fix =
            rule.iptables.map { station.enter + "iptables -t \(chain.table) -D" + $0.dropFirst(2) }
            ?? station.enter + "nft delete rule \(place) \(chain.name) handle \(rule.handle)"
        var evidence = [
            "\(place) \(chain.name) #\(number): \(text)", "  the kernel's trace: verdict drop \(ways(event, station))",
        ]
        let input = station.link(event.input)
        let output = station.link(event.output)
        let isCounted = text.contains("ct count over") || text.contains("connlimit") || text.contains("limit")
        let headline: String
        if !station.isOwn && event.station == source {
            headline = "a firewall inside \(origin.label): rule \(number) of \(chain.name)"
        } else if isCounted {
            headline = "connection limit / table full: rule \(number) of \(place) \(chain.name)"
        } else if chain.family == "bridge" {
            headline = "bridge rule \(number) drops (\(chain.table) \(chain.name))"
        } else if chain.family == "netdev" {
            headline = "ingress hook of \(input?.name ?? "a device") drops: rule \(number) of \(place) \(chain.name)"
        } else if isReply(event) {
            headline = "the reply is dropped by \(chain.name), rule \(number)"
        } else if chain.name == "DOCKER-USER" {
            headline = "rule \(number) of DOCKER-USER (the user's own)"
        } else if chain.name.contains("ISOLATION") || isBetweenBridges(input, output) {
            headline = "the networks are isolated; join one"
            let name = destinationStation?.label ?? "the container"
            evidence.append("\(input?.name ?? "?") and \(output?.name ?? "?") are different networks by intent")
            return finding(
                "filter", station, headline, evidence, fix: ["# causeway network connect NETWORK \(name)"])
        } else if let input, let output, input.index == output.index, input.kind == "bridge" {
            headline = "inter-container traffic is off on \(input.name)"
        } else if ["filter", "raw", "mangle", "nat"].contains(chain.table), chain.family == "ip" {
            headline = "rule \(number) of \(chain.name) drops"
        } else {
            headline = "rule \(number) of \(place) \(chain.name) drops: an accept elsewhere is not final"
        }
        return finding("filter", station, headline, evidence, fix: [fix])
    }

    private func policy(_ event: TraceEvent, _ station: Station) -> Report.Finding {
        let input = station.name(event.input)
        let output = station.name(event.output)
        var evidence = [
            "\(event.familyName) \(event.table) \(event.chain): policy DROP, no rule accepted \(ways(event, station))"
        ]
        let isForward = event.chain == "FORWARD" || event.output != nil
        if event.station == source, !station.isOwn {
            return finding(
                "filter", station, "a firewall inside \(origin.label): \(event.chain)'s policy DROP decided", evidence,
                fix: [station.enter + "iptables -P \(event.chain) ACCEPT"])
        }
        let bridged = station.link(event.input)?.kind == "bridge" ? input : output
        if isReply(event), isForward {
            evidence.append("nothing lets answers (RELATED,ESTABLISHED) in to \(output)")
            return finding(
                "filter", station, "the reply is dropped by \(event.chain)", evidence,
                fix: [
                    station.enter
                        + "iptables -A \(event.chain) -o \(output) -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
                ])
        }
        if let inner = event.destination, inner != destination {
            evidence.append("\(destination) was translated to \(inner), and no rule admits that")
            let port = connectionPort(inner)
            return finding(
                "filter", station, "published, but not admitted by DOCKER", evidence,
                fix: [
                    station.enter
                        + "iptables -A DOCKER -d \(inner)/32 ! -i \(output) -o \(output) -p \(probe.flow.kind.rawValue) -m \(probe.flow.kind.rawValue) --dport \(port) -j ACCEPT"
                ])
        }
        if isBetweenBridges(station.link(event.input), station.link(event.output)) {
            return finding(
                "filter", station, "the networks are isolated; join one", evidence,
                fix: ["# causeway network connect NETWORK \(origin.label)"])
        }
        if event.input == event.output, event.input != nil {
            return finding(
                "filter", station, "inter-container traffic is off on \(input)", evidence,
                fix: [station.enter + "iptables -A \(event.chain) -i \(input) -o \(input) -j ACCEPT"])
        }
        return finding(
            "filter", station, "\(event.chain)'s policy DROP decided; the accept rule is missing", evidence,
            fix: isForward
                ? [
                    station.enter + "iptables -A FORWARD -i \(bridged) ! -o \(bridged) -j ACCEPT",
                    station.enter
                        + "iptables -A FORWARD -o \(bridged) -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                ] : [station.enter + "iptables -A \(event.chain) -j ACCEPT"])
    }

    private func ways(_ event: TraceEvent, _ station: Station) -> String {
        var text = ""
        if event.input != nil { text += " -i \(station.name(event.input))" }
        if event.output != nil { text += " -o \(station.name(event.output))" }
        if let source = event.source, let destination = event.destination { text += "  \(source) → \(destination)" }
        return text
    }

    /// Whether an event is about the answer: it goes to where the probe came from.
    private func isReply(_ event: TraceEvent) -> Bool {
        if let from = event.source, from == destination { return true }
        if let to = event.destination, to == sourceAddress || to == probe.connection?.reply.destination {
            return event.source != sourceAddress
        }
        return false
    }

    private func isBetweenBridges(_ input: Link?, _ output: Link?) -> Bool {
        guard let input, let output else { return false }
        return input.kind == "bridge" && output.kind == "bridge" && input.index != output.index
    }

    var destinationStation: Station? {
        machine.stations.first { $0.owner(of: destination) != nil && !$0.isOwn }
    }

    /// The port behind a published one, as iptables says it.
    private func connectionPort(_ inner: IPAddress) -> UInt16 {
        let text = host.output("iptables-save", ["-t", "nat"]) ?? ""
        for line in text.split(separator: "\n") where line.contains("--dport \(probe.flow.port) ") {
            if let range = line.firstRange(of: "--to-destination \(inner):"),
                let port = UInt16(line[range.upperBound...].prefix { $0.isNumber })
            {
                return port
            }
        }
        return probe.flow.port
    }

    /// Connection tracking that has no room left.
    private func checkLimit() -> Report.Finding? {
        guard let maximum = host.parameter("net/netfilter/nf_conntrack_max").flatMap({ Int($0) }),
            let count = host.parameter("net/netfilter/nf_conntrack_count").flatMap({ Int($0) }), maximum > 0,
            count >= maximum
        else { return nil }
        return finding(
            "filter", host, "connection limit / table full: \(count) of \(maximum) connections tracked",
            ["nf_conntrack drops what it cannot track"],
            fix: [host.enter + "sysctl -w net/netfilter/nf_conntrack_max=\(maximum * 2)"])
    }

    /// A source that nobody outside can answer.
    func checkTranslation() -> Report.Finding? {
        guard let hop = routing, let output = hop.output, output.kind != "bridge", let own = sourceAddress,
            let bridge, let prefix = bridgeAddress, cable != nil
        else { return nil }
        let router = machine.stations[hop.station]
        guard let seen = seen(hop.station, output.index, out: true), seen.source == own else { return nil }
        let expected = router.prefixes(on: output.index, family).first?.address
        let text = router.output(family == .v4 ? "iptables-save" : "ip6tables-save", ["-t", "nat"]) ?? ""
        let others = text.split(separator: "\n").filter { line in
            guard line.contains("-j MASQUERADE"), !line.contains("! -o"), let range = line.firstRange(of: " -o ") else {
                return false
            }
            let name = String(line[range.upperBound...].prefix { $0 != " " })
            return name != output.name && router.link(named: name)?.kind != "bridge"
        }
        let command = family == .v4 ? "iptables" : "ip6tables"
        let isVersion6 = family == .v6
        let headline =
            others.isEmpty
            ? "masquerade missing\(isVersion6 ? " for IPv6 (NAT66)" : "")"
            : "masquerade is there, but not for \(output.name)"
        return finding(
            "nat", router, headline,
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
            fix: [
                router.enter
                    + "\(command) -t nat -A POSTROUTING -s \(prefix.network) ! -o \(bridge.name) -j MASQUERADE"
            ])
    }
}
