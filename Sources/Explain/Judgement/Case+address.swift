import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Neighbours, addresses and routes.
extension Case {
    /// The source's own routing, and whoever is to pass its packets on.
    func checkSource() -> Report.Finding? {
        guard let device, let first = path.hops.first else { return nil }
        if !origin.isOwn, let refusal = first.refusal { return noRoute(device, refusal) }
        guard !origin.isOwn || bridge == nil, let next = first.nextHop else { return nil }
        if device.flags & 0x80 != 0, device.kind == "veth" {
            return finding(
                "neighbour", origin, "ARP is disabled on \(origin.label)'s \(device.name)",
                ["\(device.name) has the flag NOARP: it neither asks nor answers who has an address"],
                fix: [origin.enter + "ip link set \(device.name) arp on"])
        }
        if let finding = checkNeighbour(device, next) { return finding }
        return nil
    }

    private func noRoute(_ device: Link, _ refusal: NetlinkError) -> Report.Finding {
        let own = origin.prefixes(on: device.index, family)
        if family == .v6, own.isEmpty { return noVersion6(device) }
        if let gateway = bridgeAddress, let first = own.first, !own.contains(where: { $0.contains(gateway.address) }),
            let wanted = IPPrefix(first.address, length: gateway.length)
        {
            return finding(
                "route", origin, "gateway \(gateway.address) outside \(origin.label)'s prefix \(first)",
                [
                    "\(origin.label)'s \(device.name) has \(first): \(gateway.address) is not on its link",
                    "so no default route can name it (\"Nexthop has invalid gateway\")",
                ],
                fix: [
                    origin.enter + "ip addr del \(first) dev \(device.name)",
                    origin.enter + "ip addr add \(wanted) dev \(device.name)",
                    origin.enter + "ip route replace default via \(gateway.address) dev \(device.name)",
                ])
        }
        let fixes =
            bridgeAddress.map {
                [
                    origin.enter
                        + "ip \(family == .v6 ? "-6 " : "")route replace default via \($0.address) dev \(device.name)"
                ]
            } ?? ["# \(bridge?.name ?? "the bridge") has no address that could be the gateway: give it one first"]
        return finding(
            "route", origin, "no default route in \(origin.label)",
            ["\(origin.label) has no route to \(destination): \(refusal.errno)"], fix: fixes)
    }

    private func noVersion6(_ device: Link) -> Report.Finding {
        let isOff = origin.parameter("net/ipv6/conf/\(device.name)/disable_ipv6") == "1"
        return finding(
            "route", origin,
            isOff
                ? "IPv6 is switched off on \(origin.label)'s \(device.name) (disable_ipv6)"
                : "\(origin.label) has no IPv6 address",
            ["\(device.name) has no IPv6 address of global scope"],
            fix: isOff
                ? [origin.enter + "sysctl -w net/ipv6/conf/\(device.name)/disable_ipv6=0"]
                : ["# plug it into a network with IPv6: causeway network create --ipv6"])
    }

    private func checkNeighbour(_ device: Link, _ next: IPAddress) -> Report.Finding? {
        guard let cable, let bridge, cable.link.master == bridge.index else { return nil }
        let known = origin.neighbour(next, on: device.index)
        let owners = ownersOnBridge(next)
        if let mac = known?.mac, known?.state == 0x80, !owners.isEmpty, !owners.contains(where: { $0.1.mac == mac }) {
            return finding(
                "neighbour", origin, "stale gateway MAC in \(origin.label)",
                [
                    "\(origin.label) has \(next) at \(mac) for good, but \(owners[0].1.name) has \(owners[0].1.mac.map { "\($0)" } ?? "?")"
                ], fix: [origin.enter + "ip neigh del \(next) dev \(device.name)"])
        }
        let isGateway = path.hops.first?.route?.gateway != nil
        if owners.isEmpty, isGateway {
            if let address = bridgeAddress, address.contains(sourceAddress ?? next) {
                return finding(
                    "neighbour", origin, "nobody owns the gateway \(next)",
                    ["nobody on \(bridge.name) has \(next); \(bridge.name) itself is \(address.address)"],
                    fix: [origin.enter + "ip route replace default via \(address.address) dev \(device.name)"])
            }
            let length = origin.prefixes(on: device.index, family).first?.length ?? 24
            let others = host.prefixes(on: bridge.index, family)
            return finding(
                "neighbour", host, "the gateway address is missing on \(bridge.name)",
                [
                    "\(origin.label)'s gateway is \(next); \(bridge.name) has "
                        + (others.isEmpty ? "no address" : others.map { "\($0)" }.joined(separator: ", "))
                ],
                fix: [host.enter + "ip addr add \(next)/\(length)\(family == .v4 ? " brd +" : "") dev \(bridge.name)"])
        }
        for scope in ["all", bridge.name] where known?.state != 0x02 && isGateway && family == .v4 {
            let name = "net/ipv4/conf/\(scope)/arp_ignore"
            if let value = host.parameter(name).flatMap({ Int($0) }), value >= 3 {
                return finding(
                    "neighbour", host, "the host refuses ARP (arp_ignore=\(value))",
                    ["\(name) is \(value): \(host.label) does not say that \(next) is its own"],
                    fix: [host.enter + "sysctl -w \(name)=0"])
            }
        }
        return nil
    }

    /// Devices on the source's bridge that have an address.
    private func ownersOnBridge(_ address: IPAddress) -> [(Station, Link)] {
        guard let bridge else { return [] }
        var found: [(Station, Link)] = []
        if let own = host.owner(of: address) { found.append((host, own)) }
        for port in host.links where port.master == bridge.index {
            if let (station, end) = owner(ofPort: port),
                station.prefixes(on: end.index, family).contains(where: { $0.address == address })
            {
                found.append((station, end))
            }
        }
        return found
    }

    /// The host's routing of what came in by the bridge.
    func checkRouting() -> Report.Finding? {
        let hop = routing ?? (origin.isOwn ? path.hops.first : nil)
        guard let hop else { return nil }
        let router = machine.stations[hop.station]
        if let input = hop.input {
            if let finding = checkForwarding(router, input, hop) ?? checkReversePath(router, input) { return finding }
        }
        if let refusal = hop.refusal { return refused(router, refusal) }
        return checkOverlap(router, hop) ?? checkUplink(router, hop)
    }

    private func checkForwarding(_ router: Station, _ input: Link, _ hop: Path.Hop) -> Report.Finding? {
        if hop.isDelivered { return nil }
        let names =
            family == .v4
            ? ["net/ipv4/ip_forward", "net/ipv4/conf/\(input.name)/forwarding"]
            : ["net/ipv6/conf/all/forwarding", "net/ipv6/conf/\(input.name)/forwarding"]
        let off = names.filter { router.parameter($0) == "0" }
        guard !off.isEmpty else { return nil }
        return finding(
            "forwarding", router, family == .v4 ? "forwarding is off" : "IPv6 forwarding is off",
            off.map { "\($0) is 0 on \(router.label): what comes in by \(input.name) for others is dropped" },
            fix: names.filter { off.contains($0) }.map { router.enter + "sysctl -w \($0)=1" })
    }

    private func checkReversePath(_ router: Station, _ input: Link) -> Report.Finding? {
        guard let own = sourceAddress, let back = try? router.socket.resolve(RouteLookup(to: own)),
            back.index != input.index
        else { return nil }
        let leaves = router.name(back.index)
        let entry = (try? router.socket.match(RouteLookup(to: own))).map(router.text) ?? "\(own) dev \(leaves)"
        let values = ["all", input.name].compactMap {
            router.parameter("net/ipv4/conf/\($0)/rp_filter").flatMap { Int($0) }
        }
        let strict = (values.max() ?? 0) == 1
        let isTunnel = back.gateway == nil && router.link(back.index)?.kind != "veth"
        let headline =
            strict && !isTunnel ? "reverse path leaves by \(leaves) (rp_filter)" : "overlap with \(leaves)'s route"
        return finding(
            "route", router, headline,
            [
                "answers to \(own) leave by \(leaves), though \(origin.label) is behind \(input.name): \(entry)",
                strict
                    ? "rp_filter=1 on \(input.name): what comes from there as \(own) is dropped"
                    : "so no answer comes back to \(origin.label)",
            ], fix: [router.enter + "ip route del \(entry)"])
    }

    private func refused(_ router: Station, _ refusal: NetlinkError) -> Report.Finding {
        let entries = router.routes(family).filter {
            $0.destination.contains(destination) && [6, 7, 8].contains($0.type)
        }
        if let entry = entries.max(by: { $0.destination.length < $1.destination.length }) {
            let kind = [6: "blackhole", 7: "unreachable", 8: "prohibit"][entry.type] ?? "?"
            let text = "\(kind) \(entry.destination.length == 0 ? "default" : "\(entry.destination)")"
            return finding(
                "route", router, "the route \"\(text)\" on \(router.label) stops it",
                ["\(router.label) looks up \(destination): \(refusal.errno)"],
                fix: [router.enter + "ip route del \(text)"])
        }
        if router.routes(family).contains(where: { $0.destination.length == 0 }) {
            return finding(
                "route", router, "\(router.label) refuses to route to \(destination)",
                ["its lookup says: \(refusal.errno)"], fix: ["# look at: ip rule; ip route show table all"],
                proved: false)
        }
        return finding(
            "route", router, "no default route on the \(router.isOwn ? "host" : router.label)",
            ["\(router.label) has no route to \(destination): \(refusal.errno)"],
            fix: ["# ip route add default via ROUTER dev UPLINK"])
    }

    /// A more special route than the default one, by a device that nothing answers behind.
    private func checkOverlap(_ router: Station, _ hop: Path.Hop) -> Report.Finding? {
        guard let output = hop.output,
            let entry = try? router.socket.match(
                RouteLookup(to: destination, from: hop.input == nil ? nil : sourceAddress, arrivesBy: hop.input?.index)),
            entry.destination.length > 0, output.kind != "bridge", entry.origin != 2,
            let general = router.routes(family).first(where: { $0.destination.length == 0 }),
            general.index != output.index
        else { return nil }
        return finding(
            "route", router, "overlap with \(output.name)'s route",
            [
                "\(router.text(entry)) takes what is for \(destination); the default route leaves by \(router.name(general.index))"
            ],
            fix: [router.enter + "ip route del \(router.text(entry))"])
    }

    private func checkUplink(_ router: Station, _ hop: Path.Hop) -> Report.Finding? {
        guard let output = hop.output, output.kind != "bridge", let next = hop.nextHop else { return nil }
        if !output.isUp {
            return finding(
                "link", router, "\(output.name) is administratively down", ["\(output.name) is not set up"],
                fix: [router.enter + "ip link set \(output.name) up"])
        }
        if !output.hasCarrier {
            return finding(
                "link", router, "the uplink lost its carrier: \(output.name)",
                ["\(output.name) has NO-CARRIER: the far end is down or unplugged; the routes still point to it"],
                fix: ["# look at the far end of \(output.name)"])
        }
        let state = router.neighbour(next, on: output.index)
        // NUD_INCOMPLETE, NUD_FAILED
        if let state, state.state & 0x21 != 0 {
            return finding(
                "neighbour", router, "the next hop \(next) does not answer",
                ["\(next) on \(output.name): \(Words.neighbour(state.state)), nobody says who has it"],
                fix: ["# look at \(next), or at the default route"])
        }
        return nil
    }
}

extension Station {
    /// A route as ip(8) writes it.
    func text(_ route: Route) -> String {
        Words.route(route, Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first })
    }
}
