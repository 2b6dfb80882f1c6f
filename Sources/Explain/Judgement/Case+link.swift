import IPAddressing
import RouteNetlink
import SystemCalls

/// Layer 2: devices, cables, bridges and their ports.
extension Case {
    /// The device that a station sends by.
    func checkDevice(_ step: Step) -> Report.Finding? {
        let station = machine.stations[step.station]
        let guess = step.isReply ? path.hops.last?.input : device
        guard let device = step.to ?? guess else {
            guard !station.isOwn,
                station.links.allSatisfy({ $0.flags & 0x8 != 0 || $0.kind.isEmpty || $0.kind == "sit" })
            else { return nil }
            return finding(
                "link", station, "\(station.label) has no network: its only device is lo",
                ["a container with --network none is so by intent"],
                fix: ["# causeway network connect NETWORK \(station.label)"])
        }
        guard !device.isUp, !station.isOwn || step.to != nil else { return nil }
        var fixes = [station.enter + "ip link set \(device.name) up"]
        if !station.isOwn, let gateway = bridgeAddress, station.routes(family).allSatisfy({ $0.gateway == nil }) {
            fixes.append(
                station.enter + "ip \(option)route replace default via \(gateway.address) dev \(device.name)")
        }
        return finding(
            "link", station, "\(device.name) is down in \(station.label)",
            ["\(device.name) in \(station.label) is not set up: the kernel took its routes away with it"], fix: fixes)
    }

    /// The far end of a cable.
    func checkCable(_ step: Step) -> Report.Finding? {
        guard let near = step.from, let end = step.to, !end.isUp else { return nil }
        let (station, far) = (machine.stations[step.station], machine.stations[step.far])
        let isContainers = far.isOwn || far.link(end.master) != nil
        return finding(
            "link", far,
            isContainers
                ? "the host end of \(station.label)'s cable is down: \(end.name)"
                : "\(end.name) is down in \(far.label)",
            [
                "\(end.name) on \(far.label) is not set up",
                "\(near.name) in \(station.label) has \(near.hasCarrier ? "a" : "no") carrier",
            ], fix: [far.enter + "ip link set \(end.name) up"])
    }

    /// The bridge between two places, and the ports on both sides.
    func checkPort(_ step: Step) -> Report.Finding? {
        let station = machine.stations[step.station]
        guard let port = step.kind == .down ? step.to : step.from else { return nil }
        if let found = checkUnplugged(step) { return found }
        guard let bridge = station.link(port.master) else { return nil }
        if !bridge.isUp {
            return finding(
                "bridge", station, "\(bridge.name) is administratively down",
                ["\(bridge.name) on \(station.label) is not set up: a bridge that is down forwards nothing"],
                fix: [station.enter + "ip link set \(bridge.name) up"])
        }
        var ports = [port]
        if step.kind == .across, let other = step.to { ports.append(other) }
        for port in ports { if let found = portState(port, bridge, station) { return found } }
        return nil
    }

    /// A cable's end that is a port of no bridge and has no address: nobody takes what comes out of it.
    func checkUnplugged(_ step: Step) -> Report.Finding? {
        let station = machine.stations[step.station]
        guard let port = step.kind == .down ? step.to : step.from, port.kind == "veth", port.master == nil,
            station.addresses.allSatisfy({ $0.index != port.index || $0.scope != 0 })
        else { return nil }
        guard let bridge else {
            return finding(
                "link", station, "\(port.name) is plugged into nothing",
                ["\(port.name), the other end of \(origin.label)'s cable, is a port of no bridge and has no address"],
                fix: ["# ip link set \(port.name) master BRIDGE"])
        }
        return finding(
            "link", station, "\(port.name) not plugged into \(bridge.name)",
            [
                "\(port.name), the host end of \(origin.label)'s cable, is a port of no bridge",
                "\(bridge.name) has \(bridgeAddress.map { "\($0)" } ?? "no address"), \(origin.label) \(sourceAddress.map { "\($0)" } ?? "none")",
            ], fix: [station.enter + "ip link set \(port.name) master \(bridge.name)"])
    }

    private func portState(_ port: Link, _ bridge: Link, _ station: Station) -> Report.Finding? {
        if !port.isUp {
            let label = owner(ofPort: port, station).map { machine.stations[$0.station].label } ?? "its owner"
            return finding(
                "link", station, "the host end of \(label)'s cable is down: \(port.name)",
                ["\(port.name) is not set up"], fix: [station.enter + "ip link set \(port.name) up"])
        }
        let words = Words.portState(port.portState)
        switch port.portState {
        case 0? where !port.hasCarrier:
            if let end = owner(ofPort: port, station), !end.link.isUp {
                let holder = machine.stations[end.station]
                return finding(
                    "link", holder, "\(end.link.name) is down in \(holder.label)",
                    ["\(end.link.name) is not set up; its other end, \(port.name), has no carrier"],
                    fix: [holder.enter + "ip link set \(end.link.name) up"])
            }
            return finding(
                "link", station, "\(port.name) on \(bridge.name) has no carrier",
                ["the cable's other end is down or gone, so the bridge has disabled the port"],
                fix: ["# look at the other end of \(port.name)"])
        case 0?:
            return finding(
                "bridge", station, "bridge port disabled: \(port.name) on \(bridge.name)",
                ["\(port.name) is a port of \(bridge.name) in state \(words)"],
                fix: [station.enter + "bridge link set dev \(port.name) state 3"])
        case 1?, 2?, 4?:
            return finding(
                "bridge", station, "port still \(words) (STP): \(port.name) on \(bridge.name)",
                [
                    "\(port.name) is in state \(words): \(bridge.name) runs the spanning tree protocol",
                    "it heals by itself after twice the forward delay",
                ],
                fix: [
                    station.enter + "ip link set \(bridge.name) type bridge stp_state 0",
                    station.enter + "bridge link set dev \(port.name) state 3",
                ])
        default: return nil
        }
    }

    /// Whose cable a port is.
    private func owner(ofPort port: Link, _ station: Station) -> (station: Int, link: Link)? {
        machine.stations.firstIndex { $0 === station }.flatMap { machine.peer(of: port, in: $0) }
    }

    /// A packet that a bridge translates and is to send back by the port that it came in by.
    func checkHairpin(_ step: Step) -> Report.Finding? {
        guard step.kind == .up, let port = step.from, !port.isHairpin,
            let turn = path.steps(isReply: step.isReply).first(where: {
                $0.kind == .down && $0.station == step.station && $0.to?.index == port.index
            })
        else { return nil }
        return checkTarget(turn, .packet)
    }

    /// Entries of the forwarding database that lead the target's MAC elsewhere.
    func checkDatabase(_ step: Step) -> Report.Finding? {
        if let found = checkDuplicates(step) { return found }
        guard let output = step.hop.output, let next = step.hop.nextHop else { return nil }
        let segment = machine.segment(of: output, in: step.hop.station)
        guard let bridge = segment.bridge,
            let owner = segment.members.first(where: { has($0, next) }), let mac = owner.link.mac
        else { return nil }
        let router = machine.stations[bridge.station]
        let label = machine.stations[owner.station].label
        let own = router.links.first { port in
            port.master == bridge.link.index
                && machine.peer(of: port, in: bridge.station).map { $0.link.index == owner.link.index } == true
        }
        // NUD_NOARP (static) or NUD_PERMANENT: set by hand.
        let entries = ((try? router.socket.forwardingEntries()) ?? []).filter {
            $0.mac == mac && $0.master == bridge.link.index && $0.state & 0xC0 != 0 && $0.index != own?.index
                && $0.index != bridge.link.index
        }
        guard let entry = entries.first, let wrong = router.link(entry.index) else { return nil }
        let other = machine.peer(of: wrong, in: bridge.station).map { machine.stations[$0.station].label } ?? wrong.name
        return finding(
            "bridge", router, "forwarding database pins \(label)'s MAC to \(other)'s port",
            ["\(mac) is behind \(own?.name ?? bridge.link.name), but a static entry says \(wrong.name)"],
            fix: [router.enter + "bridge fdb del \(mac) dev \(wrong.name) master"])
    }

    private func has(_ member: (station: Int, link: Link), _ address: IPAddress) -> Bool {
        machine.stations[member.station].addresses.contains {
            $0.index == member.link.index && $0.prefix.address == address
        }
    }

    /// A MAC or an address that two on one link have.
    func checkDuplicates(_ step: Step) -> Report.Finding? {
        guard [.leave, .route, .up, .across, .down, .cable].contains(step.kind), let output = step.hop.output,
            let next = step.hop.nextHop
        else { return nil }
        let segment = machine.segment(of: output, in: step.hop.station)
        guard let bridge = segment.bridge else { return nil }
        let router = machine.stations[bridge.station]
        let all = segment.members + [(step.hop.station, output)]
        let owners = all.filter { has($0, next) }
        if owners.count > 1 {
            let labels = owners.map { machine.stations[$0.station].label }
            return finding(
                "neighbour", router, "duplicate address \(next) on \(bridge.link.name)",
                [
                    "\(labels.joined(separator: " and ")) both have it: whoever answers first gets what is for it",
                    "\(machine.stations[step.hop.station].label) believes \(machine.stations[step.hop.station].neighbour(next, on: output.index)?.mac.map { "\($0)" } ?? "neither yet")",
                ], fix: ["# give one of them another address"])
        }
        let involved = owners + [(step.hop.station, output)]
        for one in involved {
            for other in all where other.link.index != one.link.index || other.station != one.station {
                guard let mac = one.link.mac, other.link.mac == mac else { continue }
                return duplicate(mac, one, other, bridge.link, router)
            }
        }
        return nil
    }

    private func duplicate(
        _ mac: MACAddress, _ one: (station: Int, link: Link), _ other: (station: Int, link: Link), _ bridge: Link,
        _ router: Station
    ) -> Report.Finding {
        let (mine, its) = (machine.stations[one.station], machine.stations[other.station])
        var fixes = ["# give one of the two a MAC of its own"]
        if case .v4(let address)? = its.prefixes(on: other.link.index, .v4).first?.address {
            fixes = [its.enter + "ip link set \(other.link.name) address \(MACAddress(endpoint: address))"]
        }
        return finding(
            "bridge", router, "duplicate MAC on \(bridge.name)",
            ["\(mine.label) and \(its.label) both have \(mac): the bridge sends to whoever spoke last"], fix: fixes)
    }

    /// Settings of ports that hold packets back.
    func checkTarget(_ step: Step) -> Report.Finding? { checkTarget(step, .packet) }

    func checkTarget(_ step: Step, _ subject: Subject) -> Report.Finding? {
        guard [.across, .down, .up].contains(step.kind), let port = step.to, port.master != nil else { return nil }
        let router = machine.stations[step.station]
        let bridge = router.name(port.master)
        let label = machine.peer(of: port, in: step.station).map { machine.stations[$0.station].label } ?? port.name
        func set(_ name: String, _ value: String) -> String {
            router.enter + "bridge link set dev \(port.name) \(name) \(value)"
        }
        if port.index == step.hop.inputPort?.index, !port.isHairpin {
            return finding(
                "bridge", router, "hairpin is off on \(port.name)",
                [
                    "what \(label) sends to itself, by a published port, is to leave by the port that it came in by",
                    "a bridge does not do that, unless the port is told to",
                ], fix: [set("hairpin", "on")])
        }
        let settings = router.output("bridge", ["-d", "link", "show", "dev", port.name]) ?? ""
        if step.kind == .across, let from = step.from, settings.contains(" isolated on"),
            (router.output("bridge", ["-d", "link", "show", "dev", from.name]) ?? "").contains(" isolated on")
        {
            return finding(
                "bridge", router, "ports \(from.name) and \(port.name) are isolated from each other on \(bridge)",
                ["both have isolated on: a bridge passes nothing between such ports"], fix: [set("isolated", "off")])
        }
        if subject == .question {
            for (name, words) in [
                (family == .v4 ? "bcast_flood" : "mcast_flood", "broadcasts are not flooded to \(label)'s port"),
                ("neigh_suppress", ""),
            ] {
                if name != "neigh_suppress", settings.contains(" \(name) off") {
                    return finding(
                        "bridge", router, "\(words) (\(name) off)",
                        ["\(port.name) is left out when a neighbour is asked for"], fix: [set(name, "on")])
                }
                if name == "neigh_suppress", settings.contains(" neigh_suppress on") {
                    return finding(
                        "bridge", router, "ARP is suppressed at \(label)'s port (neigh_suppress on)",
                        ["\(bridge) answers for \(label) from its own table, which does not know it"],
                        fix: [set(name, "off")])
                }
            }
            return nil
        }
        guard let end = machine.peer(of: port, in: step.station), let mac = end.link.mac,
            settings.contains(" flood off")
        else { return nil }
        let known = ((try? router.socket.forwardingEntries()) ?? []).contains {
            $0.mac == mac && $0.master == port.master && $0.index == port.index
        }
        if known { return nil }
        return finding(
            "bridge", router, "unknown unicast is not flooded to \(label)'s port",
            [
                "\(bridge) does not know where \(mac) is\(settings.contains(" learning off") ? ", and \(port.name) does not learn" : "")",
                "\(port.name) is left out when unknown addresses are flooded",
            ], fix: [router.enter + "bridge link set dev \(port.name) flood on learning on"])
    }

    /// A port that takes smaller packets than it is given drops them without a word.
    func checkPortSize(_ step: Step) -> Report.Finding? { checkPortSize(step, length: probe.length) }

    func checkPortSize(_ step: Step, length: Int) -> Report.Finding? {
        // The kernel lets four bytes more pass (VLAN_HLEN).
        guard [.cable, .across, .down, .up].contains(step.kind), let port = step.to, length > Int(port.mtu) + 4,
            probe.flow.kind == .icmp
        else { return nil }
        let station = machine.stations[step.far]
        let mine = Int(device?.mtu ?? 1500)
        var fixes = [station.enter + "ip link set \(port.name) mtu \(mine)"]
        if let end = machine.peer(of: port, in: step.far), Int(end.link.mtu) < mine {
            fixes.append(machine.stations[end.station].enter + "ip link set \(end.link.name) mtu \(mine)")
        }
        return finding(
            "bridge", station, "port MTU is below the sender's: \(port.name) \(port.mtu), \(origin.label) \(mine)",
            [
                "a packet of \(length) bytes does not pass \(port.name)",
                "a bridge cannot say \"too big\": it drops in silence",
            ], fix: fixes)
    }

    /// A queue that drops or holds back.
    func checkQueue(_ step: Step) -> Report.Finding? {
        guard let link = step.to ?? (step.kind == .beyond ? step.from : nil) else { return nil }
        let station = machine.stations[step.station]
        guard let text = station.output("tc", ["-s", "qdisc", "show", "dev", link.name]) else { return nil }
        var queue = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("qdisc") { queue = String(line.split(separator: " ").dropFirst().first ?? "") }
            if ["noqueue", "fq_codel", "pfifo_fast", "mq", "clsact", "ingress"].contains(queue) { continue }
            func count(_ before: String) -> Int {
                guard let range = line.firstRange(of: before) else { return 0 }
                return Int(line[range.upperBound...].prefix { $0.isNumber }) ?? 0
            }
            let (dropped, held) = (count("(dropped "), count("backlog "))
            guard dropped > 0 || held > 0 else { continue }
            return finding(
                "link", station, "qdisc \(dropped > 0 ? "drops" : "holds packets back") on \(link.name)",
                [
                    "\(queue) at \(link.name) has \(dropped > 0 ? "dropped \(dropped) packets" : "\(held) bytes waiting")"
                ],
                fix: [station.enter + "tc qdisc del dev \(link.name) root"])
        }
        return nil
    }
}
