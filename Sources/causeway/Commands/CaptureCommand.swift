import EngineAPI
import EngineClient
import Explain
import Glibc
import PacketCapture
import Synchronization
import SystemCalls

/// `causeway capture`.
enum CaptureCommand {
    static let command = Command(
        ["capture"], usage: "[OPTIONS] SOURCE [FILTER...]",
        "Show the packets of a container, namespace or device at every device of their way out; FILTER is a subset of "
            + "tcpdump's: icmp, tcp, udp, arp, host A, net A/L, port N, src, dst, and, or, not",
        flags: [
            Flag("count", "c", .int, "End after so many packets"), ExplainCommands.daemonFlag,
            Flag("format", nil, .string, "Print in this format: text (default) or json, an object a line"),
            Flag("interface", "i", .list, "Listen at this device of the way only, as it is called there"),
            Flag("path", nil, .bool, "One packet as a row, the devices of its way as columns"),
            Flag("snaplen", nil, .int, "Keep so many bytes of a packet", shownDefault: "65536"),
            Flag("write", "w", .string, "Write a pcapng file with a block for each namespace and device"),
        ], operands: .atLeast(1)
    ) { call throws(ClientError) in
        let arguments = call.arguments
        var options = CaptureOptions(source: arguments.operands[0])
        options.filter = Array(arguments.operands.dropFirst())
        options.interfaces = arguments.list("interface")
        if arguments.isSet("count") { options.count = Int(arguments.text("count")) ?? 0 }
        if arguments.isSet("snaplen") { options.snapLength = Int(arguments.text("snaplen")) ?? 0 }
        options.byJourney = arguments.flag("path")
        guard ["", "text", "json"].contains(arguments.text("format")) else {
            throw .local("unknown format \"\(arguments.text("format"))\": use text or json")
        }
        return try ExplainCommands.usesDaemon(call) ? stream(call, options) : record(call, options)
    }

    // MARK: By this program

    private static func record(_ call: Invocation, _ options: CaptureOptions) throws(ClientError) -> Int32 {
        let map = try ExplainCommands.observe(call)
        let capture: Capture
        do throws(ExplainError) { capture = try Capture(options, on: map) } catch {
            throw .local(error.description, exitStatus: error.kind == .invalid ? 2 : 1)
        }
        let asJSON = call.arguments.text("format") == "json"
        let file = call.arguments.text("write")
        return try ExplainCommands.local {
            let output = try file.isEmpty ? nil : create(file)
            func write(_ bytes: [UInt8]) throws { try output?.withDescriptor { try $0.writeAll(bytes) } }
            try write(capture.fileHeader)
            let stopping = StopSignals(capture.stopDescriptor)
            defer { stopping.end() }
            Console.complain("listening on \(capture.devices.joined(separator: ", ")); Ctrl-C ends")
            var table = JourneyTable(devices: capture.devices, words: capture.words)
            if options.byJourney, !asJSON { Console.line(table.header) }
            let width = capture.devices.map(\.count).max() ?? 0
            let count = try capture.run { packet in
                if options.byJourney { return }
                if asJSON { return Console.line(try text(capture.record(packet))) }
                let title = capture.devices[packet.device]
                let pad = String(repeating: " ", count: width - title.count)
                let line = capture.words.line(packet.content)
                Console.line("\(CaptureSession.clock(packet.time)) \(title)\(pad) \(line)")
            } journey: { journey in
                if options.byJourney {
                    Console.line(asJSON ? try text(capture.record(journey)) : table.row(journey))
                }
                try write(capture.fileBlocks(journey))
            }
            let lost = capture.lost()
            let loss = lost > 0 ? ", \(lost) lost by the kernel: use a filter" : ""
            Console.complain("\(count) packet\(count == 1 ? "" : "s")\(loss)")
            return 0
        }
    }

    private static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONText.encode(value), as: UTF8.self)
    }

    private static func create(_ file: String) throws(SystemCallError) -> SharedFileDescriptor {
        SharedFileDescriptor(try FileDescriptor.open(file, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644))
    }

    // MARK: By the daemon

    /// Prints what the daemon sees: with `-w` the file alone, else an object a line or its words.
    private static func stream(_ call: Invocation, _ options: CaptureOptions) throws(ClientError) -> Int32 {
        let file = call.arguments.text("write")
        let asJSON = call.arguments.text("format") == "json"
        var query = [("source", options.source), ("filter", options.filter.joined(separator: " "))]
        query += options.interfaces.map { ("interface", $0) }
        if let count = options.count { query.append(("count", "\(count)")) }
        query.append(("snaplen", "\(options.snapLength)"))
        if options.byJourney { query.append(("path", "1")) }
        query.append(("format", file.isEmpty ? "json" : "pcapng"))
        let request = EngineRequest("GET", "/causeway/capture", query: query)
        let reply = try ExplainCommands.asked { () throws(ClientError) in try call.client.send(request) }
        let output = try file.isEmpty ? nil : ExplainCommands.local { try create(file) }
        Console.complain("the daemon listens on the way of \(options.source); Ctrl-C ends")
        var rest: [UInt8] = []
        while let bytes = try reply.read() {
            if let output {
                try ExplainCommands.local { try output.withDescriptor { try $0.writeAll(bytes) } }
                continue
            }
            rest += bytes
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                try printLine(Array(rest[..<end]), asJSON: asJSON, byJourney: options.byJourney)
                rest.removeSubrange(...end)
            }
        }
        return 0
    }

    private static func printLine(_ line: [UInt8], asJSON: Bool, byJourney: Bool) throws(ClientError) {
        if asJSON { return Console.line(String(decoding: line, as: UTF8.self)) }
        do {
            if byJourney {
                let journey = try JSONText.decode(JourneyRecord.self, from: line)
                let rewrites = journey.rewrites.map { rewrite in
                    "  \(rewrite.end == "source" ? "src" : "dst")⇒\(rewrite.after) at \(rewrite.at)"
                }
                let way = journey.sightings.map { "\($0.device) +\($0.microseconds)" }.joined(separator: " ─ ")
                Console.line("\(way)   \(journey.text)\(rewrites.joined())")
            } else {
                let packet = try JSONText.decode(PacketRecord.self, from: line)
                Console.line("\(CaptureSession.clock(packet.time)) \(packet.device) \(packet.text)")
            }
        } catch {
            throw ClientError(.transport, "the daemon's answer is not understood: \(error.message)")
        }
    }
}

/// SIGINT and SIGTERM end a capture in good order: a byte goes to its descriptor. One at a time in a process.
private struct StopSignals {
    private static let target = Atomic<CInt>(-1)

    init(_ descriptor: CInt) {
        Self.target.store(descriptor, ordering: .releasing)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                var byte: UInt8 = 1
                _ = unsafe write(StopSignals.target.load(ordering: .acquiring), &byte, 1)
            }
        }
    }

    func end() {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        Self.target.store(-1, ordering: .releasing)
    }
}
