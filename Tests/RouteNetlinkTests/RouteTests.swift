import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls
import Testing

@Suite("Addresses, routes and neighbours", .enabled(if: canMakeNamespaces, "needs root and iproute2"))
struct RouteTests {
    /// A bridge with an address, up.
    private func host() throws -> (TestNamespace, Int32) {
        let host = try TestNamespace()
        try host.socket.apply([
            LinkRequest.change(index: 1, name: "lo", LinkChange(up: true)),
            LinkRequest.makeBridge(name: "docker0", mac: .randomForBridge(), mtu: 1500),
        ])
        let bridge = try host.link("docker0")
        try host.socket.apply([
            LinkRequest.change(index: bridge.index, name: "docker0", LinkChange(up: true)),
            AddressRequest.add(try #require(IPPrefix("172.17.0.1/16")), to: bridge.index, name: "docker0"),
        ])
        return (host, bridge.index)
    }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test("An address with its broadcast address, as the seed shows it") func addAddress() throws {
        let (host, index) = try host()
        let prefix = try #require(IPPrefix("172.17.0.1/16"))
        #expect(try host.socket.addresses().contains { $0.index == index && $0.prefix == prefix && $0.scope == 0 })
        #expect(
            try host.run("ip", "-4", "addr", "show", "docker0")
                .contains("inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\n"))
        // Twice is fine, and so is taking away what is gone.
        try host.socket.apply([
            AddressRequest.add(prefix, to: index, name: "docker0"),
            AddressRequest.delete(prefix, from: index, name: "docker0"),
            AddressRequest.delete(prefix, from: index, name: "docker0"),
        ])
        #expect(try !host.socket.addresses().contains { $0.index == index && $0.prefix.family == .v4 })
    }

    @Test("The default route, and the kernel's own words where it cannot be") func defaultRoute() throws {
        let (host, index) = try host()
        try host.socket.apply([RouteRequest.setDefault(.v4, via: address("172.17.0.9"), device: index)])
        #expect(try host.run("ip", "route").hasPrefix("default via 172.17.0.9 dev docker0"))
        let route = try #require(try host.socket.routes().first { $0.destination.length == 0 && $0.table == 254 })
        #expect(route.gateway?.description == "172.17.0.9")
        #expect(route.index == index)

        let error = #expect(throws: NetlinkError.self) {
            try host.socket.apply([RouteRequest.setDefault(.v4, via: address("10.9.9.9"), device: index)])
        }
        #expect(
            error?.detail == "Nexthop has invalid gateway" || error?.errno == .exists, "\(String(describing: error))")
    }

    @Test("The routing decision, asked for") func lookup() throws {
        let (host, index) = try host()
        let route = try host.socket.resolve(RouteLookup(to: address("172.17.0.2")))
        #expect(route.index == index)
        #expect(route.preferredSource?.description == "172.17.0.1")
        let entry = try host.socket.match(RouteLookup(to: address("172.17.0.2")))
        #expect(entry.destination.description == "172.17.0.0/16")
        let error = #expect(throws: NetlinkError.self) {
            _ = try host.socket.resolve(RouteLookup(to: address("203.0.113.8")))
        }
        #expect(error?.errno.description == "Network is unreachable")
        // A packet of a container, while forwarding is off: the errno is the oracle.
        let forwarded = #expect(throws: NetlinkError.self) {
            _ = try host.socket.resolve(
                RouteLookup(to: address("172.17.0.3"), from: address("172.17.0.2"), arrivesBy: index))
        }
        #expect(forwarded?.errno.description == "No route to host", "\(String(describing: forwarded))")
    }

    @Test("Neighbours and forwarding databases") func neighbours() throws {
        let (host, index) = try host()
        let mac = try #require(MACAddress("02:42:ac:11:00:02"))
        try host.run("ip", "neigh", "add", "172.17.0.2", "lladdr", "\(mac)", "dev", "docker0", "nud", "permanent")
        let neighbour = try #require(try host.socket.neighbours().first { $0.address.description == "172.17.0.2" })
        #expect(neighbour.mac == mac && neighbour.index == index && neighbour.state == 0x80)
        try host.run("ip", "neigh", "del", "172.17.0.2", "dev", "docker0")
        #expect(try !host.socket.neighbours().contains { $0.address.description == "172.17.0.2" })
        let own = try host.link("docker0").mac
        #expect(try host.socket.forwardingEntries().contains { $0.mac == own && $0.master == index && $0.isPermanent })
    }

    @Test("IPv6 goes the same way") func v6() throws {
        let (host, index) = try host()
        let prefix = try #require(IPPrefix("2001:db8::1/64"))
        try host.socket.apply([AddressRequest.add(prefix, to: index, name: "docker0")])
        #expect(try host.socket.addresses().contains { $0.index == index && $0.prefix == prefix })
        #expect(
            try host.socket.routes().contains { $0.destination.description == "2001:db8::/64" && $0.index == index })
    }
}
