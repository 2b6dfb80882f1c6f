import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Everything known about one question: the machine, the way that its tables describe, and what a probe showed.
/// Checks read it and say what is wrong.
struct Case {
    let machine: Machine
    let source: Int
    var path: Path
    var probe: ProbeResult
    /// A TCP port that answered where ICMP did not.
    var answeringPort: UInt16?

    var origin: Station { machine.stations[source] }
    var destination: IPAddress { probe.flow.destination }
    var family: IPFamily { destination.family }

    /// The device by which the source sends, or would: what its route says, else its only Ethernet device.
    var device: Link? {
        path.hops.first?.output ?? origin.links.first { $0.kind == "veth" || $0.kind == "macvlan" }
    }

    /// The host end of the source's cable.
    var cable: (station: Int, link: Link)? { device.flatMap { machine.peer(of: $0, in: source) } }

    /// The station that the source's cable ends in.
    var host: Station { cable.map { machine.stations[$0.station] } ?? machine.stations[0] }

    /// The bridge that the source is plugged into, or belongs to by its address.
    var bridge: Link? {
        if let master = cable?.link.master { return host.link(master) }
        let own = device.map { origin.prefixes(on: $0.index, family) } ?? []
        let gateway = gatewayOfSource
        let bridges = host.links.filter { $0.kind == "bridge" }
        return bridges.first { bridge in
            host.prefixes(on: bridge.index, family).contains { prefix in
                own.contains { prefix.contains($0.address) } || gateway.map { prefix.contains($0) } == true
            }
        } ?? (bridges.count == 1 ? bridges[0] : nil)
    }

    /// The source's default gateway.
    var gatewayOfSource: IPAddress? {
        origin.routes(family).first { $0.destination.length == 0 && $0.gateway != nil }?.gateway
    }

    /// The bridge's address: what the source's gateway is to be.
    var bridgeAddress: IPPrefix? { bridge.flatMap { host.prefixes(on: $0.index, family).first } }

    /// The source's own address.
    var sourceAddress: IPAddress? {
        device.flatMap { origin.prefixes(on: $0.index, family).first?.address } ?? path.source
    }

    /// The hop of the host: where the packet comes in by something and is routed.
    var routing: Path.Hop? { path.hops.first { $0.input != nil && !$0.isDelivered && $0.station != source } }

    /// Sightings of the probe on its way.
    func seen(_ station: Int, _ device: Int32, out: Bool? = nil) -> Sighting? {
        probe.sightings.first {
            $0.content == .probe && $0.station == station && $0.device == device && (out == nil || $0.isOutgoing == out)
        }
    }

    /// Sightings of the answer.
    func seenReply(_ station: Int, _ device: Int32) -> Sighting? {
        probe.sightings.first {
            if case .reply = $0.content { $0.station == station && $0.device == device } else { false }
        }
    }

    /// Whose cable a bridge port of the host is.
    func owner(ofPort port: Link) -> (station: Station, link: Link)? {
        guard let place = machine.stations.firstIndex(where: { $0 === host }),
            let end = machine.peer(of: port, in: place)
        else { return nil }
        return (machine.stations[end.station], end.link)
    }

    func finding(
        _ layer: String, _ station: Station, _ headline: String, _ evidence: [String], fix: [String],
        proved: Bool = true
    ) -> Report.Finding {
        Report.Finding(
            layer: layer, hop: station.label, headline: headline, isProved: proved, evidence: evidence, fixes: fix)
    }
}
