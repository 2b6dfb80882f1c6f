import AddressAllocation
import Firewall
import IPAddressing
import RouteNetlink
import SystemCalls
import Testing

@testable import ContainerNetworking

@Suite("Networks of one's own, in the kernel", .enabled(if: canMakeNamespaces))
struct NetworkKernelTests {
    private func request(_ name: String, _ change: (inout NetworkRequest) -> Void = { _ in }) -> NetworkRequest {
        var request = NetworkRequest(name: name, created: "now")
        change(&request)
        return request
    }

    @Test func `a network is a bridge with an address and rules, and leaves nothing behind`() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let before = try host.inventory()
        let net = try await networks.create(request("net1"))
        let bridge = try #require(net.bridgeName)
        #expect(bridge == "br-\(net.id.prefix(12))" && net.subnet == "172.18.0.0/16")
        #expect(try host.run("brctl", "show").contains(bridge))
        let link = try #require(try RouteSocket(in: host.namespace).link(named: bridge))
        #expect(link.isUp && link.mac?.description == net.bridgeMAC && link.mtu == 1500)
        #expect(try host.run("ip", "addr", "show", bridge).contains("172.18.0.1/16 brd 172.18.255.255"))
        #expect(try host.run("iptables-save").contains(bridge))
        #expect(await networks.network("net1") == net)
        #expect(try await networks.repairPlan().isEmpty)
        let gone = try await networks.remove("net1")
        #expect(gone == net)
        #expect(try host.inventory() == before)
        #expect(try !host.run("iptables-save").contains(bridge))
        #expect(await networks.network("net1") == nil)
        // Name and subnet are free again.
        #expect(try await networks.create(request("net1")).subnet == "172.18.0.0/16")
    }

    @Test func `both families, and forwarding only where IPv6 is wanted`() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        #expect(try host.sysctl("net.ipv6.conf.all.forwarding") == "0")
        let net = try await networks.create(
            request("six") {
                $0.enableIPv6 = true
                $0.pools = [NetworkCreationTests.pool("2001:db8:1::/64")]
            })
        let bridge = try #require(net.bridgeName)
        let addresses = try host.run("ip", "-6", "addr", "show", bridge)
        #expect(addresses.contains("2001:db8:1::1/64 scope global nodad"))
        #expect(try host.sysctl("net.ipv6.conf.all.forwarding") == "1")
        #expect(try host.sysctl("net/ipv6/conf/\(bridge)/accept_ra") == "0")
        // docker0 has no IPv6, not even a link-local address.
        #expect(try !host.run("ip", "-6", "addr", "show", "docker0").contains("fe80"))
        #expect(try await networks.repairPlan().isEmpty)
        try await networks.remove("six")
    }

    @Test func `a second daemon finds the networks, makes lost bridges again, and sweeps what none has`() async throws {
        let host = try Host()
        let first = host.controller()
        _ = try await first.startUp()
        let kept = try await first.create(request("kept"))
        let lost = try await first.create(request("lost"))
        let left = try await first.create(request("left"))
        try host.run("ip", "link", "del", try #require(lost.bridgeName))
        try host.run("ip", "link", "add", "br-0123456789ab", "type", "bridge")
        let records = await first.networks().filter { $0.name != "left" }
        let second = host.controller()
        let found = try await second.startUp(records)
        #expect(Set(found) == Set(records))
        let devices = try host.devices()
        #expect(devices.contains(try #require(kept.bridgeName)))
        #expect(devices.contains(try #require(lost.bridgeName)))
        #expect(!devices.contains(try #require(left.bridgeName)))
        // Somebody else's.
        #expect(devices.contains("br-0123456789ab"))
        #expect(try await second.create(request("next")).subnet == "172.20.0.0/16")
    }

    @Test func `a bridge of the user's is used, and stays`() async throws {
        let host = try Host()
        try host.run("ip", "link", "add", "br-users", "address", "02:00:00:00:00:07", "type", "bridge")
        let networks = host.controller()
        _ = try await networks.startUp()
        let net = try await networks.create(request("mine") { $0.options = [BridgeOptions.Key.name: "br-users"] })
        #expect(try host.run("ip", "addr", "show", "br-users").contains("172.18.0.1/16"))
        #expect(net.bridgeMAC == "02:00:00:00:00:07")
        try await networks.remove("mine")
        #expect(try host.devices().contains("br-users"))
        #expect(try !host.run("ip", "addr", "show", "br-users").contains("172.18.0.1/16"))
    }

    @Test func `a network in use is not removed, and the refusal names who uses it`() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        _ = try await networks.create(request("net1"))
        let id = containerID("red")
        let sandbox = try await networks.makeSandbox(container: id)
        let endpoint = try await networks.attach(
            EndpointRequest(containerID: id, sandboxPath: sandbox.path, network: "net1"))
        #expect(endpoint.ipv4Address == "172.18.0.2")
        let error = await #expect(throws: NetworkError.self) {
            try await networks.remove("net1", names: [id: "red"])
        }
        #expect(error?.kind == .forbidden)
        #expect(
            error?.message == "error while removing network: network net1 has active endpoints "
                + "(name:\"red\" id:\"\(endpoint.id.prefix(12))\")")
        await networks.detach(endpoint)
        try await networks.remove("net1")
        for (name, kind, words) in [
            ("bridge", NetworkError.Kind.forbidden, "bridge is a pre-defined network and cannot be removed"),
            ("net1", .notFound, "network net1 not found"),
        ] {
            let error = await #expect(throws: NetworkError.self) { try await networks.remove(name) }
            #expect(error?.kind == kind && error?.message == words)
        }
    }

    @Test func `twenty at once get twenty subnets`() async throws {
        let host = try Host()
        let networks = host.controller(
            host.configuration { $0.pools = [.init(base: IPPrefix("10.200.0.0/16")!, size: 24)!] })
        _ = try await networks.startUp()
        let made = try await withThrowingTaskGroup(of: NetworkRecord.self) { group in
            for number in 0..<20 {
                group.addTask { try await networks.create(NetworkRequest(name: "n\(number)", created: "")) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(made.compactMap(\.subnet)).count == 20)
        #expect(try await networks.repairPlan().isEmpty)
        for record in made { try await networks.remove(record.id) }
        #expect(try host.devices() == ["lo", "docker0"])
    }

    @Test func `a name taken by a request that fails is free again, and nothing is changed`() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let before = try host.inventory()
        for options in [["com.docker.network.bridge.name": "lo"], ["com.docker.network.driver.mtu": "abc"]] {
            await #expect(throws: NetworkError.self) {
                _ = try await networks.create(request("q1") { $0.options = options })
            }
        }
        #expect(try host.inventory() == before)
        _ = try await networks.create(request("q1"))
    }

    @Test func `an address that is set aside is nobody else's`() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let net = try await networks.create(
            request("net1") { $0.pools = [NetworkCreationTests.pool("10.90.0.0/29")] })
        let address = try #require(IPAddress("10.90.0.2"))
        try await networks.reserve([address], on: net.id, for: "stopped")
        try await networks.reserve([address], on: net.id, for: "stopped")
        let error = await #expect(throws: NetworkError.self) {
            try await networks.reserve([address], on: net.id, for: "other")
        }
        #expect(error?.kind == .conflict && error?.message == "Address already in use")
        let outside = await #expect(throws: NetworkError.self) {
            try await networks.reserve([try #require(IPAddress("10.91.0.2"))], on: net.id, for: "other")
        }
        #expect(outside?.kind == .invalid)
        #expect(
            outside?.message == "invalid address 10.91.0.2: It does not belong to any of this network's subnets")
        let id = containerID("red")
        let sandbox = try await networks.makeSandbox(container: id)
        let wish = EndpointRequest(containerID: id, sandboxPath: sandbox.path, network: "net1")
        let red = try await networks.attach(wish)
        #expect(red.ipv4Address == "10.90.0.3")
        await networks.detach(red)
        await networks.release(containerID: "stopped", on: nil)
        let blue = containerID("blue")
        let other = try await networks.makeSandbox(container: blue)
        let next = EndpointRequest(containerID: blue, sandboxPath: other.path, network: "net1")
        #expect(try await networks.attach(next).ipv4Address == "10.90.0.2")
    }

    @Test func `a parent that this kernel cannot make is a clear error, and leaves nothing`() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let before = try host.inventory()
        do {
            let net = try await networks.create(request("alone") { $0.driver = "macvlan" })
            #expect(try host.devices().contains(try #require(net.vlanParent)))
            try await networks.remove("alone")
        } catch let error as NetworkError {
            #expect(error.kind == .system && error.message.contains("modprobe dummy"))
        }
        #expect(try host.inventory() == before)
    }
}
