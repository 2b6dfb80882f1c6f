import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls
import Testing

@Suite("Devices", .enabled(if: canMakeNamespaces, "needs root and iproute2"))
struct LinkTests {
    private let bridgeMAC = MACAddress("02:42:75:07:2a:20")
    private let hostMAC = MACAddress("8a:a2:28:fc:88:58")
    private let insideMAC = MACAddress("02:42:ac:11:00:02")

    /// A bridge and a cable from it into a second namespace, as an endpoint has it.
    private func cable(_ host: TestNamespace, _ red: TestNamespace, index: Int32 = 5) throws {
        try host.socket.apply([LinkRequest.makeBridge(name: "docker0", mac: #require(bridgeMAC), mtu: 1500)])
        let bridge = try host.link("docker0")
        try host.socket.apply([
            LinkRequest.change(index: bridge.index, name: "docker0", LinkChange(up: true))
        ])
        try host.socket.apply(
            LinkRequest.makeVeth(
                host: VethEnd(name: "veth6008cec", mac: #require(hostMAC), index: index),
                inside: VethEnd(name: "eth0", mac: #require(insideMAC), index: index - 1),
                namespace: red.namespace.rawValue, master: bridge.index, mtu: 1400, group: 0))
    }

    @Test("A bridge is made with its MAC address and MTU") func bridge() throws {
        let host = try TestNamespace()
        try host.socket.apply([LinkRequest.makeBridge(name: "docker0", mac: #require(bridgeMAC), mtu: 1450)])
        let link = try host.link("docker0")
        #expect(link.kind == "bridge")
        #expect(link.mac == bridgeMAC)
        #expect(link.mtu == 1450)
        #expect(!link.isUp)
        try host.socket.apply([LinkRequest.change(index: link.index, name: "docker0", LinkChange(up: true, mtu: 1500))])
        #expect(try host.link("docker0").isUp)
        #expect(try host.run("ip", "-d", "link", "show", "docker0").contains("mtu 1500"))
        #expect(try host.socket.link(named: "docker1") == nil)
    }

    @Test("A cable is born whole: one message, both ends agree") func veth() throws {
        let (host, red) = try (TestNamespace(), TestNamespace())
        try cable(host, red)
        let end = try host.link("veth6008cec")
        let bridge = try host.link("docker0")
        let eth0 = try red.link("eth0")
        #expect(end.index == 5 && eth0.index == 4)
        #expect(end.peerIndex == 4 && eth0.peerIndex == 5)
        #expect(end.peerNamespace != nil && eth0.peerNamespace != nil)
        #expect(end.master == bridge.index)
        #expect(end.isUp && !eth0.isUp)
        #expect(end.mac == hostMAC && eth0.mac == insideMAC)
        #expect(end.mtu == 1400 && eth0.mtu == 1400)
        #expect(try host.run("ip", "-o", "link", "show", "veth6008cec").hasPrefix("5: veth6008cec@if4: "))
        #expect(try red.run("ip", "-o", "link", "show", "eth0").hasPrefix("4: eth0@if5: "))

        try red.socket.apply([
            LinkRequest.withoutLinkLocal(name: "eth0"),
            LinkRequest.change(index: 4, name: "eth0", LinkChange(up: true)),
        ])
        #expect(try red.link("eth0").hasCarrier)
        #expect(try !red.run("ip", "-6", "addr", "show", "dev", "eth0").contains("fe80"))
        #expect(try !host.run("ip", "-6", "addr", "show", "dev", "veth6008cec").contains("fe80"))
        #expect(try !host.run("ip", "addr", "show", "dev", "veth6008cec").contains("qlen"))
        #expect(try host.link("veth6008cec").portState != nil)
    }

    @Test("A taken index or name is refused and leaves nothing") func refused() throws {
        let (host, red) = try (TestNamespace(), TestNamespace())
        try cable(host, red)
        let before = try (host.socket.links().map(\.name), red.socket.links().map(\.name))
        let requests = try LinkRequest.makeVeth(
            host: VethEnd(name: "veth0000001", mac: #require(hostMAC), index: 9),
            inside: VethEnd(name: "eth0", mac: #require(insideMAC)),
            namespace: red.namespace.rawValue, master: host.link("docker0").index, mtu: 1500, group: 0)
        let error = #expect(throws: NetlinkError.self) { try host.socket.apply(requests) }
        #expect(error?.errno == .exists)
        #expect(error?.description.hasPrefix("make the veth pair veth0000001: ") == true)
        #expect(try (host.socket.links().map(\.name), red.socket.links().map(\.name)) == before)
    }

    @Test("Unplugged and deleted by group") func group() throws {
        let (host, red) = try (TestNamespace(), TestNamespace())
        try cable(host, red)
        let unplug = LinkRequest.change(
            index: 5, name: "veth6008cec", LinkChange(up: false, master: 0, group: 77), tolerated: [19])
        try host.socket.apply([unplug])
        let link = try host.link("veth6008cec")
        #expect(link.master == nil && !link.isUp && link.group == 77)
        try host.socket.apply([LinkRequest.delete(group: 77)])
        #expect(try host.socket.link(named: "veth6008cec") == nil)
        #expect(try red.socket.link(named: "eth0") == nil)
        // Once more: nothing is left to do, and that is no error.
        try host.socket.apply([
            LinkRequest.delete(group: 77), unplug, LinkRequest.delete(index: 5, name: "veth6008cec"),
        ])
    }

    @Test("A batch tells which request failed and goes on after it") func batch() throws {
        let host = try TestNamespace()
        let error = #expect(throws: NetlinkError.self) {
            try host.socket.apply([
                LinkRequest.makeBridge(name: "br0", mac: #require(bridgeMAC), mtu: 1500),
                LinkRequest.makeBridge(name: "br0", mac: #require(bridgeMAC), mtu: 1500),
                LinkRequest.makeBridge(name: "br1", mac: #require(hostMAC), mtu: 1500),
            ])
        }
        #expect(error?.purpose == "make the bridge br0")
        #expect(error?.errno == .exists)
        #expect(try host.socket.links().map(\.name) == ["lo", "br0", "br1"])
        // The socket is in step: the next answer belongs to the next question.
        #expect(try host.socket.link(named: "br1")?.kind == "bridge")
    }

    @Test("A list longer than one datagram") func long() throws {
        let host = try TestNamespace()
        let count = 150
        try host.socket.apply(
            (0..<count).map { LinkRequest.makeBridge(name: "br\($0)", mac: .randomLocal(), mtu: 1500) })
        #expect(try host.socket.links().count == count + 1)
    }
}
