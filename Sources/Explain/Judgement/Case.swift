import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Everything known about one question: the machine, the way that its tables describe there and back, and what a probe
/// showed. Checks read it and say what is wrong.
struct Case {
    let machine: Machine
    let source: Int
    /// The way there.
    let path: Path
    /// The way of the answer, from where it is made or comes back in.
    let back: Path?
    let probe: ProbeResult
    /// Where a rule that judged the probe sends it, as its text says; conntrack forgets what came to nothing.
    var translated: (address: IPAddress, port: UInt16)?
    /// A TCP port that answered where ICMP did not.
    var answeringPort: UInt16?
    /// Rules of iptables-legacy that counted a second probe, by station.
    var legacy: [Int: [LegacyRule]] = [:]
    /// What the engine says of the stations' containers, by label.
    var containers: [String: Explainer.Container] = [:]
    /// Whether the way is what was asked for.
    var isTrace = false
    /// Stations whose devices were watched.
    var watched: [Int] = []
    /// What the engine says of its networks.
    var networks: [Explainer.Network] = []

    private let forward: [Step]
    private let backward: [Step]

    init(machine: Machine, source: Int, path: Path, back: Path?, probe: ProbeResult) {
        self.machine = machine
        self.source = source
        self.path = path
        self.back = back
        self.probe = probe
        forward = path.steps(isReply: false)
        backward = back?.steps(isReply: true) ?? []
    }

    var origin: Station { machine.stations[source] }
    var destination: IPAddress { probe.flow.destination }
    var family: IPFamily { destination.family }
    /// `-6 ` for ip(8).
    var option: String { family == .v6 ? "-6 " : "" }

    /// The device by which the source sends, or would: what its route says, else its only Ethernet device.
    var device: Link? {
        path.hops.first?.output
            ?? origin.links.first { ["veth", "macvlan", "ipvlan"].contains($0.kind) && !origin.isOwn }
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
        path.source ?? device.flatMap { origin.prefixes(on: $0.index, family).first?.address }
    }

    /// The address that the probe is for behind the last translation.
    var target: IPAddress { probe.connection?.reply.source ?? translated?.address ?? destination }
    /// Its port there.
    var targetPort: UInt16 {
        let tracked = probe.flow.kind == .icmp ? nil : probe.connection?.reply.sourcePort
        return tracked ?? translated?.port ?? probe.flow.port
    }

    /// The station that has an address: one on the way, else one that a cable of the host leads to. Others may well have
    /// the same address and nothing to do with it.
    func owner(of address: IPAddress) -> Station? {
        if address.isLoopback { return nil }
        let near = watched + path.hops.map(\.station) + (back?.hops.map(\.station) ?? [])
        let cabled = machine.stations[0].links.lazy.compactMap { machine.peer(of: $0, in: 0)?.station }
        let place =
            near.first { machine.stations[$0].owner(of: address) != nil }
            ?? cabled.first { machine.stations[$0].owner(of: address) != nil }
        return place.map { machine.stations[$0] }
    }

    // MARK: How far it came

    /// Where the probe or its answer was lost: the step that follows the last place where it was seen; nil where it was
    /// seen to the end.
    var gap: Step? {
        let answer = backward.lastIndex { isSeen($0, .packet) }
        if let answer { return answer + 1 < backward.count ? backward[answer + 1] : nil }
        if isAnswered { return backward.first }
        guard let last = forward.lastIndex(where: { isSeen($0, .packet) }) else { return forward.first }
        if last + 1 < forward.count { return forward[last + 1] }
        return backward.first
    }

    /// Steps before a gap: what is in order.
    func passed(before gap: Step?) -> [Step] {
        let all = forward + backward
        guard let gap else { return all }
        let place = all.firstIndex {
            $0.kind == gap.kind && $0.station == gap.station && $0.isReply == gap.isReply
                && $0.from?.index == gap.from?.index
        }
        return Array(all[..<(place ?? 0)])
    }

    /// The steps of a link that follow a station's routing.
    func link(after step: Step) -> [Step] {
        let all = step.isReply ? backward : forward
        guard
            let place = all.firstIndex(where: {
                $0.kind == step.kind && $0.station == step.station && $0.from?.index == step.from?.index
            })
        else { return [] }
        return Array(all[(place + 1)...].prefix { [.cable, .up, .across, .down].contains($0.kind) })
    }

    /// Whether the answer was seen anywhere.
    var isAnswered: Bool {
        probe.connection?.status.contains(.seenReply) == true
            || probe.sightings.contains { if case .reply = $0.content { true } else { false } }
    }

    /// Whether something was seen where a step ends.
    func isSeen(_ step: Step, _ subject: Subject, of neighbour: IPAddress? = nil) -> Bool {
        guard let to = step.to else { return false }
        let isOutgoing = [.leave, .route, .across, .down].contains(step.kind)
        return probe.sightings.contains {
            guard $0.station == step.far, $0.device == to.index, $0.isOutgoing == isOutgoing else { return false }
            return switch ($0.content, subject) {
            case (.probe, .packet): !step.isReply
            case (.reply, .packet): step.isReply
            case (.question(let asked, _), .question): asked == neighbour
            case (.answer(let told, _), .answer): told == neighbour
            default: false
            }
        }
    }

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

    /// Whether a judgement is about the answer: it comes from where the probe went to.
    func isReply(_ event: TraceEvent) -> Bool {
        guard let from = event.source, let to = event.destination else { return false }
        if to == destination || to == target { return from == destination && to == target }
        if from == destination || from == target { return true }
        return (to == sourceAddress || to == probe.connection?.reply.destination) && from != sourceAddress
    }

    /// Judgements in a station about the probe or about its answer.
    func events(in station: Int, isReply wanted: Bool) -> [TraceEvent] {
        probe.events.filter { $0.station == station && isReply($0) == wanted }
    }

    /// Whether the probe, or its answer, came through all rules of a hook: `forward`.
    func passes(_ hook: String, in station: Int, isReply: Bool) -> Bool {
        events(in: station, isReply: isReply).contains { $0.end == hook && $0.family == 1 }
            || events(in: station, isReply: isReply).contains { $0.end == hook && [2, 10].contains($0.family) }
    }

    func finding(
        _ layer: String, _ station: Station, _ headline: String, _ evidence: [String], fix: [String],
        proved: Bool = true
    ) -> Report.Finding {
        Report.Finding(
            layer: layer, hop: station.label, headline: headline, isProved: proved, evidence: evidence, fixes: fix)
    }
}
