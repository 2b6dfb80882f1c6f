import IPAddressing
import RouteNetlink
import SystemCalls

/// Neighbours: who has the next hop's address, and whether the question and its answer get through.
extension Case {
    /// The next hop of a station that has no Ethernet address for it.
    func checkNeighbour(_ step: Step) -> Report.Finding? {
        guard let output = step.hop.output, let next = step.hop.nextHop else { return nil }
        let station = machine.stations[step.hop.station]
        if let found = checkWrongNeighbour(step) { return found }
        let known = station.neighbour(next, on: output.index)
        // NUD_INCOMPLETE, NUD_FAILED
        let isUnanswered = known.map { $0.state & 0x21 != 0 || $0.mac == nil } ?? true
        guard isUnanswered, output.kind != "tun" else { return nil }
        return checkOwnMacvlan(output, next, station) ?? checkTunnel(output, next, station)
            ?? checkOwners(step, output, next, station, known?.state)
    }

    private func checkOwners(
        _ step: Step, _ output: Link, _ next: IPAddress, _ station: Station, _ state: UInt16?
    ) -> Report.Finding? {
        let segment = machine.segment(of: output, in: step.hop.station)
        let members = segment.members.filter { !($0.station == step.hop.station && $0.link.index == output.index) }
        let owner = members.first { member in
            machine.stations[member.station].addresses.contains {
                $0.index == member.link.index && $0.prefix.address == next
            }
        }
        guard let owner, !(station.isOwn && step.hop.nextHop != nil && isUpstream(step)) else {
            return nobody(step, output, next, station, segment, state)
        }
        let holder = machine.stations[owner.station]
        let asked = owner.link.master == nil ? owner.link : holder.link(owner.link.master) ?? owner.link
        if owner.link.flags & 0x80 != 0 {
            return finding(
                "neighbour", holder, "ARP is disabled on \(holder.label)'s \(owner.link.name)",
                ["\(owner.link.name) has the flag NOARP: it does not answer that it has \(next)"],
                fix: [holder.enter + "ip link set \(owner.link.name) arp on"])
        }
        if let found = checkRefusedARP(holder, asked, next, from: step) { return found }
        return checkTalk(step, owner, next)
    }

    /// Parameters that keep a station from answering ARP.
    private func checkRefusedARP(_ holder: Station, _ link: Link, _ next: IPAddress, from step: Step) -> Report.Finding?
    {
        guard family == .v4 else { return nil }
        for scope in ["all", link.name] {
            let value = holder.number(.v4, scope, "arp_ignore")
            guard value >= 3 else { continue }
            return finding(
                "neighbour", holder, "\(holder.isOwn ? "the host" : holder.label) refuses ARP (arp_ignore=\(value))",
                ["net/ipv4/conf/\(scope)/arp_ignore is \(value): \(holder.label) does not say that \(next) is its own"],
                fix: [holder.enter + "sysctl -w net/ipv4/conf/\(scope)/arp_ignore=0"])
        }
        return nil
    }

    /// Where the question, or its answer, was lost on the link.
    private func checkTalk(_ step: Step, _ owner: (station: Int, link: Link), _ next: IPAddress) -> Report.Finding? {
        let drops = probe.talk.filter { $0.isDrop && isAbout($0, next, step) }
        let way = link(after: step)
        let isAsked = probe.sightings.contains {
            if case .question(next, _) = $0.content {
                $0.station == owner.station && $0.device == owner.link.index && !$0.isOutgoing
            } else {
                false
            }
        }
        if let drop = drops.first { return ruleFinding(drop, about: next) }
        if !isAsked {
            for part in way where !isSeen(part, .question, of: next) {
                return checkCable(part) ?? checkPort(part) ?? checkTarget(part, .question) ?? checkQueue(part)
            }
            return nil
        }
        // The answer comes back the same way.
        for part in way.reversed() {
            let turned = Step(
                kind: part.kind == .up ? .down : part.kind == .down ? .up : part.kind, station: part.far, from: part.to,
                to: part.from, far: part.station, hop: part.hop, isReply: !part.isReply)
            if isSeen(turned, .answer, of: next) { continue }
            return checkCable(turned) ?? checkPort(turned) ?? checkTarget(turned) ?? checkQueue(turned)
        }
        return nil
    }

    private func isAbout(_ event: TraceEvent, _ next: IPAddress, _ step: Step) -> Bool {
        if event.source == next || event.destination == next { return true }
        // A solicitation goes to the address's own multicast group, with its last three bytes.
        guard case .v6 = next, let to = event.destination else { return false }
        return to.bytes.suffix(3) == next.bytes.suffix(3) || event.source == step.hop.route?.preferredSource
    }

    /// Nobody on the link has the address.
    private func nobody(
        _ step: Step, _ output: Link, _ next: IPAddress, _ station: Station, _ segment: Segment, _ state: UInt16?
    ) -> Report.Finding? {
        let isGateway = step.hop.route?.gateway != nil
        let words = Words.neighbour(state)
        let around = segment.bridge
        if let around, segment.isComplete || !station.isOwn {
            let router = machine.stations[around.station]
            let others = router.prefixes(on: around.link.index, family)
            let own = station.prefixes(on: output.index, family).first
            if isGateway, let wanted = others.first(where: { $0.contains(own?.address ?? next) }) {
                return finding(
                    "neighbour", station, "nobody owns the gateway \(next)",
                    ["nobody on \(around.link.name) has \(next); \(around.link.name) itself is \(wanted.address)"],
                    fix: [station.enter + "ip \(option)route replace default via \(wanted.address) dev \(output.name)"])
            }
            if isGateway {
                return finding(
                    "neighbour", router, "the gateway address is missing on \(around.link.name)",
                    [
                        "\(station.label)'s gateway is \(next); \(around.link.name) has "
                            + (others.isEmpty ? "no address" : others.map { "\($0)" }.joined(separator: ", "))
                    ],
                    fix: [
                        router.enter
                            + "ip addr add \(next)/\(own?.length ?? 24)\(family == .v4 ? " brd +" : "") dev \(around.link.name)"
                    ])
            }
            if next == target, next != destination, let found = checkWrongTranslation(next, targetPort) {
                return found
            }
            let entry = step.hop.route.map { _ in matched(step) }
            return finding(
                "neighbour", station, "nobody on \(around.link.name) has \(next)",
                [
                    "\(station.label) takes \(next) for a neighbour (\(entry ?? "\(next) dev \(output.name)")), and asks in vain: \(words)"
                ],
                fix: ["# is that address right? if it is not on this link, \(station.label)'s prefix is too wide"])
        }
        guard let state, state & 0x21 != 0 else { return nil }
        return finding(
            "neighbour", station, "the next hop \(next) does not answer",
            ["\(next) on \(output.name): \(words), nobody says who has it"],
            fix: ["# look at \(next), or at the route: \(matched(step))"])
    }

    /// Whether a step's next hop is beyond the host's uplink, where nobody looks.
    func isUpstream(_ step: Step) -> Bool {
        guard let output = step.hop.output else { return false }
        let way = step.isReply ? back : path
        return output.kind != "bridge" && way?.isLookedInto == false && way?.hops.last?.station == step.hop.station
    }

    /// A neighbour that is set to an Ethernet address that is not its.
    func checkWrongNeighbour(_ step: Step) -> Report.Finding? {
        guard let output = step.hop.output, let next = step.hop.nextHop else { return nil }
        let station = machine.stations[step.hop.station]
        // IFF_NOARP
        if output.flags & 0x80 != 0 {
            guard ["veth", "bridge", "macvlan"].contains(output.kind) else { return nil }
            return finding(
                "neighbour", station, "ARP is disabled on \(station.label)'s \(output.name)",
                ["\(output.name) has the flag NOARP: it neither asks nor answers who has an address"],
                fix: [station.enter + "ip link set \(output.name) arp on"])
        }
        guard let known = station.neighbour(next, on: output.index), let mac = known.mac, known.state & 0x21 == 0 else {
            return nil
        }
        let members = machine.segment(of: output, in: step.hop.station).members
        let owners = members.filter { member in
            machine.stations[member.station].addresses.contains {
                $0.index == member.link.index && $0.prefix.address == next
            }
        }
        let isPermanent = known.state & 0x80 != 0
        guard !owners.contains(where: { $0.link.mac == mac }), let owner = owners.first else { return nil }
        let isGateway = step.hop.route?.gateway != nil
        return finding(
            "neighbour", station,
            isGateway
                ? "stale gateway MAC in \(station.label)"
                : "stale MAC of \(machine.stations[owner.station].label) in \(station.label)",
            [
                "\(station.label) has \(next) at \(mac)\(isPermanent ? " for good" : ""), but \(machine.stations[owner.station].label)'s \(owner.link.name) has \(owner.link.mac.map { "\($0)" } ?? "?")"
            ], fix: [station.enter + "ip \(option)neigh del \(next) dev \(output.name)"])
    }

    /// The neighbour of whoever sent what was seen here: it may have been for another station.
    func checkSender(_ step: Step) -> Report.Finding? {
        let way = (step.isReply ? back : path)?.steps(isReply: step.isReply) ?? []
        return way.last { [.leave, .route].contains($0.kind) }.flatMap { checkWrongNeighbour($0) }
    }

    /// A macvlan and the device that it is made of do not talk to each other.
    private func checkOwnMacvlan(_ output: Link, _ next: IPAddress, _ station: Station) -> Report.Finding? {
        guard ["macvlan", "ipvlan"].contains(output.kind), let parent = output.peerIndex else { return nil }
        for other in machine.stations {
            guard let link = other.link(parent), let owner = other.owner(of: next),
                owner.index == link.index || owner.index == link.master,
                output.peerNamespace == nil
                    ? other === station : (try? station.socket.number(of: other.namespace)) == output.peerNamespace
            else { continue }
            return finding(
                "link", station, "a \(output.kind) cannot reach its parent: \(link.name)",
                [
                    "\(next) is \(other.label)'s \(owner.name), of which \(station.label)'s \(output.name) is a \(output.kind)",
                    "the kernel passes nothing between a parent and its children: by intent",
                ],
                fix: ["# give \(other.label) a \(output.kind) of \(link.name), too, and talk to that one's address"])
        }
        return nil
    }
}
