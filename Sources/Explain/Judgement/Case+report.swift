import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

extension Case {
    /// The whole report: the judgement, and the way hop by hop.
    func report(_ source: String, _ destinationWord: String) -> Report {
        let (found, ruledOut) = judge()
        let start = probe.sightings.first { $0.content == .probe }?.nanoseconds
        let time = probe.reply.flatMap { reply in start.map { Int((reply.nanoseconds - $0) / 1000) } }
        let judged = probe.events.filter { !$0.table.hasPrefix("causeway_trace") }
        let traces = Set(judged.map { "\($0.station) \($0.table) \($0.chain)" }).count
        return Report(
            source: source, destination: destinationWord, address: "\(destination)",
            isReached: probe.reply != nil && probe.isDelivered, microseconds: time, finding: found, ruledOut: ruledOut,
            hops: hops(since: start), missing: probe.missing,
            evidence:
                "\(probe.sightings.count) sightings · \(traces) traced chains · \(probe.connection == nil ? 0 : 1) flow"
        )
    }

    /// The way as it was walked and seen.
    private func hops(since start: Int64?) -> [Report.Hop] {
        func micros(_ sighting: Sighting?) -> Int? {
            guard let sighting, let start else { return nil }
            return Int((sighting.nanoseconds - start) / 1000)
        }
        var hops: [Report.Hop] = []
        func add(_ title: String, _ lines: [String], _ time: Int?) {
            hops.append(Report.Hop(number: hops.count + 1, title: title, lines: lines, microseconds: time))
        }
        for hop in path.hops {
            let station = machine.stations[hop.station]
            if let port = hop.inputPort, let bridge = hop.input {
                add("L2", ["\(port.name) ▸ \(bridge.name)   fdb: host-local"], micros(seen(hop.station, port.index)))
            }
            var lines: [String] = []
            if hop.isDelivered { lines.append("delivered: \(station.label) has the address") }
            if let refusal = hop.refusal { lines.append("✗ route  \(refusal.errno)") }
            if let route = hop.route, let output = hop.output, let next = hop.nextHop {
                let entry =
                    (try? station.socket.match(
                        RouteLookup(
                            to: path.destination, from: hop.input == nil ? nil : path.source,
                            arrivesBy: hop.input?.index))) ?? route
                lines.append("route  \(station.text(entry))")
                let known = station.neighbour(next, on: output.index)
                lines.append(
                    "neigh  \(next) = \(known?.mac.map { "\($0)" } ?? "?") \(Words.neighbour(known?.state).uppercased())"
                )
            }
            lines += rules(hop.station)
            if let port = hop.outputPort { lines.append("port   \(port.name) ▸ \(hop.output?.name ?? "?")") }
            if let output = hop.output { lines.append("\(output.name) ▸") }
            let at = hop.output ?? hop.input
            add(
                hop.station == source ? station.label : hop.isDelivered && !station.isOwn ? station.label : "L3", lines,
                micros(at.flatMap { seen(hop.station, $0.index) }))
        }
        if let reply = probe.reply {
            add(
                "reply",
                [
                    "\(destination) ▸ \(probe.connection?.status.contains(.sourceNAT) == true ? "un-NAT ▸ " : "")\(origin.label)"
                ], micros(reply))
        }
        return hops
    }

    /// The rules that judged the probe in a station, one line each, with the translation.
    private func rules(_ place: Int) -> [String] {
        // Of a `why` that found nothing wrong nobody reads the rules, and listing them takes longest.
        let isWanted = isTrace || !probe.isDelivered
        let events = probe.events.filter {
            isWanted && $0.station == place && !$0.table.hasPrefix("causeway_trace")
        }
        let listing = events.isEmpty ? RuleListing(nft: "", iptables: "") : machine.stations[place].rules
        var lines: [String] = []
        for event in events where event.source != destination && event.source != probe.connection?.reply.source {
            let verdict =
                switch event.verdict {
                case 0: "DROP   ◄ decided"
                case 1: "ACCEPT"
                case -3, -4: "→ \(event.target)"
                case -5: "↩"
                default: ""
                }
            if let (chain, number, rule) = listing.find(event) {
                lines.append("\(chain.table)/\(chain.name) #\(number)  \(rule.iptables ?? rule.text)  \(verdict)")
            } else if event.isPolicy {
                lines.append("\(event.table)/\(event.chain) policy \(verdict)")
            }
        }
        if let connection = probe.connection, place == 0 {
            if connection.status.contains(.sourceNAT) {
                lines.append(
                    "NAT    \(connection.original.source) ⇒ \(connection.reply.destination)   ct \(connection.id)")
            }
            if connection.status.contains(.destinationNAT) {
                lines.append(
                    "NAT    \(connection.original.destination) ⇒ \(connection.reply.source)   ct \(connection.id)")
            }
        }
        return lines
    }
}
