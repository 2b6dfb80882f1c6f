import Firewall
import Glibc
import IPAddressing
import NFTables
import SystemCalls
import Testing

/// What gets through and what does not, with real packets.
@Suite("Packets through the nftables back end", .enabled(if: getuid() == 0, "needs root"))
struct NFTablesPacketTests {
    private let lab: NFTablesPacketLab
    private let backend: NFTablesBackend

    init() throws {
        lab = try NFTablesPacketLab()
        backend = NFTablesBackend(keeper: try NFTablesKeeper(in: lab.space("host")))
    }

    private func network(_ number: Int, ports: [PublishedPort] = []) -> BridgeFirewall {
        BridgeFirewall(
            networkID: String(repeating: "\(number)", count: 64), networkName: "net\(number)", bridge: "br\(number)",
            subnets: ["10.88.\(number).0/24"].compactMap { IPPrefix($0) }, publishedPorts: ports)
    }

    private func apply(_ networks: BridgeFirewall...) async throws {
        try await backend.apply(FirewallIntent(networks: networks))
    }

    /// Host port 8080 to a's port 80.
    private func port(on host: String = "0.0.0.0") -> PublishedPort {
        Scenario.port(.tcp, host, 8080, "10.88.1.2", 80)
    }

    @Test func `a published port, from outside, the host, another network and its own`() async throws {
        try await apply(network(1, ports: [port()]), network(2))
        let server = try lab.listen("a", 80)
        #expect(try lab.connects("outside", to: "203.0.113.2", 8080))
        #expect(try server.peer() == "203.0.113.9", "the client's address is kept")
        #expect(try lab.connects("host", to: "127.0.0.1", 8080))
        #expect(try server.peer() == "10.88.1.1")
        #expect(try lab.connects("host", to: "203.0.113.2", 8080))
        _ = try server.peer()
        #expect(try lab.connects("c", to: "203.0.113.2", 8080), "another network, by the host's address")
        _ = try server.peer()
        #expect(try lab.connects("b", to: "203.0.113.2", 8080), "a neighbour")
        #expect(try server.peer() == "10.88.1.1")
        #expect(try lab.connects("a", to: "203.0.113.2", 8080), "itself")
        #expect(try server.peer() == "10.88.1.1")
    }

    @Test func `nothing else is reached, and the way out is open`() async throws {
        try await apply(network(1, ports: [port()]), network(2))
        let published = try lab.listen("a", 80)
        let unpublished = try lab.listen("a", 81)
        #expect(try lab.isCutOff("outside", from: "10.88.1.2", 80), "directly, past the host's port")
        #expect(try lab.isCutOff("outside", from: "10.88.1.2", 81))
        #expect(try lab.isCutOff("c", from: "10.88.1.2", 80), "directly, from another network")
        #expect(try lab.isCutOff("c", from: "10.88.1.2", 81))
        #expect(try lab.connects("host", to: "10.88.1.2", 81))
        #expect(try lab.connects("b", to: "10.88.1.2", 81))
        let server = try lab.listen("outside", 443)
        #expect(try lab.connects("a", to: "203.0.113.9", 443))
        #expect(try server.peer() == "203.0.113.2", "masqueraded")
        _ = consume published
        _ = consume unpublished
    }

    @Test func `a port on loopback is the host's alone`() async throws {
        try await apply(network(1, ports: [port(on: "127.0.0.1")]), network(2))
        let server = try lab.listen("a", 80)
        let secret = try lab.listen("host", 9000)
        #expect(try lab.connects("host", to: "127.0.0.1", 8080))
        #expect(try lab.isCutOff("outside", from: "203.0.113.2", 8080))
        #expect(try lab.isCutOff("c", from: "10.88.2.1", 8080))
        // By a route of one's own, packets for 127.0.0.1 reach the host; they must not get further.
        for (name, gateway) in [("outside", "203.0.113.2"), ("b", "10.88.1.1")] {
            try lab.space(name).run { () throws(SystemCallError) in
                try Sysctl.write("net/ipv4/conf/all/route_localnet", "1")
            }
            try lab.ip(name, "addr del 127.0.0.1/8 dev lo")
            try lab.ip(name, "route flush table local root 127.0.0.0/8")
            try lab.ip(name, "route add 127.0.0.1 via \(gateway)")
            #expect(try lab.isCutOff(name, from: "127.0.0.1", 8080))
            #expect(try lab.isCutOff(name, from: "127.0.0.1", 9000))
        }
        _ = consume server
        _ = consume secret
    }

    @Test func `a port on one address beside one on all`() async throws {
        try await apply(
            network(
                1,
                ports: [port(), Scenario.port(.tcp, "203.0.113.2", 8080, "10.88.1.3", 80)]))
        let a = try lab.listen("a", 80)
        let b = try lab.listen("b", 80)
        #expect(try lab.connects("outside", to: "203.0.113.2", 8080))
        #expect(try b.peer() == "203.0.113.9")
        #expect(try lab.connects("host", to: "10.88.1.1", 8080))
        _ = try a.peer()
    }

    @Test func `containers that are kept apart reach each other by a link only`() async throws {
        var apart = network(1)
        apart.icc = false
        apart.links = [
            LinkFirewall(
                client: try #require(IPAddress("10.88.1.3")), server: try #require(IPAddress("10.88.1.2")),
                transport: .tcp, port: 6379)
        ]
        try await apply(apart, network(2))
        let linked = try lab.listen("a", 6379)
        #expect(try lab.isCutOff("b", from: "10.88.1.2", 81), "before their ports are known")
        apart.endpoints = [try lab.endpoint("a"), try lab.endpoint("b")]
        try await apply(apart, network(2))
        let other = try lab.listen("a", 81)
        #expect(try lab.connects("b", to: "10.88.1.2", 6379))
        #expect(try lab.isCutOff("b", from: "10.88.1.2", 81))
        #expect(try lab.connects("host", to: "10.88.1.2", 81))
        let server = try lab.listen("outside", 443)
        #expect(try lab.connects("a", to: "203.0.113.9", 443))
        try await apply(network(1), network(2))
        #expect(try lab.connects("b", to: "10.88.1.2", 81), "icc on again")
        _ = consume linked
        _ = consume other
        _ = consume server
    }

    @Test func `an internal network has no way out and in`() async throws {
        var inside = network(1)
        inside.internal = true
        try await apply(inside, network(2, ports: [Scenario.port(.tcp, "0.0.0.0", 8082, "10.88.2.2", 80)]))
        let a = try lab.listen("a", 80)
        let c = try lab.listen("c", 80)
        let server = try lab.listen("outside", 443)
        #expect(try lab.connects("b", to: "10.88.1.2", 80))
        #expect(try lab.isCutOff("a", from: "203.0.113.9", 443))
        #expect(try lab.isCutOff("outside", from: "10.88.1.2", 80))
        #expect(try lab.isCutOff("c", from: "10.88.1.2", 80))
        #expect(try lab.isCutOff("a", from: "10.88.2.2", 80))
        #expect(try lab.isCutOff("a", from: "203.0.113.2", 8082), "nor by another network's published port")
        _ = consume a
        _ = consume c
        _ = consume server
    }

    @Test func `a routed network is reached by its own addresses, on published ports`() async throws {
        var routed = network(1, ports: [port()])
        routed.gatewayModeIPv4 = .routed
        try await apply(routed, network(2))
        let published = try lab.listen("a", 80)
        let unpublished = try lab.listen("a", 81)
        #expect(try lab.connects("outside", to: "10.88.1.2", 80))
        #expect(try published.peer() == "203.0.113.9")
        #expect(try lab.isCutOff("outside", from: "10.88.1.2", 81))
        #expect(try lab.isCutOff("outside", from: "203.0.113.2", 8080), "nothing is translated")
        #expect(try lab.connects("c", to: "10.88.1.2", 80), "from another network, too")
        #expect(try lab.isCutOff("c", from: "10.88.1.2", 81))
        let server = try lab.listen("outside", 443)
        #expect(try lab.connects("a", to: "203.0.113.9", 443))
        #expect(try server.peer() == "10.88.1.2", "nothing is masqueraded")
        _ = consume unpublished
    }

    @Test func `nat-unprotected, trusted interfaces and direct routing`() async throws {
        let published = try lab.listen("a", 80)
        let unpublished = try lab.listen("a", 81)
        var network = network(1, ports: [port()])
        network.gatewayModeIPv4 = .natUnprotected
        try await apply(network, self.network(2))
        #expect(try lab.connects("outside", to: "10.88.1.2", 81))
        #expect(try lab.connects("c", to: "10.88.1.2", 81), "other networks come in")
        network.gatewayModeIPv4 = .nat
        network.trustedInterfaces = ["up0"]
        try await apply(network, self.network(2))
        #expect(try lab.connects("outside", to: "10.88.1.2", 80))
        #expect(try lab.isCutOff("outside", from: "10.88.1.2", 81))
        network.trustedInterfaces = []
        network.allowsDirectRouting = true
        try await apply(network, self.network(2))
        #expect(try lab.connects("outside", to: "10.88.1.2", 80))
        #expect(try lab.isCutOff("outside", from: "10.88.1.2", 81))
        #expect(try lab.isCutOff("c", from: "10.88.1.2", 80))
        _ = consume published
        _ = consume unpublished
    }
}
