import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Tells the way of a probe, or of its answer: the hops that the tables describe, each with what the kernel showed of
/// the packet there.
struct Way {
    let facts: Case
    let path: Path
    let isReply: Bool
    /// When the probe left its source.
    let start: Int64?
    private var hops: [Report.Hop] = []

    init(_ facts: Case, _ path: Path, isReply: Bool, start: Int64?) {
        self.facts = facts
        self.path = path
        self.isReply = isReply
        self.start = start
    }

    /// The hops of one direction, numbered from 1.
    static func hops(
        _ facts: Case, _ path: Path, isReply: Bool, start: Int64?
    ) -> [Report.Hop] {
        var way = Way(facts, path, isReply: isReply, start: start)
        for hop in path.hops { way.add(hop) }
        return way.hops
    }

    private func station(_ hop: Path.Hop) -> Station { facts.machine.stations[hop.station] }

    private mutating func add(_ hop: Path.Hop) {
        let station = station(hop)
        let judgements = Judgements(facts, hop.station, isReply: isReply)
        var steps: [Report.Step] = []
        if let port = hop.inputPort, let bridge = hop.input {
            put(
                "L2", station,
                [device(hop.station, port, "▸ \(port.name)"), entry(station, bridge, station.links, bridge.mac)]
                    + judgements.bridged + [device(hop.station, bridge, "▸ \(bridge.name)")])
        } else if let input = hop.input {
            steps.append(device(hop.station, input, "▸ \(input.name)"))
        }
        steps += decision(hop, station)
        steps += hop.inputPort == nil ? judgements.all : judgements.routed
        steps += translation(hop)
        if hop.isDelivered {
            steps.append(Report.Step(.delivered, "delivered: \(station.label) has \(hop.target)"))
        } else if let output = hop.output {
            steps.append(device(hop.station, output, "\(output.name) ▸"))
        }
        put(hop.input == nil || !station.isOwn ? station.label : "L3", station, steps)
        bridge(after: hop, station)
    }

    private mutating func put(_ title: String, _ station: Station, _ steps: [Report.Step]) {
        hops.append(
            Report.Hop(number: hops.count + 1, title: title, station: station.label, isReply: isReply, steps: steps))
    }

    /// The bridge between this station and the next one, where it is not looked at as a station of its own.
    private mutating func bridge(after hop: Path.Hop, _ station: Station) {
        guard let port = hop.outputPort, let output = hop.output else { return }
        let mac = hop.nextHop.flatMap { station.neighbour($0, on: output.index)?.mac }
        if output.kind == "bridge" {
            put(
                "L2", station,
                [entry(station, output, station.links, mac ?? hop.cable?.link.mac)]
                    + [device(hop.station, port, "\(port.name) ▸")])
        } else if let cable = hop.cable {
            let between = facts.machine.stations[cable.station]
            guard let bridge = between.link(cable.link.master) else { return }
            put(
                "L2", between,
                [
                    device(cable.station, cable.link, "▸ \(cable.link.name)"),
                    entry(between, bridge, between.links, mac),
                ] + Judgements(facts, cable.station, isReply: isReply).all + [
                    device(cable.station, port, "\(port.name) ▸")
                ]
            )
        }
    }

    /// What routing decided.
    private func decision(_ hop: Path.Hop, _ station: Station) -> [Report.Step] {
        if let refusal = hop.refusal { return [Report.Step(.refusal, "✗ route  \(refusal.errno)")] }
        guard let route = hop.route, let output = hop.output, let next = hop.nextHop else { return [] }
        let lookup = RouteLookup(
            to: hop.target, from: hop.input == nil ? nil : path.source,
            arrivesBy: hop.input?.index)
        let known = station.neighbour(next, on: output.index)
        let state = Words.neighbour(known?.state).uppercased()
        return [
            Report.Step(.route, "route  \(station.text((try? station.socket.match(lookup)) ?? route))"),
            Report.Step(.neighbour, "neigh  \(next) = \(known?.mac.map { "\($0)" } ?? "?") \(state)"),
        ]
    }

    /// Which port of a bridge a station is behind.
    private func entry(_ station: Station, _ bridge: Link, _ links: [Link], _ mac: MACAddress?) -> Report.Step {
        guard let mac else { return Report.Step(.port, "fdb    \(bridge.name): the station's MAC is not known") }
        let entries = ((try? station.socket.forwardingEntries()) ?? []).filter { $0.mac == mac }
        if mac == bridge.mac { return Report.Step(.port, "fdb    \(mac) is \(bridge.name) itself: up to the host") }
        guard let entry = entries.first(where: { $0.master == bridge.index }) else {
            return Report.Step(.port, "fdb    \(mac) is not in \(bridge.name)'s database: to every port")
        }
        let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
        let row = Words.station(entry, names)
        return Report.Step(.port, "fdb    \(mac) at \(row.device), \(row.state)")
    }

    /// Whether the packet was there, and when.
    private func device(_ place: Int, _ link: Link, _ text: String) -> Report.Step {
        let seen = isReply ? facts.seenReply(place, link.index) : facts.seen(place, link.index)
        let isWatched = facts.watched.contains(place) && link.isUp
        var step = Report.Step(.device, text)
        step.device = link.name
        if let seen, let start {
            step.microseconds = Int((seen.nanoseconds - start) / 1000)
        } else {
            step.text += isWatched ? "  not seen" : "  (no tap)"
        }
        return step
    }

    /// What connection tracking rewrote at the host.
    private func translation(_ hop: Path.Hop) -> [Report.Step] {
        guard hop.station == 0, let connection = facts.probe.connection else { return [] }
        func end(_ address: IPAddress, _ port: UInt16) -> String {
            facts.probe.flow.kind == .icmp
                ? "\(address)" : address.family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        }
        let (original, reply) = (connection.original, connection.reply)
        let outside = end(reply.destination, reply.destinationPort)
        let inside = end(original.source, original.sourcePort)
        let asked = end(original.destination, original.destinationPort)
        let answering = end(reply.source, reply.sourcePort)
        var steps: [Report.Step] = []
        if connection.status.contains(.destinationNAT) {
            let text = isReply ? "source \(answering) ⇒ \(asked)" : "destination \(asked) ⇒ \(answering)"
            steps.append(Report.Step(.translation, "NAT    \(text)   ct \(connection.id)"))
        }
        if connection.status.contains(.sourceNAT) {
            let text = isReply ? "destination \(outside) ⇒ \(inside)" : "source \(inside) ⇒ \(outside)"
            steps.append(Report.Step(.translation, "NAT    \(text)   ct \(connection.id)"))
        }
        return steps
    }
}

extension Case {
    /// The way there and, where an answer came, the way back.
    func way() -> [Report.Hop] {
        let start = probe.sightings.first { $0.content == .probe }?.nanoseconds
        var hops = Way.hops(self, path, isReply: false, start: start)
        if let back, isAnswered {
            let answer = probe.sightings.first { if case .reply = $0.content { true } else { false } }
            var opening = Report.Step(
                .note, "\(destination) answers \(probe.connection?.reply.destination ?? path.source ?? destination)")
            opening.microseconds = answer.flatMap { answer in start.map { Int((answer.nanoseconds - $0) / 1000) } }
            hops.append(Report.Hop(number: 0, title: "reply", station: "", isReply: true, steps: [opening]))
            hops += Way.hops(self, back, isReply: true, start: start)
        }
        return hops.enumerated().map { index, hop in
            var hop = hop
            hop.number = index + 1
            return hop
        }
    }
}
