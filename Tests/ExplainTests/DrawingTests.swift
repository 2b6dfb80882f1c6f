import SystemCalls
import Testing

@testable import Explain

/// Drawings and the comparison, held against files in `Golden`. `CAUSEWAY_WRITE_GOLDEN=1 swift test --filter
/// DrawingTests` writes them anew.
@Suite struct DrawingTests {
    private static let iptables = """
        *filter
        :FORWARD DROP [3:180]
        [9:756] -A FORWARD -j DOCKER-USER
        [9:756] -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        [7:420] -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        [0:0] -A FORWARD -i docker0 -o docker0 -j ACCEPT
        COMMIT
        *nat
        [41:2460] -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
        [2:120] -A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
        COMMIT
        """

    private func port(_ name: String, _ owner: String, _ last: Int, published: [String] = []) -> NetworkMap.Port {
        NetworkMap.Port(
            name: name, state: "forwarding", isUp: true, mtu: 1500,
            peer: NetworkMap.Peer(
                owner: owner, interface: "eth0", mac: "02:42:ac:11:00:0\(last)", addresses: ["172.17.0.\(last)/16"],
                published: published))
    }

    private func bridge(_ name: String, _ addresses: [String], _ ports: [NetworkMap.Port]) -> NetworkMap.Bridge {
        var device = NetworkMap.Device(
            name: name, kind: "bridge", mac: "02:42:75:07:2a:20", mtu: 1500, addresses: addresses, isUp: true,
            hasCarrier: !ports.isEmpty)
        device.fault = Words.fault(ofBridge: device, ports: ports)
        return NetworkMap.Bridge(
            device: device, ports: ports,
            settings: NetworkMap.Settings(
                spanningTree: false, forwardDelay: 15, ageing: 300, filtersVlans: false, forwards: true,
                forwardsIPv6: false),
            forwardingDatabase: ports.compactMap { port in
                port.peer.map { NetworkMap.Station(mac: $0.mac, device: port.name, state: "learned") }
            })
    }

    private func place(_ owner: String, _ last: Int) -> NetworkMap.Namespace {
        NetworkMap.Namespace(
            owner: owner, path: "/proc/\(last)00/ns/net",
            devices: [
                NetworkMap.Device(
                    name: "eth0", kind: "veth", mac: "02:42:ac:11:00:0\(last)", mtu: 1500,
                    addresses: ["172.17.0.\(last)/16"], isUp: true, hasCarrier: true)
            ], routes: ["default via 172.17.0.1 dev eth0", "172.17.0.0/16 dev eth0 src 172.17.0.\(last)"],
            neighbours: [
                NetworkMap.Station(
                    address: "172.17.0.1", mac: "02:42:75:07:2a:20", device: "eth0", state: "reachable")
            ])
    }

    private var map: NetworkMap {
        let nat = NatListing(Self.iptables)
        var map = NetworkMap(
            forwarding: true, forwardingIPv6: false, bridgeNetfilter: true,
            devices: [
                NetworkMap.Device(
                    name: "up0", kind: "veth", addresses: ["198.51.100.2/24", "2001:db8:51::2/64"], isUp: true,
                    hasCarrier: true, gateway: "198.51.100.1", gatewayState: "reachable")
            ],
            bridges: [
                bridge(
                    "docker0", ["172.17.0.1/16"],
                    [port("veth6008cec", "red", 2, published: ["8080→80/tcp"]), port("veth02ce233", "blue", 3)]),
                bridge("brd0", [], []),
            ], namespaces: [place("red", 2), place("blue", 3)],
            routes: ["default via 198.51.100.1 dev up0", "172.17.0.0/16 dev docker0 src 172.17.0.1"],
            neighbours: [
                NetworkMap.Station(address: "172.17.0.9", device: "docker0", state: "failed")
            ], forwardPolicy: nat.forwardPolicy, translations: nat.translations, forwardRules: nat.forwardRules)
        map.judge()
        return map
    }

    private func check(_ name: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let path = "/\(folder)/Golden/\(name)"
        if ChildRequest.inheritedEnvironment.contains("CAUSEWAY_WRITE_GOLDEN=1") {
            try FileSystem.writeInPlace(path, text)
        }
        #expect(try FileSystem.readText(path) == text, sourceLocation: sourceLocation)
    }

    @Test func `the whole page of a map`() throws { try check("map.txt", MapDrawing(colour: false).page(map)) }

    @Test func `a drawing for documents`() throws {
        let text = MapDrawing(colour: false).svg(map)
        try check("map.svg", text)
        #expect(!text.contains("http:") || text.components("http:") == 1)
    }

    @Test func `two bridges side by side`() throws {
        let comparison = try Comparison("docker0", "brd0", in: map, networks: ["docker0": "bridge"])
        try check("compare.txt", comparison.table())
        #expect(comparison.points.first { $0.name == "masquerade" }?.right == "none")
        #expect(comparison.points.first { $0.name == "accepted out" }?.right == "no rule: policy DROP")
    }

    @Test func `a bridge that is not there is named with those that are`() {
        let error = #expect(throws: ExplainError.self) { try Comparison("docker0", "br9", in: map) }
        #expect(error?.description.contains("docker0, brd0") == true)
    }

    @Test func `two stations with one MAC, a narrow port and a bridge that does not forward are amiss`() {
        var broken = map
        broken.bridges[0].ports[1].peer?.mac = "02:42:ac:11:00:02"
        broken.bridges[0].settings?.forwards = false
        broken.judge()
        #expect(broken.bridges[0].ports[0].fault?.hasPrefix("duplicate MAC 02:42:ac:11:00:02: blue") == true)
        #expect(broken.bridges[0].ports[1].fault?.contains("red has it") == true)
        #expect(broken.bridges[0].device.fault?.contains("net.ipv4.conf.docker0.forwarding=1") == true)
        var narrow = map
        narrow.bridges[0].ports[1].mtu = 1400
        narrow.judge()
        #expect(narrow.bridges[0].ports[1].fault?.contains("MTU 1400") == true)
        #expect(MapDrawing.faults(map) == ["brd0: has no address: what is plugged in has no gateway here"])
    }

    @Test func `nftables' rules are read with their places and counters, iptables' own tables passed over`() {
        let listing = NftListing(
            """
            table ip filter {
            \tchain FORWARD {
            \t\ttype filter hook forward priority filter; policy drop;
            \t\tcounter packets 3 bytes 4 accept
            \t}
            }
            table inet causeway {
            \tmap ports {
            \t\ttype inet_service : ipv4_addr
            \t\telements = { 80 : 10.0.0.1 }
            \t}
            \tchain forward {
            \t\ttype filter hook forward priority filter; policy drop;
            \t\tct state established accept
            \t\tiifname "br0" counter packets 12 bytes 800 accept # handle 7
            \t}
            \tchain out {
            \t\ttype nat hook postrouting priority srcnat; policy accept;
            \t\toifname != "br0" masquerade
            \t}
            }
            """)
        #expect(listing.forwardPolicy == "DROP (inet causeway/forward)")
        #expect(listing.forwardRules.map(\.number) == [1, 2])
        #expect(listing.forwardRules.last?.rule == "iifname \"br0\" counter accept")
        #expect(listing.forwardRules.last?.packets == 12)
        #expect(listing.translations.map(\.chain) == ["inet causeway/out"])
    }

    @Test func `conmon's command line tells a container's name`() {
        #expect(OtherEngine.containerName(conmon: ["/usr/bin/conmon", "-c", "1", "-n", "web"]) == "web")
        #expect(OtherEngine.containerName(conmon: ["/usr/bin/sleep", "-n", "web"]) == nil)
    }
}

extension String {
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
