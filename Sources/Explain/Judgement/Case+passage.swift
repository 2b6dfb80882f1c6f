import IPAddressing
import RouteNetlink
import SystemCalls

/// What keeps a station from passing a packet on: forwarding, the reverse path filter, the time to live, IPsec policies.
extension Case {
    /// Forwarding that is off where the packet came in.
    func checkForwarding(_ step: Step) -> Report.Finding? {
        guard let input = step.from else { return nil }
        let router = machine.stations[step.station]
        // IPv4 asks the device that it came in by, IPv6 the station (ip_route_input, ip6_forward).
        let decisive =
            family == .v4 ? "net/ipv4/conf/\(input.name)/forwarding" : "net/ipv6/conf/all/forwarding"
        guard router.parameter(decisive) == "0" else { return nil }
        let general = family == .v4 ? "net/ipv4/ip_forward" : decisive
        let off = router.parameter(general) == "0" ? [general] : [decisive]
        return finding(
            "forwarding", router,
            (family == .v4 ? "forwarding is off" : "IPv6 forwarding is off")
                + (off == [general] ? "" : " on \(input.name)"),
            off.map { "\($0) is 0 on \(router.label): what comes in by \(input.name) for others is dropped" },
            fix: off.map { router.enter + "sysctl -w \($0)=1" })
    }

    /// The reverse path filter: packets that come in by another device than answers would leave by.
    func checkReversePath(_ step: Step) -> Report.Finding? {
        guard family == .v4, let input = step.from, let own = sourceOf(step) ?? sourceAddress else { return nil }
        let router = machine.stations[step.station]
        let mode = max(router.number(.v4, "all", "rp_filter"), router.number(.v4, input.name, "rp_filter"))
        guard mode > 0 else { return nil }
        let way = try? router.socket.resolve(RouteLookup(to: own))
        guard mode == 1 ? way?.index != input.index : way == nil else { return nil }
        let leaves = way.map { router.name($0.index) } ?? "no device"
        let entry = (try? router.socket.match(RouteLookup(to: own))).map(router.text) ?? "\(own): no route"
        let isTunnel = way.map { $0.gateway == nil && !["veth", "bridge"].contains(router.link($0.index)?.kind ?? "") }
        let count = probe.counted[step.station]?["TcpExt.IPReversePathFilter"] ?? 0
        return finding(
            "route", router,
            isTunnel == true ? "overlap with \(leaves)'s route" : "reverse path leaves by \(leaves) (rp_filter)",
            [
                "answers to \(own) leave by \(leaves), though it came in by \(input.name): \(entry)",
                "rp_filter=\(mode) on \(input.name): what comes from there as \(own) is dropped"
                    + (count > 0 ? "; the kernel counted \(count)" : ""),
            ],
            fix: way == nil || way?.gateway == nil && isTunnel == false
                ? [router.enter + "sysctl -w net/ipv4/conf/\(input.name)/rp_filter=0"]
                : [router.enter + "ip route del \(entry)"])
    }

    /// A packet whose time to live ran out.
    func checkTimeToLive(_ step: Step) -> Report.Finding? {
        guard case .error(let type, _, _)? = probe.error?.content, type == (family == .v4 ? 11 : 3) else { return nil }
        let station = machine.stations[step.station]
        let rule = probe.events.lazy.compactMap { event in
            machine.stations[event.station].rules.find(event).map { (event, $0) }
        }.first {
            $0.1.rule.shown.contains("TTL") || $0.1.rule.shown.contains("HL --") || $0.1.rule.text.contains("ttl set")
                || $0.1.rule.text.contains("hoplimit set")
        }
        if let (event, found) = rule {
            let place = machine.stations[event.station]
            return finding(
                "filter", place, "rule \(found.number) of \(found.chain.name) lets the time to live run out",
                ["\(found.chain.table) \(found.chain.name) #\(found.number): \(found.rule.shown)"],
                fix: [removal(of: found.rule, in: found.chain, place)])
        }
        let initial =
            origin.parameter(family == .v4 ? "net/ipv4/ip_default_ttl" : "net/ipv6/conf/all/hop_limit") ?? "?"
        return finding(
            "route", station, "the time to live runs out on the way",
            [
                "\(probe.error?.source.map { "\($0)" } ?? station.label) says: time exceeded; \(origin.label) sends with \(initial)"
            ],
            fix: (Int(initial) ?? 64) < 16 && family == .v4
                ? [origin.enter + "sysctl -w net/ipv4/ip_default_ttl=64"] : [],
            proved: (Int(initial) ?? 64) < 16)
    }

    /// An IPsec policy without the key it asks for, or that blocks.
    func checkSecurityPolicy(_ step: Step) -> Report.Finding? {
        let counted = probe.counted[step.station]?.first { $0.key.hasPrefix("Xfrm") }
        let station = machine.stations[step.station]
        guard counted != nil || step.kind == .leave && probe.refusal != nil else { return nil }
        guard let text = station.output("ip", ["xfrm", "policy"]), let own = sourceOf(step) ?? sourceAddress else {
            return nil
        }
        var head = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("src ") { head = String(line) }
            let words = head.split(separator: " ")
            guard line.contains("dir "), words.count >= 4, let from = IPPrefix(String(words[1])),
                let to = IPPrefix(String(words[3])), from.contains(own) || from.length == 0,
                to.contains(step.hop.target) || to.length == 0, !line.contains("dir in") || step.kind == .deliver
            else { continue }
            let direction =
                line.split(separator: " ").drop { $0 != "dir" && !$0.hasSuffix("dir") }.dropFirst().first ?? ""
            let way = "\(head.trimmingSpaces) dir \(direction)"
            return finding(
                "policy", station,
                "an IPsec policy stops it: \(way)\(line.contains("action block") ? " action block" : "")",
                [
                    "ip xfrm policy on \(station.label)"
                        + (counted.map { "; the kernel counted \($0.key) \($0.value)" } ?? "")
                ],
                fix: [station.enter + "ip xfrm policy delete \(way)"])
        }
        return nil
    }
}

extension String {
    /// Without spaces at the end.
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
