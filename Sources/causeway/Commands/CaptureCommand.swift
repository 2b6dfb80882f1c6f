import EngineAPI
import EngineClient
import Explain
import Glibc
import IPAddressing
import PacketCapture
import RouteNetlink
import SystemCalls

/// `causeway capture`.
enum CaptureCommand {
    static let command = Command(
        ["capture"], usage: "[OPTIONS] SOURCE [FILTER...]",
        "Show the packets of a container, namespace or device at every device of their way out; FILTER is a subset of "
            + "tcpdump's: icmp, tcp, udp, arp, host A, net A/L, port N, src, dst, and, or, not",
        flags: [
            Flag("count", "c", .int, "End after so many packets"),
            Flag("interface", "i", .list, "Listen at this device of the way only, as it is called there"),
            Flag("path", nil, .bool, "One packet as a row, the devices of its way as columns"),
            Flag("snaplen", nil, .int, "Keep so many bytes of a packet", shownDefault: "65536"),
            Flag("write", "w", .string, "Write a pcapng file with a block for each namespace and device"),
        ], operands: .atLeast(1)
    ) { call throws(ClientError) in
        let arguments = call.arguments
        let map = try ExplainCommands.observe(call.client)
        let way = try way(arguments.operands[0], map, only: arguments.list("interface"))
        let addresses = Self.addresses(map)
        let filter: PacketFilter
        do throws(PacketFilter.SyntaxError) {
            filter = try PacketFilter(Array(arguments.operands.dropFirst())) { name in
                addresses.first { $0.value == name }?.key
            }
        } catch {
            throw ClientError(.usage, "\(error.description)", exitStatus: 2)
        }
        let snapLength = arguments.isSet("snaplen") ? Int(arguments.text("snaplen")) ?? 0 : 65536
        guard (64...262144).contains(snapLength) else { throw .local("--snaplen takes 64 to 262144 bytes") }
        let limit = arguments.isSet("count") ? Int(arguments.text("count")) ?? 0 : nil
        if let limit, limit < 1 { throw .local("--count takes a number from 1 on") }
        return try ExplainCommands.local {
            try record(
                way, filter, PacketWords(names: addresses), map: map, snapLength: snapLength, limit: limit,
                asRows: arguments.flag("path"), file: arguments.text("write"))
        }
    }

    /// A device to listen at.
    private struct Stop {
        /// `red/eth0`, or the name alone for the host's.
        var title: String
        var name: String
        /// nil is this namespace.
        var path: String?
    }

    /// The devices on the way out of a source.
    private static func way(
        _ source: String, _ map: NetworkMap, only: [String]
    ) throws(ClientError) -> [Stop] {
        var stops: [Stop] = []
        let name = source.hasPrefix("netns:") ? String(source.dropFirst(6)) : source
        let uplinks = map.devices.filter { $0.gateway != nil }.map { Stop(title: $0.name, name: $0.name) }
        if name == "host" {
            stops = uplinks
        } else if let place = map.namespaces.first(where: { $0.owner == name }) {
            for device in place.devices {
                stops.append(Stop(title: "\(name)/\(device.name)", name: device.name, path: place.path))
                let bridge = map.bridges.first { bridge in
                    bridge.ports.contains { $0.peer?.owner == name && $0.peer?.interface == device.name }
                }
                let port = bridge?.ports.first { $0.peer?.owner == name && $0.peer?.interface == device.name }
                stops += [port?.name, bridge?.device.name, device.parent].compactMap { $0 }
                    .map { Stop(title: $0, name: $0) }
                stops += map.devices.filter { $0.peer?.owner == name && $0.peer?.interface == device.name }
                    .map { Stop(title: $0.name, name: $0.name) }
            }
            stops += uplinks.filter { uplink in !stops.contains { $0.title == uplink.title } }
        } else if let bridge = map.bridges.first(where: { $0.device.name == name }) {
            stops = bridge.ports.map { Stop(title: $0.name, name: $0.name) } + [Stop(title: name, name: name)] + uplinks
        } else if map.devices.contains(where: { $0.name == name })
            || map.bridges.contains(where: { $0.ports.contains { $0.name == name } })
        {
            stops = [Stop(title: name, name: name)]
        } else {
            throw .local(unknown(name, map))
        }
        if !only.isEmpty { stops = stops.filter { only.contains($0.name) || only.contains($0.title) } }
        guard !stops.isEmpty else {
            throw .local("no device to listen at: \(only.joined(separator: ", ")) is not on the way of \(source)")
        }
        return stops
    }

    private static func unknown(_ name: String, _ map: NetworkMap) -> String {
        let known =
            map.namespaces.map(\.owner) + map.bridges.map(\.device.name) + map.devices.map(\.name) + ["host"]
        return "\"\(name)\" is no running container, namespace or device that can be seen here; there are: "
            + known.joined(separator: ", ")
    }

    /// Names for addresses: each container's, and this host's devices.
    private static func addresses(_ map: NetworkMap) -> [IPAddress: String] {
        var names: [IPAddress: String] = [:]
        func add(_ prefixes: [String], _ name: String) {
            for address in prefixes.compactMap({ IPPrefix($0)?.address }) { names[address] = name }
        }
        for place in map.namespaces { for device in place.devices { add(device.addresses, place.owner) } }
        for bridge in map.bridges { add(bridge.device.addresses, bridge.device.name) }
        for device in map.devices { add(device.addresses, "host") }
        return names
    }

    private static func tap(_ stop: Stop) throws -> PacketTap {
        let namespace = try stop.path.map { try NetworkNamespace(path: $0) } ?? .current()
        guard let link = try RouteSocket(in: namespace).link(named: stop.name) else {
            throw ClientError.local("\(stop.title) is gone")
        }
        return try PacketTap(in: namespace, index: link.index)
    }

    private static func record(
        _ way: [Stop], _ filter: PacketFilter, _ words: PacketWords, map: NetworkMap, snapLength: Int, limit: Int?,
        asRows: Bool, file: String
    ) throws -> Int32 {
        let titles = way.map(\.title)
        let output =
            try file.isEmpty
            ? nil : SharedFileDescriptor(FileDescriptor.open(file, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644))
        func write(_ bytes: [UInt8]) throws { try output?.withDescriptor { try $0.writeAll(bytes) } }
        try write(PcapngFile.header(devices: titles, snapLength: UInt32(snapLength)))
        let session = try CaptureSession(try way.map(tap), snapLength: snapLength)
        Console.complain("listening on \(titles.joined(separator: ", ")); Ctrl-C ends")
        var table = JourneyTable(devices: titles, words: words)
        if asRows { Console.line(table.header) }
        let width = titles.map(\.count).max() ?? 0
        var book = JourneyBook(deviceCount: way.count)
        var count = 0
        /// Writes what has ended; says whether more is wanted.
        func settle(_ now: Int64?) throws -> Bool {
            for journey in book.finished(now: now) {
                if asRows {
                    if let limit, count >= limit { return false }
                    count += 1
                    Console.line(table.row(journey))
                }
                for packet in journey.sightings {
                    let comment = table.comment(journey, at: packet.device) { rule($0, map, titles) }
                    try write(PcapngFile.block(of: packet, device: packet.device, comment: comment))
                }
            }
            return !asRows || limit.map { count < $0 } ?? true
        }
        try session.run(tick: { book.isWaiting }) { packets in
            for packet in packets where filter.matches(packet.content) {
                if !asRows {
                    if let limit, count >= limit { break }
                    count += 1
                    let title = titles[packet.device]
                    let pad = String(repeating: " ", count: width - title.count)
                    Console.line("\(CaptureSession.clock(packet.time)) \(title)\(pad) \(words.line(packet.content))")
                }
                book.add(packet)
            }
            let wantsMore = try settle(CaptureSession.now)
            return wantsMore && (asRows || limit.map { count < $0 } ?? true)
        }
        _ = try settle(nil)
        let lost = session.lost()
        Console.complain(
            "\(count) packet\(count == 1 ? "" : "s")\(lost > 0 ? ", \(lost) lost by the kernel: use a filter" : "")")
        return 0
    }

    /// The rule that rewrote, where only one can have: NAT chains see a flow's first packet, so no rule is named for a
    /// later one or for a reply.
    private static func rule(
        _ rewrite: PacketJourney.Rewrite, _ map: NetworkMap, _ titles: [String]
    ) -> String? {
        let packet = rewrite.packet
        guard packet.isEchoRequest || packet.flags.map({ $0 & 0x12 == 2 }) ?? (packet.protocolNumber == 17) else {
            return nil
        }
        let found = map.translations.filter { rule in
            let words = rule.rule.split(separator: " ").map(String.init)
            func value(_ option: String) -> String? {
                words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
            }
            func holds(_ option: String, _ address: IPAddress?) -> Bool {
                guard let prefix = value(option).flatMap({ IPPrefix($0) }), let address else { return false }
                return prefix.contains(address)
            }
            /// Whether the packet leaves by a device that the rule is for.
            func leaves() -> Bool {
                guard let place = words.firstIndex(of: "-o"), let device = value("-o") else { return true }
                let isOther = place > 0 && words[place - 1] == "!"
                return (titles[rewrite.at] == device) != isOther
            }
            if rewrite.isSource {
                return leaves() && rule.chain.hasSuffix("POSTROUTING") && holds("-s", rewrite.before)
                    && (value("-d") == nil || holds("-d", packet.destination)) && value("-p") == nil
            }
            return packet.destinationPort.map { value("--dport") == "\($0)" } == true
                && value("--to-destination")?.hasPrefix("\(rewrite.after):") == true
        }
        // What answers on a published port has its source put back by connection tracking, not by a rule.
        let answers = map.translations.contains { rule in
            rule.rule.hasSuffix("--to-destination \(rewrite.before):\(packet.sourcePort ?? 0)")
        }
        guard found.count == 1, let rule = found.first, !(rewrite.isSource && answers) else { return nil }
        return "\(rule.chain) #\(rule.number) \(rule.rule)"
    }
}
