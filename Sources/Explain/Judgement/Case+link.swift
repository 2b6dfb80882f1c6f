import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Layer 2: devices, cables, bridges and their ports.
extension Case {
    func checkLink() -> Report.Finding? {
        guard let device else { return nil }
        return checkOwnDevice(device) ?? checkCable(device) ?? checkBridge(device) ?? checkDatabase()
            ?? checkTarget()
    }

    private func checkOwnDevice(_ device: Link) -> Report.Finding? {
        guard !device.isUp else { return nil }
        var fixes = [origin.enter + "ip link set \(device.name) up"]
        if !origin.isOwn, let gateway = bridgeAddress, gatewayOfSource == nil {
            fixes.append(origin.enter + "ip route replace default via \(gateway.address) dev \(device.name)")
        }
        return finding(
            "link", origin, "\(device.name) is down in \(origin.label)",
            ["\(device.name) in \(origin.label) is not set up: the kernel took its routes away with it"], fix: fixes)
    }

    private func checkCable(_ device: Link) -> Report.Finding? {
        guard let cable else { return nil }
        if !cable.link.isUp {
            return finding(
                "link", host, "the host end of \(origin.label)'s cable is down",
                [
                    "\(cable.link.name) on \(host.label) is not set up",
                    "\(device.name) in \(origin.label) has \(device.hasCarrier ? "a" : "no") carrier",
                ], fix: [host.enter + "ip link set \(cable.link.name) up"])
        }
        let hasAddress = !host.prefixes(on: cable.link.index, family).isEmpty
        if cable.link.master == nil, !hasAddress, let bridge {
            return finding(
                "link", host, "\(cable.link.name) not plugged into \(bridge.name)",
                [
                    "\(cable.link.name), the host end of \(origin.label)'s cable, is a port of no bridge",
                    "\(bridge.name) has \(bridgeAddress.map { "\($0)" } ?? "no address"), \(origin.label) \(sourceAddress.map { "\($0)" } ?? "none")",
                ], fix: [host.enter + "ip link set \(cable.link.name) master \(bridge.name)"])
        }
        return nil
    }

    private func checkBridge(_ device: Link) -> Report.Finding? {
        guard let cable, let bridge, cable.link.master == bridge.index else { return nil }
        if !bridge.isUp {
            return finding(
                "bridge", host, "\(bridge.name) is administratively down",
                ["\(bridge.name) on \(host.label) is not set up: a bridge that is down forwards nothing"],
                fix: [host.enter + "ip link set \(bridge.name) up"])
        }
        return checkPort(cable.link, bridge)
    }

    private func checkPort(_ port: Link, _ bridge: Link) -> Report.Finding? {
        let words = Words.portState(port.portState)
        switch port.portState {
        case 0?:
            return finding(
                "bridge", host, "bridge port disabled: \(port.name) on \(bridge.name)",
                ["\(port.name) is a port of \(bridge.name) in state \(words)"],
                fix: [host.enter + "bridge link set dev \(port.name) state 3"])
        case 1?, 2?, 4?:
            return finding(
                "bridge", host, "port still \(words) (STP): \(port.name) on \(bridge.name)",
                [
                    "\(port.name) is in state \(words): \(bridge.name) runs the spanning tree protocol",
                    "it heals by itself after twice the forward delay",
                ],
                fix: [
                    host.enter + "ip link set \(bridge.name) type bridge stp_state 0",
                    host.enter + "bridge link set dev \(port.name) state 3",
                ])
        default: return nil
        }
    }

    /// The MACs behind the ports.
    func checkDatabase() -> Report.Finding? {
        guard let device, let cable, let bridge, let mac = device.mac, cable.link.master == bridge.index else {
            return nil
        }
        let entries = ((try? host.socket.forwardingEntries()) ?? []).filter {
            $0.mac == mac && $0.master == bridge.index
        }
        for port in host.links where port.master == bridge.index && port.index != cable.link.index {
            let other = owner(ofPort: port)
            if let other, other.link.mac == mac {
                let address = other.station.prefixes(on: other.link.index, .v4).first?.address
                var fixes = ["# give one of the two a MAC of its own"]
                if case .v4(let address)? = address {
                    fixes = [
                        other.station.enter + "ip link set \(other.link.name) address \(MACAddress(endpoint: address))"
                    ]
                }
                return finding(
                    "bridge", host, "duplicate MAC on \(bridge.name)",
                    [
                        "\(origin.label) and \(other.station.label) both have \(mac): the bridge sends to whoever spoke last"
                    ],
                    fix: fixes)
            }
            // NUD_NOARP (static) or NUD_PERMANENT: set by hand.
            if let entry = entries.first(where: { $0.index == port.index }), entry.state & 0xC0 != 0 {
                return finding(
                    "bridge", host,
                    "forwarding database pins \(origin.label)'s MAC to \(other?.station.label ?? port.name)'s port",
                    ["\(mac) is behind \(cable.link.name), but a static entry says \(port.name)"],
                    fix: [host.enter + "bridge fdb del \(mac) dev \(port.name) master"])
            }
        }
        return nil
    }

    /// The port of a target on the same bridge.
    func checkTarget() -> Report.Finding? {
        guard let bridge, let hop = path.hops.first(where: { $0.outputPort != nil }), let port = hop.outputPort,
            let (owner, end) = owner(ofPort: port)
        else { return nil }
        if !end.isUp || !port.isUp {
            let (station, link) = end.isUp ? (host, port) : (owner, end)
            return finding(
                "link", station,
                end.isUp ? "the host end of \(owner.label)'s cable is down" : "\(end.name) is down in \(owner.label)",
                ["\(link.name) is not set up"], fix: [station.enter + "ip link set \(link.name) up"])
        }
        if let finding = checkPort(port, bridge) { return finding }
        let mine = device?.mtu ?? 1500
        if port.mtu < mine, probe.largeReturned == false {
            return finding(
                "bridge", host, "port MTU is below the sender's: \(port.name) \(port.mtu), \(origin.label) \(mine)",
                [
                    "a packet of \(mine) bytes from \(origin.label) does not come back, a small one does",
                    "a bridge cannot say \"too big\": it drops in silence",
                ],
                fix: [
                    host.enter + "ip link set \(port.name) mtu \(mine)",
                    owner.enter + "ip link set \(end.name) mtu \(mine)",
                ])
        }
        guard probe.reply == nil, let mac = end.mac,
            let flags = host.output("bridge", ["-d", "link", "show", "dev", port.name]), flags.contains(" flood off")
        else { return nil }
        let known = ((try? host.socket.forwardingEntries()) ?? []).contains {
            $0.mac == mac && $0.master == bridge.index && $0.index == port.index
        }
        if known { return nil }
        return finding(
            "bridge", host, "unknown unicast is not flooded to \(owner.label)'s port",
            [
                "\(bridge.name) does not know where \(mac) is\(flags.contains(" learning off") ? ", and \(port.name) does not learn" : "")",
                "\(port.name) is left out when unknown addresses are flooded",
            ], fix: [host.enter + "bridge link set dev \(port.name) flood on learning on"])
    }

    /// Queues that drop, on the host's devices of the path.
    func checkQueues() -> Report.Finding? {
        var candidates: [(Station, Link)] = []
        if let cable { candidates.append((host, cable.link)) }
        if let device { candidates.append((origin, device)) }
        for hop in path.hops {
            if let output = hop.output { candidates.append((machine.stations[hop.station], output)) }
            if let port = hop.outputPort { candidates.append((host, port)) }
        }
        for (station, link) in candidates {
            guard let text = station.output("tc", ["-s", "qdisc", "show", "dev", link.name]) else { continue }
            var queue = ""
            for line in text.split(separator: "\n") {
                if line.hasPrefix("qdisc") { queue = String(line.split(separator: " ").dropFirst().first ?? "") }
                guard let range = line.firstRange(of: "(dropped "),
                    let count = Int(line[range.upperBound...].prefix { $0 != "," }),
                    count > 0, !["noqueue", "fq_codel", "pfifo_fast", "mq"].contains(queue)
                else { continue }
                return finding(
                    "link", station, "qdisc drops on \(link.name)",
                    ["\(queue) at \(link.name) has dropped \(count) packets"],
                    fix: [station.enter + "tc qdisc del dev \(link.name) root"])
            }
        }
        return nil
    }
}
