import CLinux
import ConnectionTracking
import Glibc
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// What one probe brought to light.
struct ProbeResult {
    var flow: ProbeFlow
    var sightings: [Sighting] = []
    /// Judgements about the probe and its answer.
    var events: [TraceEvent] = []
    /// Judgements about ARP and neighbour discovery.
    var talk: [TraceEvent] = []
    /// The host's entry of the connection, where it was confirmed.
    var connection: ConnectionEntry?
    /// Why the source's kernel would not send.
    var refusal: Errno?
    /// Whether there was no free local port to send from.
    var hasNoPort = false
    /// Whether the socket that sent got the answer; an answer that is seen at the device may be dropped behind it.
    var isDelivered = false
    /// Whether a packet as large as the source's MTU came back; nil where none was sent.
    var largeReturned: Bool?
    /// The MTU that an ICMP error named.
    var namedMTU: Int?
    /// Bytes of the first packet.
    var length = 0
    /// What the kernel counted meanwhile, by station: names as in `/proc/net/netstat`.
    var counted: [Int: [String: Int]] = [:]
    /// What could not be observed, in words.
    var missing: [String] = []

    /// When the answer reached the source.
    var reply: Sighting? {
        sightings.first { if case .reply = $0.content { $0.station == source && !$0.isOutgoing } else { false } }
    }
    var isRefused: Bool { if case .reply(refuses: true)? = reply?.content { true } else { false } }
    var error: Sighting? {
        sightings.first { if case .error = $0.content { $0.station == source && !$0.isOutgoing } else { false } }
    }
    var source = 0
}

/// Sends a probe and watches it: opens every socket first, sends, collects, and takes everything away.
enum ProbeRun {
    /// What is to be sent, and how it is watched.
    struct Plan {
        var flow: ProbeFlow
        /// The station that sends.
        var source: Int
        /// Whose devices are watched.
        var stations: [Int]
        /// Milliseconds to wait for an answer from beyond what can be looked into.
        var patience = 600
        /// Milliseconds to wait for one from this machine.
        var nearPatience = 250
        /// Where the probe leaves for beyond: station and device; nil where it stays.
        var exit: Exit?
        /// A neighbour on the way that is being asked for already: the kernel asks again within a second, and the probe
        /// waits for that.
        var awaited: IPAddress?
        /// The source's MTU: the packet is not larger.
        var size = 1500
        /// Whether a second packet of that size follows where the first is answered.
        var isLargeToo = false
        /// Whether to have nftables report which rules judge the probe.
        var tracesRules = true
    }

    /// A device by which a packet leaves what can be looked into.
    struct Exit {
        var station: Int
        var device: Int32
    }

    /// Does it. Blocks the thread.
    static func run(_ machine: Machine, _ plan: Plan) throws -> ProbeResult {
        let source = plan.source
        let stations = plan.stations
        var flow = plan.flow
        let origin = machine.stations[source]
        let sender = try open(flow, origin)
        var result = ProbeResult(flow: flow)
        result.source = source
        if flow.kind == .icmp {
            flow.number = UInt16.random(in: 1024...65535)
        } else {
            let any = [UInt8](repeating: 0, count: flow.destination.family == .v4 ? 4 : 16)
            do { flow.number = try InternetSocket.bind(sender.rawValue, any, port: 0) } catch {
                result.refusal = error.errno
                result.hasNoPort = true
                return result
            }
        }
        result.flow = flow
        var watchers: [Watcher] = []
        for place in stations {
            do {
                watchers.append(try Watcher(machine.stations[place], place, flow, tracesRules: plan.tracesRules))
            } catch {
                result.missing.append("\(machine.stations[place].label): cannot watch: \(error)")
            }
        }
        defer { for watcher in watchers { watcher.table?.remove() } }
        for watcher in watchers {
            let label = machine.stations[watcher.place].label
            result.missing += (watcher.table?.refusals ?? []).map { "\(label): \($0)" }
            if let failure = watcher.failure { result.missing.append("\(label): rules cannot be traced: \(failure)") }
        }
        let before = stations.map { Counters.read(machine.stations[$0]) }
        result.length = min(1139, plan.size)
        let header = flow.destination.family == .v4 ? 28 : 48
        result.refusal = send(flow, sender.rawValue, sequence: 1, size: result.length - header)
        // A source that cannot send by itself has nothing to wait for.
        collect(watchers, plan, &result, sender.rawValue)
        if plan.isLargeToo, result.isDelivered, flow.kind == .icmp, plan.size > result.length {
            sendLarge(watchers, flow, &result, sender.rawValue, size: plan.size, header: header)
        }
        for watcher in watchers {
            watcher.take()
            let all = TraceListener.completed(watcher.events)
            result.events += all.filter { !$0.isTalk }
            result.talk += all.filter(\.isTalk)
        }
        for (place, old) in zip(stations, before) where !result.isDelivered {
            result.counted[place] = Counters.difference(old, Counters.read(machine.stations[place]))
        }
        result.connection = connection(machine.stations[0], flow, result.events)
        return result
    }

    /// Whether a full-sized packet comes back, too.
    private static func sendLarge(
        _ watchers: [Watcher], _ flow: ProbeFlow, _ result: inout ProbeResult, _ sender: CInt, size: Int, header: Int
    ) {
        let before = result.sightings.count
        func answers(_ result: ProbeResult) -> Bool {
            result.sightings.dropFirst(before).contains {
                if case .reply = $0.content {
                    $0.station == result.source && !$0.isOutgoing && $0.length >= size
                } else {
                    false
                }
            }
        }
        if send(flow, sender, sequence: 2, size: size - header) == nil {
            let clock = ContinuousClock()
            let end = clock.now.advanced(by: .milliseconds(250))
            repeat {
                look(watchers, FrameReader(flow: flow), &result)
                if answers(result) || result.error != nil { break }
                watchers.first?.tap.wait(milliseconds: 5)
            } while clock.now < end
            result.largeReturned = answers(result)
        } else {
            result.largeReturned = false
        }
        if case .error(_, _, let mtu)? = result.error?.content { result.namedMTU = mtu }
    }

    private final class Watcher {
        let place: Int
        let tap: PacketTap
        let listener: TraceListener?
        let table: TraceTable?
        let failure: (any Error)?
        private(set) var events: [TraceEvent] = []

        init(_ station: Station, _ place: Int, _ flow: ProbeFlow, tracesRules: Bool) throws {
            self.place = place
            let tap = try PacketTap(in: station.namespace)
            self.tap = tap
            guard tracesRules else {
                listener = nil
                table = nil
                failure = ExplainError("that is switched off")
                return
            }
            let devices = station.links.filter { $0.isUp && $0.kind != "" && $0.kind != "tun" }.map(\.name)
            var table: TraceTable?
            var failure: (any Error)?
            let listener = try TraceListener(in: station.namespace)
            do {
                table = try TraceTable(
                    in: station.namespace, name: "causeway_trace_\(getpid())", flow: flow,
                    devices: Array(devices.prefix(32)))
            } catch {
                failure = error
            }
            self.listener = consume listener
            self.table = table
            self.failure = failure
        }

        func take() { events += listener?.take(station: place) ?? [] }
    }

    private static func look(_ watchers: [Watcher], _ reader: FrameReader, _ result: inout ProbeResult) {
        for watcher in watchers {
            // Bounded: under a flood the clock is looked at, too.
            for _ in 0..<20000 {
                guard let frame = try? watcher.tap.next() else { break }
                guard let (content, source, destination, length) = reader.read(frame.bytes) else { continue }
                result.sightings.append(
                    Sighting(
                        station: watcher.place, device: frame.index, isOutgoing: frame.isOutgoing,
                        nanoseconds: frame.time, content: content, source: source,
                        destination: destination, length: length))
            }
            watcher.take()
        }
        result.sightings.sort { $0.nanoseconds < $1.nanoseconds }
    }

    /// Looks until the answer is there, or it is plain that none comes.
    private static func collect(
        _ watchers: [Watcher], _ plan: Plan, _ result: inout ProbeResult, _ sender: CInt
    ) {
        let clock = ContinuousClock()
        let start = clock.now
        let flow = result.flow
        let reader = FrameReader(flow: flow)
        var end = start.advanced(by: .milliseconds(plan.patience))
        if result.refusal != nil { end = start.advanced(by: .milliseconds(30)) }
        var isShortened = false
        var askedAt: ContinuousClock.Instant?
        while true {
            look(watchers, reader, &result)
            if result.refusal == nil, !result.isDelivered { result.isDelivered = hasAnswer(flow, sender) }
            if result.isDelivered || result.isRefused { break }
            // A rule's judgement, an error or an answer at the door: what else belongs to it comes at once.
            let isOver =
                result.error != nil || result.reply != nil
                || watchers.contains { $0.events.contains { $0.isDrop && !$0.isTalk } }
            if isOver, !isShortened {
                isShortened = true
                end = min(end, clock.now.advanced(by: .milliseconds(40)))
            }
            let hasLeft = plan.exit.map { exit in
                result.sightings.contains {
                    $0.content == .probe && $0.station == exit.station && $0.device == exit.device && $0.isOutgoing
                }
            }
            if let awaited = plan.awaited, !isShortened {
                let asked = result.sightings.first {
                    if case .question(awaited, _) = $0.content { true } else { false }
                }
                end = start.advanced(by: .milliseconds(1150))
                if asked != nil {
                    askedAt = askedAt ?? clock.now
                    end = min(end, (askedAt ?? clock.now).advanced(by: .milliseconds(plan.nearPatience)))
                }
            } else if hasLeft != true {
                end = min(end, start.advanced(by: .milliseconds(plan.nearPatience)))
            } else if !isShortened {
                end = start.advanced(by: .milliseconds(plan.patience))
            }
            if clock.now >= end { break }
            if let first = watchers.first {
                first.tap.wait(milliseconds: 5)
            } else {
                _ = FileDescriptor.waitReadable(sender, milliseconds: 5)
            }
        }
    }

    /// The host's entry of the probe's connection: the one that the kernel's reports name, since 6.18, else by its number.
    private static func connection(
        _ station: Station, _ flow: ProbeFlow, _ events: [TraceEvent]
    ) -> ConnectionEntry? {
        let filter = ConnectionFilter(protocolNumber: flow.protocolNumber, originalDestination: flow.destination)
        guard let socket = try? ConnectionSocket(in: station.namespace),
            let entries = try? socket.entries(flow.destination.family, filter)
        else { return nil }
        let named = Set(events.filter { $0.station == 0 }.compactMap(\.connection))
        return entries.first { named.contains($0.id) }
            ?? entries.first {
                (flow.kind == .icmp ? $0.original.identifier : $0.original.sourcePort) == flow.number
            }
    }
}
