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
        for (place, old) in zip(stations, before) {
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

    /// Whether the socket has what it asked for.
    private static func hasAnswer(_ flow: ProbeFlow, _ sender: CInt) -> Bool {
        switch flow.kind {
        case .tcp:
            return isConnected(sender)
        case .udp, .icmp:
            for _ in 0..<64 {
                var buffer = [UInt8](repeating: 0, count: 2048)
                var count = 0
                var span = buffer.mutableSpan
                if case .bytes(let number) = InternetSocket.receive(sender, into: &span) {
                    count = number
                } else {
                    break
                }
                if flow.kind == .udp { return true }
                // With IPv4, a raw socket gets the header, too (raw(7)).
                let start = flow.destination.family == .v4 ? Int(buffer[0] & 0xF) * 4 : 0
                guard count >= start + 8, [0, 129].contains(buffer[start]) else { continue }
                if UInt16(buffer[start + 4]) << 8 | UInt16(buffer[start + 5]) == flow.number { return true }
            }
            return false
        }
    }

    /// getpeername(2) knows a peer once the connection is made.
    private static func isConnected(_ number: CInt) -> Bool {
        var peer = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &peer) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getpeername(number, $0, &size) == 0
            }
        }
    }

    /// TCP ports that answer, with a connection or a refusal.
    ///
    /// - Returns: the first of them; nil where none does within 200 ms.
    static func answeringPort(of destination: IPAddress, from station: Station, among ports: [UInt16]) -> UInt16? {
        var asked: [(port: UInt16, socket: SharedFileDescriptor)] = []
        let family = destination.family == .v4 ? AF_INET : AF_INET6
        for port in ports {
            guard let socket = try? station.namespace.socket(family, CInt(SOCK_STREAM.rawValue), 0),
                (try? socket.setNonBlocking(true)) != nil,
                (try? InternetSocket.connect(socket.rawValue, destination.bytes, port: port)) != nil
            else { continue }
            asked.append((port, SharedFileDescriptor(socket)))
        }
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .milliseconds(200))
        repeat {
            for (port, socket) in asked {
                // ECONNREFUSED is an answer, too.
                if isConnected(socket.rawValue) || InternetSocket.connectionError(socket.rawValue)?.rawValue == 111 {
                    return port
                }
            }
            if let first = asked.first { _ = FileDescriptor.waitReadable(first.socket.rawValue, milliseconds: 10) }
        } while clock.now < end && !asked.isEmpty
        return nil
    }

    private static func open(_ flow: ProbeFlow, _ station: Station) throws -> FileDescriptor {
        let family = flow.destination.family == .v4 ? AF_INET : AF_INET6
        let socket: FileDescriptor =
            switch flow.kind {
            case .icmp: try station.namespace.socket(family, CInt(SOCK_RAW.rawValue), CInt(flow.protocolNumber))
            case .tcp: try station.namespace.socket(family, CInt(SOCK_STREAM.rawValue), 0)
            case .udp: try station.namespace.socket(family, CInt(SOCK_DGRAM.rawValue), 0)
            }
        try socket.setNonBlocking(true)
        if flow.kind == .icmp, family == AF_INET {
            // IP_MTU_DISCOVER, IP_PMTUDISC_PROBE: never fragmented, whatever is known of the path.
            try? SocketOption.set(socket.rawValue, level: 0, name: 10, value: 3)
        }
        return socket
    }

    /// Sends once; a TCP socket connects.
    ///
    /// - Returns: why the kernel would not.
    private static func send(_ flow: ProbeFlow, _ number: CInt, sequence: UInt16, size: Int) -> Errno? {
        do {
            try InternetSocket.connect(number, flow.destination.bytes, port: flow.kind == .icmp ? 0 : flow.port)
        } catch {
            return error.errno
        }
        var bytes: [UInt8]
        switch flow.kind {
        case .tcp: return nil
        case .udp: bytes = Array("causeway".utf8)
        case .icmp:
            let type: UInt8 = flow.destination.family == .v4 ? 8 : 128
            bytes = [type, 0, 0, 0, UInt8(flow.number >> 8), UInt8(flow.number & 0xFF), 0, UInt8(sequence)]
            bytes += (0..<max(0, size)).map { UInt8(truncatingIfNeeded: $0) }
            if flow.destination.family == .v4 {
                let sum = checksum(bytes)
                bytes[2] = UInt8(sum >> 8)
                bytes[3] = UInt8(sum & 0xFF)
            }
        }
        if case .failed(let errno) = InternetSocket.send(number, bytes.span) { return errno }
        return nil
    }

    /// RFC 1071.
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
        }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
        return ~UInt16(sum)
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
