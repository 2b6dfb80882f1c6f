import AddressAllocation
import IPAddressing
import Testing

@testable import ContainerNetworking

@Suite("The networks that every engine has")
struct DefaultNetworksTests {
    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }

    /// A host whose uplink is 192.0.2.10/24, and more.
    private func situation(_ more: (String, String)...) throws -> HostSituation {
        var situation = HostSituation()
        for (text, device) in [("192.0.2.0/24", "up0")] + more {
            situation.taken.append(.init(prefix: try prefix(text), device: device))
        }
        return situation
    }

    private func make(
        _ situation: HostSituation, known: [NetworkRecord] = [],
        _ change: (inout NetworkConfiguration) -> Void = { _ in }
    ) throws -> (bridge: NetworkRecord, all: [NetworkRecord], notices: [String]) {
        var configuration = NetworkConfiguration(execRoot: "/run/causeway")
        change(&configuration)
        var notices: [String] = []
        let all = try DefaultNetworks.make(configuration, known: known, situation: situation, now: "now") {
            notices.append($0)
        }
        return (try #require(all.first { $0.name == "bridge" }), all, notices)
    }

    @Test("As the seed shows them") func seed() throws {
        let (bridge, all, notices) = try make(situation())
        #expect(all.map(\.name) == ["bridge", "host", "none"])
        #expect(all.map(\.driver) == ["bridge", "host", "null"])
        #expect(all.allSatisfy { $0.id.count == 64 && $0.id.allSatisfy(\.isHexDigit) })
        #expect(bridge.subnet == "172.17.0.0/16")
        #expect(bridge.gateway == "172.17.0.1")
        #expect(bridge.bridgeMAC?.hasPrefix("02:42:") == true)
        #expect(
            bridge.options == [
                "com.docker.network.bridge.default_bridge": "true",
                "com.docker.network.bridge.enable_icc": "true",
                "com.docker.network.bridge.enable_ip_masquerade": "true",
                "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
                "com.docker.network.bridge.name": "docker0",
                "com.docker.network.driver.mtu": "1500",
            ])
        #expect(notices.isEmpty)
    }

    @Test("A later daemon keeps ids, the MAC address and the subnet") func kept() throws {
        let first = try make(situation(("172.17.0.0/16", "tun0")))
        #expect(first.bridge.subnet == "172.18.0.0/16")
        let second = try make(situation(), known: first.all)
        #expect(second.all == first.all)
    }

    @Test(
        "A route that overlaps: the next free pool, and a word about it",
        arguments: [
            ("172.17.0.0/16", "172.18.0.0/16"), ("172.17.200.0/24", "172.18.0.0/16"),
            ("172.16.0.0/12", "192.168.0.0/20"),
            ("172.17.9.9/32", "172.18.0.0/16"),
        ])
    func overlap(_ route: String, _ expected: String) throws {
        let (bridge, _, notices) = try make(situation((route, "tun0")))
        #expect(bridge.subnet == expected)
        #expect(notices == ["172.17.0.0/16 overlaps \(route) of tun0: the bridge docker0 takes \(expected)"])
    }

    @Test("docker0's own address does not count, and stays") func existing() throws {
        var situation = try situation(("172.17.0.0/16", "docker0"))
        situation.bridges["docker0"] = [try prefix("172.17.42.1/16")]
        situation.bridgeMACs["docker0"] = MACAddress("02:42:75:07:2a:20")
        let (bridge, _, notices) = try make(situation)
        #expect(bridge.subnet == "172.17.0.0/16" && bridge.gateway == "172.17.42.1")
        #expect(bridge.bridgeMAC == "02:42:75:07:2a:20")
        #expect(notices.isEmpty)
    }

    @Test("Options that name addresses") func options() throws {
        let bip = try make(situation()) {
            $0.bip = IPPrefix("10.10.0.1/24")
            $0.fixedCIDR = IPPrefix("10.10.0.128/25")
            $0.defaultGateway = IPv4Address("10.10.0.254")
            $0.mtu = 1400
        }.bridge
        #expect(bip.subnet == "10.10.0.0/24" && bip.bridgeAddress == "10.10.0.1" && bip.gateway == "10.10.0.254")
        #expect(bip.range == "10.10.0.128/25" && bip.mtu == 1400)
        var pool = try #require(bip.addressPool)
        #expect(pool.allocate()?.description == "10.10.0.128")
        #expect(pool.reservation(of: try #require(IPAddress("10.10.0.1"))) != nil)
        #expect(pool.reservation(of: try #require(IPAddress("10.10.0.254"))) != nil)
    }

    @Test(
        "Options that cannot be are refused",
        arguments: [
            { $0.bip = IPPrefix("10.10.0.0/24") }, { $0.bip = IPPrefix("10.10.0.255/24") },
            {
                $0.fixedCIDR = IPPrefix("10.9.0.0/24"); $0.bip = IPPrefix("10.10.0.1/24")
            },
            { $0.defaultGateway = IPv4Address("10.9.0.1") },
            {
                $0.bridgeIsUsers = true; $0.bridgeName = "br0"
            },
        ] as [@Sendable (inout NetworkConfiguration) -> Void])
    func refused(_ change: @Sendable (inout NetworkConfiguration) -> Void) throws {
        let situation = try situation()
        #expect(throws: NetworkError.self) { try make(situation, change) }
    }

    @Test func `IPv6 on the default bridge comes from options, the bridge, the record, and a pool of one's own`() throws
    {
        let pool = try make(situation()) { $0.ipv6 = true }
        let subnet = try #require(pool.bridge.pool(.v6).flatMap { IPPrefix($0.subnet) })
        #expect(pool.bridge.enableIPv6 && subnet.length == 64 && subnet.description.hasPrefix("fd"))
        #expect(pool.bridge.bridgePrefix(.v6)?.description == "\(subnet.address(at: 1)?.description ?? "")/64")
        // Another id would give another pool: the record is what counts.
        let again = try make(situation(), known: pool.all) {
            ($0.ipv6, $0.engineID) = (true, "another")
        }
        #expect(again.bridge == pool.bridge)
        let off = try make(situation(), known: pool.all).bridge
        #expect(!off.enableIPv6 && off.pools.count == 1 && off.bridgeIPv6Address == nil)
        let options = try make(situation()) {
            $0.ipv6 = true
            $0.bip6 = IPPrefix("2001:db8::7/64")
            $0.fixedCIDRv6 = IPPrefix("2001:db8::1:0/112")
            $0.defaultGatewayV6 = IPv6Address("2001:db8::9")
        }.bridge
        let record = try #require(options.pool(.v6))
        #expect(record.subnet == "2001:db8::/64" && record.range == "2001:db8::1:0/112")
        #expect(record.gateway == "2001:db8::9" && options.bridgePrefix(.v6)?.description == "2001:db8::7/64")
        let fixed = try make(situation()) { ($0.ipv6, $0.fixedCIDRv6) = (true, IPPrefix("2001:db8:2::/64")) }.bridge
        #expect(fixed.pool(.v6)?.gateway == "2001:db8:2::1")
        var there = try situation()
        there.bridges["docker0"] = [try prefix("2001:db8:3::5/64")]
        let present = try make(there) { $0.ipv6 = true }.bridge
        #expect(present.pool(.v6)?.gateway == "2001:db8:3::5" && present.subnet == "172.17.0.0/16")
        #expect(throws: NetworkError.self) {
            try make(situation()) { ($0.ipv6, $0.bip6) = (true, IPPrefix("2001:db8::/64")) }
        }
    }

    @Test func `the MTU is the uplink's unless it is set`() throws {
        var situation = try situation()
        situation.uplinkMTU = 1420
        #expect(try make(situation).bridge.mtu == 1420)
        #expect(try make(situation).bridge.options["com.docker.network.driver.mtu"] == "1420")
        #expect(try make(situation) { $0.mtu = 1300 }.bridge.mtu == 1300)
    }

    @Test("Host ends are told by their MAC address") func hostEnds() {
        for _ in 0..<100 {
            let name = HostEnd.makeName()
            let mac = HostEnd.mac(for: name)
            #expect(name.utf8.count == 11 && name.hasPrefix("veth"))
            #expect(mac.bytes[0] & 3 == 2)
            #expect(mac == HostEnd.mac(for: name))
            #expect(mac != HostEnd.mac(for: name + "x"))
        }
    }
}
