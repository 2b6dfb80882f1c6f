import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Routes, forwarding, the reverse path filter, and devices that lead nowhere.
extension Case {
    /// The source address that a step's packet has in its station's routing.
    private func sourceOf(_ step: Step) -> IPAddress? { (step.isReply ? back : path)?.source }

    /// The table's entry that decided about a step, as ip(8) writes it.
    func matched(_ step: Step) -> String {
        guard let entry = entry(step) else { return "none" }
        return machine.stations[step.station].text(entry)
    }

    private func entry(_ step: Step) -> Route? {
        let input = step.hop.input
        return try? machine.stations[step.hop.station].socket.match(
            RouteLookup(
                to: step.hop.target, from: input == nil ? nil : sourceOf(step), arrivesBy: input?.index))
    }

    /// A routing that refuses.
    func checkRefusal(_ step: Step) -> Report.Finding? {
        guard let refusal = step.hop.refusal else { return nil }
        let station = machine.stations[step.station]
        let target = step.hop.target
        let decision = station.decision(to: target, from: sourceOf(step), input: step.hop.input)
        if let (rule, _) = decision, let word = rule.refusal {
            return finding(
                "route", station, "the routing rule \"\(rule.text)\" on \(station.label) stops it",
                ["ip rule \(rule.priority): \(rule.text); \(station.label) looks up \(target): \(refusal.errno)"],
                fix: [station.enter + "ip \(option)rule del pref \(rule.priority)"], proved: !word.isEmpty)
        }
        if let (rule, entry) = decision, let entry,
            let kind = [6: "blackhole", 7: "unreachable", 8: "prohibit"][entry.type]
        {
            let place = entry.table == 254 ? "" : " table \(entry.table)"
            let text = "\(kind) \(entry.destination.length == 0 ? "default" : "\(entry.destination)")"
            return finding(
                "route", station, "the route \"\(text)\(place)\" on \(station.label) stops it",
                ["\(station.label) looks up \(target): \(refusal.errno)"]
                    + (place.isEmpty ? [] : ["ip rule \(rule.priority) leads to that table: \(rule.text)"]),
                fix: [
                    station.enter
                        + "ip \(option)route del \(text)\(place)\(family == .v6 && entry.metric > 0 ? " metric \(entry.metric)" : "")"
                ])
        }
        guard decision == nil else {
            return finding(
                "route", station, "\(station.label) refuses to route to \(target)",
                ["its lookup says: \(refusal.errno)"], fix: ["# look at: ip rule; ip route show table all"],
                proved: false)
        }
        return noRoute(step, station, refusal)
    }

    private func noRoute(_ step: Step, _ station: Station, _ refusal: NetlinkError) -> Report.Finding? {
        let target = step.hop.target
        if step.hop.input != nil || station.isOwn {
            let down = station.links.filter {
                !$0.isUp && $0.flags & 0x8 == 0 && $0.kind != "bridge" && $0.master == nil
            }
            let label = station.isOwn ? "the host" : station.label
            return finding(
                "route", station,
                "no default route on \(label)" + (down.count == 1 ? ": \(down[0].name) is down" : ""),
                ["\(station.label) has no route to \(target): \(refusal.errno)"]
                    + down.map { "\($0.name) is not set up, and its routes went with it" },
                fix: ["# ip \(option)route add default via ROUTER dev UPLINK"])
        }
        guard let device = step.isReply ? path.hops.last?.input : device else { return nil }
        let own = station.prefixes(on: device.index, family)
        if let network = networks.first(where: { network in
            network.isInternal && own.contains { network.covers($0.address) }
        }) {
            return finding(
                "intent", station, "internal by intent: the network \(network.name) has no way out or in",
                ["it was made with --internal, so \(station.label) has no default route: that is no fault"],
                fix: [
                    "# to reach beyond it, plug into another network, too: causeway network connect NETWORK \(station.label)"
                ])
        }
        if family == .v6, own.isEmpty { return noVersion6(station, device) }
        let gateways =
            machine.segment(of: device, in: step.station).bridge.map {
                machine.stations[$0.station].prefixes(on: $0.link.index, family)
            } ?? []
        if let gateway = gateways.first, let first = own.first, !own.contains(where: { $0.contains(gateway.address) }),
            let wanted = IPPrefix(first.address, length: gateway.length)
        {
            return finding(
                "route", station, "gateway \(gateway.address) outside \(station.label)'s prefix \(first)",
                [
                    "\(station.label)'s \(device.name) has \(first): \(gateway.address) is not on its link",
                    "so no default route can name it (\"Nexthop has invalid gateway\")",
                ],
                fix: [
                    station.enter + "ip addr del \(first) dev \(device.name)",
                    station.enter + "ip addr add \(wanted) dev \(device.name)",
                    station.enter + "ip \(option)route replace default via \(gateway.address) dev \(device.name)",
                ])
        }
        if own.isEmpty {
            return finding(
                "route", station, "\(device.name) has no address in \(station.label)",
                ["\(station.label) has no route to \(target): \(refusal.errno)"],
                fix: ["# give it one of its network: ip addr add ADDRESS/LENGTH dev \(device.name)"])
        }
        let bridgeName = machine.segment(of: device, in: step.station).bridge?.link.name
        let fixes =
            gateways.first.map {
                [station.enter + "ip \(option)route replace default via \($0.address) dev \(device.name)"]
            } ?? ["# \(bridgeName ?? "its link") has no address that could be the gateway: give it one first"]
        return finding(
            "route", station, "no default route in \(station.label)",
            ["\(station.label) has no route to \(target): \(refusal.errno)"], fix: fixes)
    }

    private func noVersion6(_ station: Station, _ device: Link) -> Report.Finding {
        let name = "net/ipv6/conf/\(device.name)/disable_ipv6"
        let isOff = station.parameter(name) == "1"
        return finding(
            "route", station,
            isOff
                ? "IPv6 is switched off on \(station.label)'s \(device.name) (disable_ipv6)"
                : "\(station.label) has no IPv6 address",
            ["\(device.name) has no IPv6 address of global scope"],
            fix: isOff
                ? [
                    station.enter + "sysctl -w \(name)=0",
                    "# then its address and default route: causeway network disconnect and connect gives them back",
                ]
                : ["# plug it into a network with IPv6: causeway network create --ipv6"])
    }

    /// A station whose own kernel would not send.
    func checkSendSize(_ step: Step) -> Report.Finding? {
        guard !step.isReply, step.station == source, let refusal = probe.refusal else { return nil }
        let device = step.to?.name ?? "its device"
        switch refusal.rawValue {
        case 90:  // EMSGSIZE
            return finding(
                "size", origin, "\(device)'s MTU is below \(probe.length) bytes in \(origin.label)",
                ["send: \(refusal)"], fix: [origin.enter + "ip link set \(device) mtu 1500"])
        case 99:  // EADDRNOTAVAIL
            return finding(
                "route", origin, "\(origin.label) has no address to send from",
                ["connect: \(refusal); \(matched(step)) names no address of \(origin.label)"],
                fix: ["# give \(device) an address"])
        default: return nil
        }
    }

    /// A way that leads past the station that has the address.
    func checkMisrouted(_ step: Step) -> Report.Finding? {
        let router = machine.stations[step.station]
        let target = step.hop.target
        guard step.hop.refusal == nil, !target.isLoopback, let output = step.hop.output else { return nil }
        for link in router.links where link.index != output.index && link.master == nil && link.kind == "bridge" {
            let segment = machine.segment(of: link, in: step.station)
            guard
                let owner = segment.members.first(where: { member in
                    machine.stations[member.station].addresses.contains {
                        $0.index == member.link.index && $0.prefix.address == target
                    }
                })
            else { continue }
            let label = machine.stations[owner.station].label
            if !link.isUp {
                return finding(
                    "bridge", router, "\(link.name) is administratively down",
                    ["\(label) is behind \(link.name), whose routes are gone: \(matched(step))"],
                    fix: [router.enter + "ip link set \(link.name) up"])
            }
            let prefixes = router.prefixes(on: link.index, family)
            if !prefixes.contains(where: { $0.contains(target) }) {
                let gateway = machine.stations[owner.station].routes(family).first { $0.gateway != nil }?.gateway
                let length = machine.stations[owner.station].prefixes(on: owner.link.index, family).first?.length ?? 24
                return finding(
                    "neighbour", router, "the gateway address is missing on \(link.name)",
                    [
                        "\(label) with \(target) is behind \(link.name), which has "
                            + (prefixes.isEmpty ? "no address" : prefixes.map { "\($0)" }.joined(separator: ", "))
                    ],
                    fix: gateway.map {
                        [
                            router.enter
                                + "ip addr add \($0)/\(length)\(family == .v4 ? " brd +" : "") dev \(link.name)"
                        ]
                    } ?? ["# give \(link.name) the address of \(label)'s gateway"])
            }
            return finding(
                "route", router, "overlap with \(output.name)'s route",
                ["\(label) with \(target) is behind \(link.name), but \(matched(step)) leads elsewhere"],
                fix: [deletion(step, router)])
        }
        return nil
    }

    private func deletion(_ step: Step, _ router: Station) -> String {
        let decision = router.decision(to: step.hop.target, from: sourceOf(step), input: step.hop.input)
        if let (rule, entry) = decision, let entry, entry.table != 254, entry.table != 255 {
            return router.enter + "ip \(option)rule del pref \(rule.priority)"
        }
        return router.enter + "ip \(option)route del \(matched(step))"
    }

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

    /// A more special route than the default one, by a device behind which nobody answers.
    func checkOverlap(_ step: Step) -> Report.Finding? {
        let router = machine.stations[step.station]
        guard let output = step.hop.output, let entry = entry(step), output.kind != "bridge",
            let general = router.routes(family).first(where: { $0.destination.length == 0 }),
            general.index != output.index, output.kind == "tun" || entry.origin != 2
        else { return nil }
        // A device that nobody reads from, or whose far end is on this machine, tells by itself.
        let isProved = !output.hasCarrier || output.kind == "tun" && !output.hasCarrier || step.hop.cable != nil
        return finding(
            "route", router, "overlap with \(output.name)'s route",
            [
                "\(router.text(entry)) takes what is for \(step.hop.target); the default route leaves by \(router.name(general.index))",
                output.hasCarrier ? "nothing comes back by \(output.name)" : "nothing is attached to \(output.name)",
            ],
            fix: [deletion(step, router)], proved: isProved || step.kind != .beyond || output.kind == "tun")
    }

    /// The device that it is to leave by.
    func checkOutput(_ step: Step) -> Report.Finding? {
        guard let output = step.hop.output else { return nil }
        let router = machine.stations[step.station]
        if !output.isUp {
            return finding(
                "link", router, "\(output.name) is administratively down", ["\(output.name) is not set up"],
                fix: [router.enter + "ip link set \(output.name) up"])
        }
        guard !output.hasCarrier else { return nil }
        if !isUpstream(step), let cable = link(after: step).first(where: { $0.kind == .cable }),
            let found = checkCable(cable)
        {
            return found
        }
        return finding(
            "link", router,
            output.kind == "bridge" ? "\(output.name) has no carrier" : "the uplink lost its carrier: \(output.name)",
            ["\(output.name) has NO-CARRIER: the far end is down or unplugged; the routes still point to it"],
            fix: ["# look at the far end of \(output.name)"])
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

    /// A device whose MTU is below the packet.
    func checkOutputSize(_ step: Step) -> Report.Finding? {
        guard case .error(let type, let code, let mtu)? = probe.error?.content,
            family == .v4 ? type == 3 && code == 4 : type == 2
        else { return nil }
        return tooLarge(Int(step.to?.mtu ?? 0), named: mtu, by: machine.stations[step.station], step.to, probe.length)
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

extension Station {
    /// A route as ip(8) writes it.
    func text(_ route: Route) -> String {
        Words.route(route, Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first })
    }
}
