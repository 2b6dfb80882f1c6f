import ConnectionTracking
import IPAddressing
import RouteNetlink
import SystemCalls

/// Rules that judged the probe.
extension Case {
    /// The judgement that ended the probe or its answer at a step, as nftables reported it.
    func checkFilter(_ step: Step) -> Report.Finding? {
        let stations = [step.station, step.far]
        guard
            let event = probe.events.first(where: {
                $0.isDrop && stations.contains($0.station) && ($0.source == nil || isReply($0) == step.isReply)
            })
        else { return checkLimit(step) }
        return ruleFinding(event)
    }

    /// What a judgement means.
    ///
    /// - Parameter neighbour: whom the question was about, where it judged ARP or neighbour discovery.
    func ruleFinding(_ event: TraceEvent, about neighbour: IPAddress? = nil) -> Report.Finding {
        let station = machine.stations[event.station]
        if event.isPolicy { return policy(event, station) }
        guard let (chain, number, rule) = station.rules.find(event) else {
            return finding(
                "filter", station, "a rule of \(event.familyName) \(event.table) \(event.chain) drops",
                ["its handle is \(event.handle.map { "\($0)" } ?? "?"); nft cannot list it"], fix: [])
        }
        let place = "\(chain.family) \(chain.table)"
        var evidence = [
            "\(place) \(chain.name) #\(number): \(rule.shown)",
            "  the kernel's trace: verdict drop \(ways(event, station))",
        ]
        if let neighbour { evidence.append("so \(neighbour) cannot be asked for, or cannot answer") }
        if let found = intent(event, station, chain, number, rule, evidence) { return found }
        return finding(
            "filter", station, headline(event, station, chain, number, rule, neighbour), evidence,
            fix: [removal(of: rule, in: chain, station)])
    }

    /// The command that takes a rule away.
    func removal(of rule: RuleListing.Rule, in chain: RuleListing.Chain, _ station: Station) -> String {
        let program = chain.family == "ip6" ? "ip6tables" : "iptables"
        // iptables does not find again every rule that it lists: not those with a state of their own.
        let hasState = [" -m connlimit", " -m hashlimit", " -m recent", " -m limit", " -m statistic", " -m quota"]
        if rule.iptables != nil, hasState.contains(where: { rule.shown.contains($0) }),
            let place = chain.rules.firstIndex(of: rule)
        {
            return station.enter + "\(program) -t \(chain.table) -D \(chain.name) \(place + 1)"
        }
        return rule.iptables.map { station.enter + "\(program) -t \(chain.table) -D" + $0.dropFirst(2) }
            ?? station.enter + "nft delete rule \(chain.family) \(chain.table) \(chain.name) handle \(rule.handle)"
    }

    private func headline(
        _ event: TraceEvent, _ station: Station, _ chain: RuleListing.Chain, _ number: Int, _ rule: RuleListing.Rule,
        _ neighbour: IPAddress?
    ) -> String {
        let place = "\(chain.family) \(chain.table)"
        let text = rule.shown
        let input = station.link(event.input)
        let output = station.link(event.output)
        let inner = "a firewall inside \(station.label): rule \(number) of \(chain.name)"
        if let neighbour {
            let what = family == .v4 ? "ARP" : "neighbour discovery"
            return (station.isOwn ? "rule \(number) of \(place) \(chain.name)" : inner)
                + " drops \(what) about \(neighbour)"
        }
        if text.contains("ct count over") || text.contains("connlimit") || text.contains("limit") {
            return "connection limit / table full: rule \(number) of \(place) \(chain.name)"
        }
        if !station.isOwn, chain.family != "bridge", chain.family != "netdev" { return inner }
        if chain.family == "bridge" { return "bridge rule \(number) drops (\(chain.table) \(chain.name))" }
        if chain.family == "netdev" {
            let isEgress = chain.hook == "egress"
            let device = isEgress ? output ?? input : input
            return
                "\(isEgress ? "egress" : "ingress") hook of \(device?.name ?? "a device") drops: rule \(number) of \(place) \(chain.name)"
        }
        if isReply(event) { return "the reply is dropped by \(chain.name), rule \(number)" }
        if chain.name == "DOCKER-USER" { return "rule \(number) of DOCKER-USER (the user's own)" }
        if isIPTables(chain) {
            if let input, input.index == output?.index, input.kind == "bridge" {
                return "inter-container traffic is off on \(input.name)"
            }
            return "rule \(number) of \(chain.name) drops"
        }
        if chain.table == "causeway", let comment = rule.comment {
            return "rule \(number) of \(place) \(chain.name) drops: \(comment)"
        }
        return "rule \(number) of \(place) \(chain.name) drops: an accept elsewhere is not final"
    }

    /// Rules that an engine made for a purpose: networks apart, internal networks, containers that speak as themselves.
    private func intent(
        _ event: TraceEvent, _ station: Station, _ chain: RuleListing.Chain, _ number: Int, _ rule: RuleListing.Rule,
        _ evidence: [String]
    ) -> Report.Finding? {
        let input = station.link(event.input)
        let output = station.link(event.output)
        let comment = chain.table == "causeway" ? rule.comment ?? "" : ""
        func found(_ headline: String, _ more: String, _ fix: String, layer: String = "filter") -> Report.Finding {
            finding(layer, station, headline, evidence + [more], fix: [fix])
        }
        if chain.table == "causeway", chain.family == "bridge" {
            return found(
                "\(origin.label) does not send as itself: \(comment.isEmpty ? "bridge rule \(number) drops" : comment)",
                "the engine lets a container send with its own addresses only",
                "# use its own address, or: network create -o causeway.network.anti_spoofing=false")
        }
        if let name = internalBridge(input, output, rule, comment) {
            return found(
                "internal by intent: \(name) has no way out or in",
                "the network of \(name) was made with --internal: that is no fault",
                "# to reach beyond it, plug into another network, too: causeway network connect NETWORK \(origin.label)",
                layer: "intent")
        }
        if comment == "icc is off", let input {
            return finding(
                "filter", station, "inter-container traffic is off on \(input.name)", evidence,
                fix: ["# the network was made with com.docker.network.bridge.enable_icc=false; use another network"])
        }
        if let found = directRouting(event, station, chain, rule, input, evidence) { return found }
        let areApart = input?.kind == "bridge" && output?.kind == "bridge" && input?.index != output?.index
        guard chain.name.contains("ISOLATION") || areApart && !isReply(event), let output,
            event.station == 0 || areApart,
            station.prefixes(on: output.index, family).contains(where: { $0.contains(event.destination ?? destination) }
            ),
            isIPTables(chain) && chain.name != "DOCKER-USER" || chain.table == "causeway"
        else { return nil }
        let label = owner(of: event.destination ?? destination)?.label ?? "the container"
        return found(
            "the networks are isolated; join one",
            "\(input?.name ?? "?") and \(output.name) are different networks by intent",
            "# causeway network connect NETWORK \(label)")
    }

    /// A rule by which an engine keeps containers from being reached directly, past their published ports.
    private func directRouting(
        _ event: TraceEvent, _ station: Station, _ chain: RuleListing.Chain, _ rule: RuleListing.Rule, _ input: Link?,
        _ evidence: [String]
    ) -> Report.Finding? {
        let isRaw = chain.table == "raw" && chain.name == "PREROUTING"
        let isOwn = rule.comment == "neither published nor allowed" && chain.table == "causeway"
        guard isRaw || isOwn, !isReply(event), let target = event.destination, target == destination,
            let bridge = station.links.first(where: { link in
                link.kind == "bridge" && station.prefixes(on: link.index, family).contains { $0.contains(target) }
            }), isOwn || rule.shown.contains("! -i \(bridge.name) ")
        else { return nil }
        let label = owner(of: target)?.label ?? "\(target)"
        if input?.kind == "bridge" {
            return finding(
                "filter", station, "the networks are isolated; join one",
                evidence + ["\(input?.name ?? "?") and \(bridge.name) are different networks by intent"],
                fix: ["# causeway network connect NETWORK \(label)"])
        }
        return finding(
            "intent", station, "\(label) is reached by published ports only",
            evidence + ["what comes in from outside may not go to \(bridge.name)'s addresses directly, by intent"],
            fix: ["# publish a port (run -p), and ask for the host's address"])
    }

    /// The bridge of an internal network whose rule it was.
    private func internalBridge(_ input: Link?, _ output: Link?, _ rule: RuleListing.Rule, _ comment: String) -> String?
    {
        if comment.hasSuffix("an internal network") {
            let names = [input, output].compactMap { $0 }.filter { $0.kind == "bridge" }.map(\.name)
            return names.first { name in networks.contains { $0.isInternal && $0.bridge == name } } ?? names.first
        }
        let names = [input?.name, output?.name].compactMap { $0 }
        return names.first { name in
            networks.contains { $0.isInternal && $0.bridge == name }
                && (rule.shown.contains("-i \(name) ") || rule.shown.contains("-o \(name) ")
                    || rule.shown.contains("\"\(name)\""))
        }
    }

    private func isIPTables(_ chain: RuleListing.Chain) -> Bool {
        ["filter", "raw", "mangle", "nat", "security"].contains(chain.table) && ["ip", "ip6"].contains(chain.family)
    }

    private func policy(_ event: TraceEvent, _ station: Station) -> Report.Finding {
        let input = station.name(event.input)
        let output = station.name(event.output)
        let evidence = [
            "\(event.familyName) \(event.table) \(event.chain): policy DROP, no rule accepted \(ways(event, station))"
        ]
        let isForward = event.chain == "FORWARD" || event.input != nil && event.output != nil
        if !["ip", "ip6"].contains(event.familyName) || !["filter", "raw", "mangle", "nat"].contains(event.table) {
            return tablePolicy(event, station, evidence)
        }
        let program = event.family == 10 ? "ip6tables" : "iptables"
        if !station.isOwn {
            return finding(
                "filter", station, "a firewall inside \(station.label): \(event.chain)'s policy DROP decided", evidence,
                fix: [station.enter + "\(program) -P \(event.chain) ACCEPT"])
        }
        if isReply(event), isForward {
            return finding(
                "filter", station, "the reply is dropped by \(event.chain)",
                evidence + ["nothing lets answers (RELATED,ESTABLISHED) in to \(output)"],
                fix: [
                    station.enter
                        + "\(program) -A \(event.chain) -o \(output) -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
                ])
        }
        if let inner = event.destination, inner != destination {
            let kind = probe.flow.kind.rawValue
            let port = event.destinationPort ?? (targetPort == probe.flow.port ? publishedPort : nil) ?? targetPort
            if let found = checkWrongTranslation(inner, port) { return found }
            return finding(
                "filter", station, "published, but not admitted by DOCKER",
                evidence + ["\(destination) was translated to \(inner), and no rule admits that"],
                fix: [
                    station.enter
                        + "\(program) -A DOCKER -d \(inner)/\(family.bits) ! -i \(output) -o \(output) -p \(kind) -m \(kind) --dport \(port) -j ACCEPT"
                ])
        }
        let isApart = station.link(event.input)?.kind == "bridge" && station.link(event.output)?.kind == "bridge"
        if isApart, event.input != event.output {
            return finding(
                "filter", station, "the networks are isolated; join one", evidence,
                fix: ["# causeway network connect NETWORK \(origin.label)"])
        }
        if event.input == event.output, event.input != nil {
            return finding(
                "filter", station, "inter-container traffic is off on \(input)", evidence,
                fix: [station.enter + "\(program) -A \(event.chain) -i \(input) -o \(input) -j ACCEPT"])
        }
        return missingAccept(event, station, evidence, program, isForward: isForward)
    }

    private func missingAccept(
        _ event: TraceEvent, _ station: Station, _ evidence: [String], _ program: String, isForward: Bool
    ) -> Report.Finding {
        let output = station.name(event.output)
        let isOut = station.link(event.input)?.kind == "bridge" || station.link(event.output)?.kind != "bridge"
        if isForward, !isOut, networks.contains(where: { $0.bridge == output }) {
            let port = probe.flow.port == 0 ? "what is not published" : "port \(probe.flow.port)"
            return finding(
                "filter", station, "\(port) of \(owner(of: destination)?.label ?? "\(destination)") is not published",
                evidence + ["what comes in from outside is to go through a published port"],
                fix: ["# publish it: run -p PORT:\(max(probe.flow.port, 1)), and ask for the host's address"])
        }
        let bridged = station.link(event.input)?.kind == "bridge" || isOut ? station.name(event.input) : output
        return finding(
            "filter", station, "\(event.chain)'s policy DROP decided; the accept rule is missing", evidence,
            fix: isForward
                ? [
                    station.enter + "\(program) -A FORWARD -i \(bridged) ! -o \(bridged) -j ACCEPT",
                    station.enter
                        + "\(program) -A FORWARD -o \(bridged) -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                ] : [station.enter + "\(program) -A \(event.chain) -j ACCEPT"])
    }

    /// The policy of a chain that is none of iptables'.
    private func tablePolicy(_ event: TraceEvent, _ station: Station, _ evidence: [String]) -> Report.Finding {
        let place = "\(event.familyName) \(event.table)"
        let match =
            isReply(event)
            ? "ct state established,related"
            : [event.source.map { "\(word($0)) saddr \($0)" }, event.destination.map { "\(word($0)) daddr \($0)" }]
                .compactMap { $0 }.joined(separator: " ")
        let headline =
            "\(isReply(event) ? "the reply is dropped by " : "")\(place) \(event.chain)'s policy DROP\(isReply(event) ? "" : ": no rule of it accepts")"
        return finding(
            "filter", station, station.isOwn ? headline : "a firewall inside \(station.label): \(headline)", evidence,
            fix: [station.enter + "nft add rule \(place) \(event.chain) \(match) accept"])
    }

    private func word(_ address: IPAddress) -> String { address.family == .v4 ? "ip" : "ip6" }

    func ways(_ event: TraceEvent, _ station: Station) -> String {
        var text = ""
        if event.input != nil { text += " -i \(station.name(event.input))" }
        if event.output != nil { text += " -o \(station.name(event.output))" }
        if let source = event.source, let destination = event.destination { text += "  \(source) → \(destination)" }
        return text
    }

    /// The container's port behind a published one, as the engine says it.
    private var publishedPort: UInt16? {
        containers.values.lazy.flatMap(\.ports).first {
            $0.host == probe.flow.port && $0.kind == probe.flow.kind.rawValue
        }?.inside
    }

    /// Connection tracking that has no room left.
    private func checkLimit(_ step: Step) -> Report.Finding? {
        let station = machine.stations[step.station]
        guard let maximum = station.parameter("net/netfilter/nf_conntrack_max").flatMap({ Int($0) }),
            let count = station.parameter("net/netfilter/nf_conntrack_count").flatMap({ Int($0) }), maximum > 0,
            count >= maximum
        else { return nil }
        return finding(
            "filter", station, "connection limit / table full: \(count) of \(maximum) connections tracked",
            ["nf_conntrack drops what it cannot track"],
            fix: [station.enter + "sysctl -w net/netfilter/nf_conntrack_max=\(maximum * 2)"])
    }
}
