import EngineAPI
import IPAddressing
import SystemCalls

@testable import ContainerRuntime
@testable import DaemonOptions
@testable import ImageStore
@testable import NameService
@testable import PacketCapture

extension FuzzEntry {
    /// A `daemon.json`.
    static let configuration = FuzzEntry(name: "configuration", mutations: 3000) { bytes in
        do throws(DaemonOptionError) {
            _ = try DaemonConfiguration.load(arguments: []) { _ in bytes }
        } catch {
            try require(!error.message.isEmpty, "refused without a word")
        }
    }

    /// Frames as `causeway capture` sees them on a container's device: one after another, a length byte before each.
    static let frames = FuzzEntry(name: "frames", mutations: 3000) { bytes in
        var rest = bytes[...]
        var book = JourneyBook(deviceCount: 2)
        let words = PacketWords(names: [:])
        var table = JourneyTable(devices: ["a", "b"], words: words)
        var time: Int64 = 0
        while let length = rest.popFirst() {
            let frame = Array(rest.prefix(Int(length)))
            rest = rest.dropFirst(frame.count)
            let packet = CapturedPacket(
                device: Int(length) % 2,
                PacketTap.Frame(bytes: frame, length: frame.count, time: time, isOutgoing: time % 2 == 0))
            time += 1_000_000
            _ = (words.line(packet.content), words.brief(packet.content))
            let block = PcapngFile.block(of: packet, device: 0, comment: "c")
            try require(block.count % 4 == 0, "a block of \(block.count) bytes")
            book.add(packet)
        }
        for journey in book.finished(now: nil) { _ = table.row(journey) }
    }

    /// Short texts: addresses, names, references, times, filters, and lines that conmon writes.
    static let texts = FuzzEntry(name: "texts", mutations: 3000) { bytes in
        let (kind, rest) = choice(bytes, of: 9)
        let text = String(decoding: rest, as: UTF8.self)
        switch kind {
        case 0:
            guard let address = IPAddress(text) else { return }
            try require(IPAddress("\(address)") == address, "\(address) is not read as it is written")
        case 1:
            guard let prefix = IPPrefix(text) else { return }
            try require(IPPrefix("\(prefix)") == prefix, "\(prefix) is not read as it is written")
        case 2:
            guard let reference = try? ImageReference(parsing: text) else { return }
            let name = reference.familiarName
            try require(
                (try? ImageReference(parsing: name))?.familiarName == name, "\(name) is not read as it is written")
        case 3: _ = Timestamp(text)?.description
        case 4: _ = try? PacketFilter(text.split(separator: " ").map(String.init))
        case 5:
            var filter = LogFilter(LogOptions())
            for line in rest.split(separator: 10) {
                guard let record = LogRecord(line) else { continue }
                _ = (record.timestamp, record.printedTime, filter.frame(for: record))
            }
        case 6: _ = ConmonMessage(line: Array(rest))
        case 7: _ = UpstreamServer.parse(resolvConf: text).map(\.description)
        default: _ = (WireName(text), try? DetachKeys(parsing: text), MACAddress(text))
        }
    }
}
