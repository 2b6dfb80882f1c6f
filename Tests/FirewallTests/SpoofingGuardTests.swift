import Firewall
import Glibc
import IPAddressing
import NFTables
import SystemCalls
import Testing

/// Ethernet frames, written by hand.
private enum Frame {
    static let own = MACAddress("02:00:00:00:00:0a")?.bytes ?? []
    static let other = MACAddress("02:00:00:00:00:0b")?.bytes ?? []
    static let everybody = [UInt8](repeating: 0xFF, count: 6)

    static func ether(_ source: [UInt8], _ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        let frame = everybody + source + [UInt8(type >> 8), UInt8(type & 255)] + payload
        return frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count))
    }

    static func address(_ text: String) -> [UInt8] { IPAddress(text)?.bytes ?? [] }

    /// A datagram of protocol 253, which is for experiments (RFC 3692).
    static func ipv4(from source: String, ether: [UInt8] = own) -> [UInt8] {
        var header: [UInt8] = [0x45, 0, 0, 24, 0, 0, 0, 0, 64, 253, 0, 0]
        header += address(source) + address("10.88.1.255")
        let sum = stride(from: 0, to: 20, by: 2).reduce(UInt32(0)) {
            $0 + UInt32(header[$1]) << 8 + UInt32(header[$1 + 1])
        }
        let folded = ~UInt16(truncatingIfNeeded: sum & 0xFFFF + sum >> 16)
        header[10] = UInt8(folded >> 8)
        header[11] = UInt8(folded & 255)
        return self.ether(ether, 0x0800, header + [1, 2, 3, 4])
    }

    static func arp(from sender: String, mac: [UInt8] = own, ether: [UInt8] = own) -> [UInt8] {
        self.ether(
            ether, 0x0806,
            [0, 1, 8, 0, 6, 4, 0, 1] + mac + address(sender) + [0, 0, 0, 0, 0, 0] + address("10.88.1.77"))
    }

    /// An ICMPv6 message without a checksum: bridges do not look at it.
    static func icmpv6(from source: String, type: UInt8, _ body: [UInt8]) -> [UInt8] {
        let payload = [type, 0, 0, 0] + body
        return ether(
            own, 0x86DD,
            [0x60, 0, 0, 0, 0, UInt8(payload.count), 58, 255] + address(source) + address("ff02::1") + payload)
    }

    static func advertisement(
        of target: String, from source: String = "fd88:1::2", mac: [UInt8]? = own, option: UInt8 = 2
    ) -> [UInt8] {
        icmpv6(from: source, type: 136, [0x20, 0, 0, 0] + address(target) + (mac.map { [option, 1] + $0 } ?? []))
    }
}

@Suite("A container sends with its own addresses only", .enabled(if: getuid() == 0, "needs root"))
struct SpoofingGuardTests {
    private static let honest: [String: [UInt8]] = [
        "IPv4": Frame.ipv4(from: "10.88.1.2"),
        "ARP": Frame.arp(from: "10.88.1.2"),
        "ARP probe": Frame.arp(from: "0.0.0.0"),
        "IPv6": Frame.icmpv6(from: "fd88:1::2", type: 128, [0, 1, 0, 1]),
        "link-local": Frame.icmpv6(from: "fe80::ff:fe00:a", type: 128, [0, 1, 0, 1]),
        "duplicate address detection": Frame.icmpv6(
            from: "::", type: 135, [0, 0, 0, 0] + Frame.address("fd88:1::2")),
        "advertisement": Frame.advertisement(of: "fd88:1::2"),
        "advertisement without option": Frame.advertisement(of: "fd88:1::2", mac: nil),
    ]

    private static let forged: [String: [UInt8]] = [
        "Ethernet source": Frame.ipv4(from: "10.88.1.2", ether: Frame.other),
        "IPv4 source": Frame.ipv4(from: "10.88.1.3"),
        "IPv4 from nobody": Frame.ipv4(from: "0.0.0.0"),
        "the gateway's ARP": Frame.arp(from: "10.88.1.1"),
        "ARP's Ethernet sender": Frame.arp(from: "10.88.1.2", mac: Frame.other),
        "ARP from another": Frame.arp(from: "10.88.1.3", mac: Frame.other, ether: Frame.other),
        "IPv6 source": Frame.icmpv6(from: "fd88:1::3", type: 128, [0, 1, 0, 1]),
        "link-local source": Frame.icmpv6(from: "fe80::1", type: 128, [0, 1, 0, 1]),
        "advertised target": Frame.advertisement(of: "fd88:1::1"),
        "advertised Ethernet address": Frame.advertisement(of: "fd88:1::2", mac: Frame.other),
        "advertisement with another option": Frame.advertisement(of: "fd88:1::2", mac: Frame.other, option: 14),
        "advertised target from nobody": Frame.advertisement(of: "fd88:1::1", from: "::"),
        "router advertisement": Frame.icmpv6(
            from: "fe80::ff:fe00:a", type: 134, [64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]),
        "redirect": Frame.icmpv6(
            from: "fe80::ff:fe00:a", type: 137, [0, 0, 0, 0] + Frame.address("::") + Frame.address("::")),
        "another Ethernet type": Frame.ether(Frame.own, 0x88B5, [1, 2, 3]),
    ]

    private func intent(_ lab: NFTablesPacketLab, prevents: Bool = true) throws -> FirewallIntent {
        var network = BridgeFirewall(
            networkID: String(repeating: "e", count: 64), networkName: "net1", bridge: "br1",
            subnets: ["10.88.1.0/24", "fd88:1::/64"].compactMap { IPPrefix($0) })
        network.preventsSpoofing = prevents
        network.endpoints = [try lab.endpoint("a"), try lab.endpoint("b")]
        return FirewallIntent(networks: [network])
    }

    /// Which of the frames that a sends reach b.
    private func passing(_ frames: [String: [UInt8]], _ lab: NFTablesPacketLab) throws -> Set<String> {
        let sender = try RawPort(lab.space("a"), "eth0")
        let receiver = try RawPort(lab.space("b"), "eth0")
        for frame in frames.values { sender.send(frame) }
        let last = Frame.arp(from: "10.88.1.2", mac: Frame.own) + [0xEE]
        sender.send(last)
        let arrived = receiver.receive(until: last)
        let received = try #require(arrived, "the last frame, which is honest, did not come")
        return Set(frames.filter { received.contains($0.value) }.keys)
    }

    @Test func `what is forged is dropped, what is honest passes`() async throws {
        let lab = try NFTablesPacketLab()
        let all = Self.honest.merging(Self.forged) { first, _ in first }
        #expect(try passing(all, lab) == Set(all.keys), "unguarded, everything passes")
        let guarding = try SpoofingGuard(keeper: NFTablesKeeper(in: lab.space("host")))
        try await guarding.apply(intent(lab))
        #expect(try passing(Self.honest, lab) == Set(Self.honest.keys))
        #expect(try passing(Self.forged, lab) == [])
        let server = try lab.listen("b", 80)
        #expect(try lab.connects("a", to: "10.88.1.3", 80))
        #expect(try server.peer() == "10.88.1.2")
        try await guarding.apply(intent(lab, prevents: false))
        #expect(try passing(all, lab) == Set(all.keys))
    }

    @Test func `admit and expel are what apply would have done`() async throws {
        let lab = try NFTablesPacketLab()
        let keeper = try NFTablesKeeper(in: lab.space("host"))
        let guarding = SpoofingGuard(keeper: keeper)
        try await guarding.apply(FirewallIntent())
        let empty = try lab.listing("bridge causeway")
        for name in ["a", "b"] { try await guarding.admit(lab.endpoint(name)) }
        #expect(try await guarding.apply(intent(lab)).isEmpty)
        #expect(try passing(Self.forged, lab) == [])
        // Again, and with another address.
        var changed = try lab.endpoint("a")
        changed.addresses = [try #require(IPAddress("10.88.1.2"))]
        try await guarding.admit(changed)
        #expect(try passing(Self.honest, lab).contains("IPv6") == false)
        for name in ["a", "b"] { try await guarding.expel(hostInterface: "v" + name) }
        try await guarding.expel(hostInterface: "nobody")
        #expect(try lab.listing("bridge causeway") == empty)
    }

    @Test func `a daemon that was killed finds its table again, and one that was flushed comes back`() async throws {
        let lab = try NFTablesPacketLab()
        let first = try SpoofingGuard(keeper: NFTablesKeeper(in: lab.space("host")))
        try await first.apply(intent(lab))
        let listing = try lab.listing("bridge causeway")

        let second = try SpoofingGuard(keeper: NFTablesKeeper(in: lab.space("host")))
        #expect(try await second.apply(intent(lab)).isEmpty)
        // Before its first apply, one endpoint's change leaves the others as they are.
        let third = try SpoofingGuard(keeper: NFTablesKeeper(in: lab.space("host")))
        try await third.expel(hostInterface: "va")
        try await third.admit(lab.endpoint("a"))
        #expect(try lab.listing("bridge causeway") == listing)

        try lab.run("host", "/usr/sbin/nft", ["delete", "table", "bridge", "causeway"])
        try await third.admit(lab.endpoint("a"))
        #expect(try lab.listing("bridge causeway") == listing)
        // A rule that somebody else puts in does not stay.
        try lab.run("host", "/usr/sbin/nft", ["insert", "rule", "bridge", "causeway", "guard", "accept"])
        #expect(try await !third.apply(intent(lab)).isEmpty)
        #expect(try lab.listing("bridge causeway") == listing)
        try await third.removeEverything()
        #expect(try lab.run("host", "/usr/sbin/nft", ["list", "ruleset"]).isEmpty)
    }
}
