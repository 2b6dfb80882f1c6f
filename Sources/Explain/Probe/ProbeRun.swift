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
    var events: [TraceEvent] = []
    /// The host's entry of the connection, where it was confirmed.
    var connection: ConnectionEntry?
    /// Why the source's kernel would not send.
    var refusal: Errno?
    /// Whether a packet as large as the source's MTU came back; nil where none was sent.
    var largeReturned: Bool?
    /// The MTU that an ICMP error named.
    var namedMTU: Int?
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
    /// - Parameters:
    ///   - stations: whose devices are watched, by their places; the first is the source.
    ///   - patience: milliseconds to wait for an answer.
    ///   - size: of the source's MTU, for a second, full-sized packet; 0 sends none.
    static func run(
        _ machine: Machine, _ wanted: ProbeFlow, from source: Int, watching stations: [Int], patience: Int, size: Int
    ) throws -> ProbeResult {
        var flow = wanted
        let origin = machine.stations[source]
        let sender = try open(flow, origin)
        flow.number =
            flow.kind == .icmp
            ? UInt16.random(in: 1024...65535)
            : try InternetSocket.bind(
                sender.rawValue, [UInt8](repeating: 0, count: flow.destination.family == .v4 ? 4 : 16), port: 0)
        var result = ProbeResult(flow: flow)
        result.source = source
        var watchers: [Watcher] = []
        for place in stations {
            do {
                watchers.append(try Watcher(machine.stations[place], place, flow))
            } catch {
                result.missing.append("\(machine.stations[place].label): cannot watch: \(error)")
            }
        }
        defer { for watcher in watchers { watcher.table?.remove() } }
        for watcher in watchers {
            result.missing += (watcher.table?.refusals ?? []).map { "\(machine.stations[watcher.place].label): \($0)" }
        }
        result.refusal = send(flow, sender.rawValue, sequence: 1, size: 1111)
        // A source that cannot send by itself has nothing to wait for.
        let limit = result.refusal == nil ? patience : 30
        collect(watchers, flow, &result, milliseconds: limit) { $0.reply != nil || $0.error != nil }
        if result.reply != nil, flow.kind == .icmp, size > 1400 {
            let before = result.sightings.count
            if send(flow, sender.rawValue, sequence: 2, size: size - (flow.destination.family == .v4 ? 28 : 48)) == nil
            {
                func answers(_ result: ProbeResult) -> Bool {
                    result.sightings.dropFirst(before).contains {
                        if case .reply = $0.content {
                            $0.station == source && !$0.isOutgoing && $0.length >= size
                        } else {
                            false
                        }
                    }
                }
                collect(watchers, flow, &result, milliseconds: 250) { answers($0) || $0.error != nil }
                result.largeReturned = answers(result)
            } else {
                result.largeReturned = false
            }
            if case .error(_, _, let mtu)? = result.error?.content { result.namedMTU = mtu }
        }
        for watcher in watchers { result.events += watcher.listener.take(station: watcher.place) }
        result.connection = connection(machine.stations[0], flow)
        return result
    }

    private final class Watcher {
        let place: Int
        let tap: PacketTap
        let listener: TraceListener
        let table: TraceTable?

        init(_ station: Station, _ place: Int, _ flow: ProbeFlow) throws {
            self.place = place
            let tap = try PacketTap(in: station.namespace)
            let listener = try TraceListener(in: station.namespace)
            self.tap = tap
            self.listener = listener
            let devices = station.links.filter { $0.isUp && $0.kind != "" && $0.kind != "tun" }.map(\.name)
            table = try? TraceTable(
                in: station.namespace, name: "causeway_trace_\(getpid())", flow: flow,
                devices: Array(devices.prefix(32)))
        }
    }

    private static func collect(
        _ watchers: [Watcher], _ flow: ProbeFlow, _ result: inout ProbeResult, milliseconds: Int,
        until isDone: (ProbeResult) -> Bool
    ) {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .milliseconds(milliseconds))
        let reader = FrameReader(flow: flow)
        while true {
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
            }
            if isDone(result) || clock.now >= end { break }
            watchers.first?.tap.wait(milliseconds: 5)
        }
        result.sightings.sort { $0.nanoseconds < $1.nanoseconds }
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

    private static func connection(_ station: Station, _ flow: ProbeFlow) -> ConnectionEntry? {
        guard let socket = try? ConnectionSocket(in: station.namespace),
            let entries = try? socket.entries(flow.destination.family)
        else { return nil }
        return entries.first {
            $0.original.protocolNumber == flow.protocolNumber && $0.original.destination == flow.destination
                && (flow.kind == .icmp || $0.original.sourcePort == flow.number)
        }
    }
}
