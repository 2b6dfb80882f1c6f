import IPAddressing
import SystemCalls
import Testing

@testable import PacketCapture

/// Frames of an echo that is masqueraded: as red sends it, and as the uplink does.
enum Frames {
    static func echo(_ source: [UInt8], _ destination: [UInt8], reply: Bool = false, sequence: UInt8 = 1) -> [UInt8] {
        let ethernet: [UInt8] = [2, 0x42, 0x75, 7, 0x2a, 0x20, 2, 0x42, 0xac, 0x11, 0, 2, 8, 0]
        let header: [UInt8] = [0x45, 0, 0, 32, 0x12, 0x34, 0x40, 0, 64, 1, 0, 0] + source + destination
        return ethernet + header + [reply ? 0 : 8, 0, 0, 0, 0, 113, 0, sequence, 0xde, 0xad, 0xbe, 0xef]
    }

    static func packet(_ device: Int, _ bytes: [UInt8], microseconds: Int64, outgoing: Bool = false) -> CapturedPacket {
        CapturedPacket(
            device: device,
            PacketTap.Frame(
                bytes: bytes, length: bytes.count, time: 1_700_000_000_000_000_000 + microseconds * 1000,
                isOutgoing: outgoing))
    }

    static let red: [UInt8] = [172, 17, 0, 2]
    static let host: [UInt8] = [198, 51, 100, 2]
    static let web: [UInt8] = [203, 0, 113, 8]
}

@Suite struct CaptureTests {
    private let words = PacketWords(names: [.v4(IPv4Address(172, 17, 0, 2)): "red"])
    private let devices = ["red/eth0", "veth6008cec", "docker0", "up0"]

    private var journeys: [PacketJourney] {
        var book = JourneyBook(deviceCount: 4)
        let out = Frames.echo(Frames.red, Frames.web)
        let back = Frames.echo(Frames.web, Frames.red, reply: true)
        book.add(Frames.packet(0, out, microseconds: 0, outgoing: true))
        book.add(Frames.packet(1, out, microseconds: 4))
        book.add(Frames.packet(2, out, microseconds: 9))
        book.add(Frames.packet(3, Frames.echo(Frames.host, Frames.web), microseconds: 40, outgoing: true))
        book.add(Frames.packet(3, Frames.echo(Frames.web, Frames.host, reply: true), microseconds: 78))
        book.add(Frames.packet(2, back, microseconds: 95, outgoing: true))
        book.add(Frames.packet(1, back, microseconds: 99, outgoing: true))
        book.add(Frames.packet(0, back, microseconds: 107))
        return book.finished(now: 0)
    }

    @Test func `a packet is a row, and its way through devices the columns`() {
        var table = JourneyTable(devices: devices, words: words)
        let drawn = [table.header] + journeys.map { table.row($0) }
        #expect(
            drawn == [
                "      µs  red/eth0  veth6008cec  docker0  up0",
                "       0      ●──────────●──────────●──────●    echo 1  src⇒198.51.100.2 at up0",
                "      78      ●──────────●──────────●──────●    reply 1  dst⇒172.17.0.2 at docker0",
            ])
    }

    @Test func `what was rewritten where, and by which rule, is a comment`() {
        let table = JourneyTable(devices: devices, words: words)
        let rule = { (_: PacketJourney.Rewrite) -> String? in "nat/POSTROUTING #1" }
        #expect(
            table.comment(journeys[0], at: 3, rule: rule)
                == "source rewritten 172.17.0.2 ⇒ 198.51.100.2 after docker0 by nat/POSTROUTING #1")
        #expect(table.comment(journeys[0], at: 2, rule: rule) == "")
    }

    @Test func `a packet that vanishes shows where it was last seen, once the patience is over`() {
        var book = JourneyBook(deviceCount: 4)
        book.add(Frames.packet(0, Frames.echo(Frames.red, Frames.web), microseconds: 0))
        book.add(Frames.packet(1, Frames.echo(Frames.red, Frames.web), microseconds: 5))
        let begin: Int64 = 1_700_000_000_000_000_000
        #expect(book.finished(now: begin + JourneyBook.patience).isEmpty)
        let ended = book.finished(now: begin + JourneyBook.patience + 1)
        var table = JourneyTable(devices: devices, words: words)
        #expect(ended.map { table.row($0) } == ["       0      ●──────────●          ·      ·    echo 1"])
        #expect(!book.isWaiting)
    }

    @Test func `lines read as tcpdump's, with names`() {
        let out = Dissection(Frames.echo(Frames.red, Frames.web))
        #expect(words.line(out) == "IP red > 203.0.113.8: ICMP echo request, id 113, seq 1, length 12")
        let ethernet: [UInt8] = [255, 255, 255, 255, 255, 255, 2, 0x42, 0xac, 0x11, 0, 2, 8, 6]
        let asked: [UInt8] =
            [0, 1, 8, 0, 6, 4, 0, 1, 2, 0x42, 0xac, 0x11, 0, 2] + Frames.red + [0, 0, 0, 0, 0, 0, 172, 17, 0, 1]
        #expect(words.line(Dissection(ethernet + asked)) == "ARP, Request who-has 172.17.0.1 tell red, length 28")
    }

    @Test func `frames that are cut off anywhere are no trouble`() {
        let whole = Frames.echo(Frames.red, Frames.web)
        for count in 0...whole.count { _ = words.line(Dissection(Array(whole.prefix(count)))) }
        for byte in 0..<whole.count {
            var broken = whole
            broken[byte] = 255
            _ = words.brief(Dissection(broken))
        }
    }

    @Test(
        arguments: [
            ("icmp", true), ("tcp", false), ("host 172.17.0.2", true), ("host red", true), ("dst host red", false),
            ("src net 172.17.0.0/16 and icmp", true), ("not icmp", false), ("arp or (icmp and host 203.0.113.8)", true),
            ("tcp port 80 or udp", false), ("!arp", true),
        ])
    func `filters choose`(_ text: String, _ wanted: Bool) throws {
        let filter = try PacketFilter([text]) { $0 == "red" ? IPAddress("172.17.0.2") : nil }
        #expect(filter.matches(Dissection(Frames.echo(Frames.red, Frames.web))) == wanted)
    }

    @Test(arguments: ["port", "port x", "host nobody", "icmp and", "(icmp", "icmp icmp", "vlan 3", ")"])
    func `filters that make no sense are refused`(_ text: String) {
        #expect(throws: PacketFilter.SyntaxError.self) { _ = try PacketFilter([text]) }
    }

    @Test func `a pcapng file is these bytes`() {
        let frame = Frames.packet(1, Array(repeating: 0xAB, count: 15), microseconds: 0, outgoing: true)
        let header = PcapngFile.header(devices: ["red/eth0"], snapLength: 65536)
        #expect(
            hex(header) == "0a0d0d0a 2c000000 4d3c2b1a 01000000 ffffffff ffffffff 04000800 63617573 65776179 00000000 "
                + "2c000000 01000000 2c000000 01000000 00000100 02000800 7265642f 65746830 09000100 09000000 00000000 "
                + "2c000000")
        let block = PcapngFile.block(of: frame, device: 1, comment: "NAT")
        #expect(
            hex(block) == "06000000 44000000 01000000 fe9c9717 00002a36 0f000000 0f000000 abababab abababab abababab "
                + "ababab00 01000300 4e415400 02000400 02000000 00000000 44000000")
    }

    private func hex(_ bytes: [UInt8]) -> String {
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if index > 0, index % 4 == 0 { text += " " }
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }
}
