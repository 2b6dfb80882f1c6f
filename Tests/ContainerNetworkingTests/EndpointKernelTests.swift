import Glibc
import IPAddressing
import RouteNetlink
import SystemCalls
import Testing

@testable import ContainerNetworking

/// Whether this kernel makes devices of a kind.
private func kernelHas(_ kind: String) -> Bool {
    guard canMakeNamespaces, let host = try? Host(), let ip = FileSystem.findProgram("ip") else { return false }
    guard (try? host.run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "up1")) != nil else {
        return false
    }
    let request = ChildRequest(
        ip, ["link", "add", "link", "up0", "name", "try0", "type", kind], networkNamespace: host.namespace)
    return (try? ChildProcess.run(request).status.isSuccess) == true
}

@Suite("Endpoints in the kernel", .enabled(if: canMakeNamespaces))
struct EndpointKernelTests {
    private let host: Host
    private let networks: NetworkController

    init() async throws {
        host = try Host()
        networks = host.controller()
        _ = try await networks.startUp()
    }

    @discardableResult
    private func network(_ name: String, _ change: (inout NetworkRequest) -> Void = { _ in }) async throws
        -> NetworkRecord
    {
        var request = NetworkRequest(name: name, created: "now")
        change(&request)
        return try await networks.create(request)
    }

    private func plug(
        _ sandbox: Sandbox, _ name: String, _ change: (inout EndpointRequest) -> Void = { _ in }
    ) async throws -> EndpointRecord {
        var request = EndpointRequest(containerID: containerID("red"), sandboxPath: sandbox.path, network: name)
        change(&request)
        return try await networks.attach(request)
    }

    private func sandbox() async throws -> Sandbox { try await networks.makeSandbox(container: containerID("red")) }

    private func pool(_ subnet: String, gateway: String = "") -> NetworkRequest.PoolWish {
        var pool = NetworkRequest.PoolWish()
        pool.subnet = subnet
        pool.gateway = gateway
        return pool
    }

    @Test func `two networks on one container: the default route moves when its network is disconnected`() async throws
    {
        let (one, two) = (try await network("alpha"), try await network("beta"))
        let red = try await sandbox()
        let second = try await plug(red, "beta")
        let first = try await plug(red, "alpha")
        #expect(second.interfaceName == "eth0" && first.interfaceName == "eth1")
        // By name where nothing else decides.
        #expect(
            try host.run(in: red, "ip", "route", "show", "default") == "default via \(one.gateway ?? "") dev eth1 \n")
        await networks.detach(first)
        #expect(try !host.run(in: red, "ip", "link").contains("eth1"))
        #expect(
            try host.run(in: red, "ip", "route", "show", "default") == "default via \(two.gateway ?? "") dev eth0 \n")
        #expect(try host.cables() == [second.hostInterface])
        // The lowest free number again, and the route comes back.
        #expect(try await plug(red, "alpha").interfaceName == "eth1")
        #expect(
            try host.run(in: red, "ip", "route", "show", "default") == "default via \(one.gateway ?? "") dev eth1 \n")
    }

    @Test func `the highest priority gives the default route, and an internal network never does`() async throws {
        let two = try await network("beta")
        try await network("alpha")
        try await network("inner") { $0.isInternal = true }
        let red = try await sandbox()
        let inner = try await plug(red, "inner") { $0.gatewayPriority = 100 }
        #expect(inner.gateway.isEmpty)
        #expect(try host.run(in: red, "ip", "route", "show", "default").isEmpty)
        _ = try await plug(red, "beta") { $0.gatewayPriority = 1 }
        _ = try await plug(red, "alpha")
        #expect(
            try host.run(in: red, "ip", "route", "show", "default") == "default via \(two.gateway ?? "") dev eth1 \n")
    }

    @Test func `names of interfaces: asked for, by the network's prefix, and refused`() async throws {
        try await network("alpha") { $0.options["com.docker.network.container_iface_prefix"] = "blue" }
        try await network("beta")
        try await network("gamma")
        let red = try await sandbox()
        #expect(try await plug(red, "alpha").interfaceName == "blue0")
        #expect(try await plug(red, "beta") { $0.interfaceName = "lan" }.interfaceName == "lan")
        for wrong in ["lan", "lo", "a-name-of-16-byte", "a/b"] {
            let error = await #expect(throws: NetworkError.self) {
                try await plug(red, "gamma") { $0.interfaceName = wrong }
            }
            #expect(error?.kind == .invalid, "\(wrong)")
        }
        #expect(try await plug(red, "gamma").ipv4Address.hasSuffix(".2"))
    }

    @Test func `both families: addresses, default routes, no advertisements taken`() async throws {
        let net = try await network("dual") { $0.enableIPv6 = true }
        let red = try await sandbox()
        let endpoint = try await plug(red, "dual") { $0.linkLocalAddresses = [IPAddress("169.254.7.7")!] }
        #expect(!endpoint.ipv6Address.isEmpty && endpoint.ipv6PrefixLength == 64)
        let shown = try host.run(in: red, "ip", "addr", "show", "eth0")
        #expect(shown.contains("inet6 \(endpoint.ipv6Address)/64 scope global nodad"))
        #expect(shown.contains("inet6 fe80::") && shown.contains("inet 169.254.7.7/16"))
        let gateway = try #require(net.pool(.v6)?.gateway)
        #expect(
            try host.run(in: red, "ip", "-6", "route", "show", "default").hasPrefix("default via \(gateway) dev eth0"))
        #expect(try host.run(in: red, "busybox", "sysctl", "-n", "net.ipv6.conf.eth0.accept_ra") == "0\n")
        try host.ping(from: red, gateway)
    }

    @Test func `IPv6 alone: a stable Ethernet address, and no IPv4`() async throws {
        try await network("six") {
            $0.enableIPv4 = false
            $0.enableIPv6 = true
        }
        let red = try await sandbox()
        let endpoint = try await plug(red, "six")
        #expect(endpoint.ipv4Address.isEmpty && endpoint.gateway.isEmpty && !endpoint.ipv6Gateway.isEmpty)
        #expect(try !host.run(in: red, "ip", "addr", "show", "eth0").contains("inet "))
        await networks.detach(endpoint)
        #expect(try await plug(red, "six").macAddress == endpoint.macAddress)
    }

    @Test func `IPv6 is off on an interface of IPv4 alone, and where a parameter says so`() async throws {
        try await network("four")
        try await network("dual") { $0.enableIPv6 = true }
        let red = try await sandbox()
        _ = try await plug(red, "four")
        #expect(try host.run(in: red, "busybox", "sysctl", "-n", "net.ipv6.conf.eth0.disable_ipv6") == "1\n")
        #expect(try host.run(in: red, "busybox", "sysctl", "-n", "net.ipv6.conf.lo.disable_ipv6") == "0\n")
        let off = try await plug(red, "dual") { $0.sysctls = ["net.ipv6.conf.IFNAME.disable_ipv6=1"] }
        #expect(off.ipv6Address.isEmpty)
        #expect(try !host.run(in: red, "ip", "addr", "show", "eth1").contains("inet6"))
    }

    @Test func `parameters of the interface are set, and wrong ones refused with nothing left`() async throws {
        try await network("alpha")
        let red = try await sandbox()
        for wrong in [
            "net.ipv4.conf.eth0.log_martians=1", "net.core.conf.IFNAME.x=1", "net.ipv4.conf.IFNAME.nonsense=1",
            "net.ipv4.conf.IFNAME.log_martians", "net.ipv4.conf.IFNAME./../all/log_martians=1",
        ] {
            await #expect(throws: NetworkError.self, "\(wrong)") {
                try await plug(red, "alpha") { $0.sysctls = [wrong] }
            }
        }
        #expect(try host.cables().isEmpty)
        #expect(try !host.run(in: red, "ip", "link").contains("eth0"))
        let endpoint = try await plug(red, "alpha") {
            $0.sysctls = ["net.ipv4.conf.IFNAME.log_martians=1", "net.ipv4.conf.ifname.forwarding=0"]
        }
        #expect(endpoint.ipv4Address.hasSuffix(".2"))
        #expect(try host.run(in: red, "busybox", "sysctl", "-n", "net.ipv4.conf.eth0.log_martians") == "1\n")
    }

    @Test(
        .enabled(if: kernelHas("macvlan"), "needs macvlan in the kernel"),
        arguments: ["bridge", "private", "vepa", "passthru"])
    func `macvlan of every mode, plugged in and out`(_ mode: String) async throws {
        try host.run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "up1")
        try host.run("ip", "link", "set", "up0", "up")
        try host.run("ip", "link", "set", "up1", "up")
        try await network("lan") {
            $0.driver = "macvlan"
            $0.options = ["parent": "up0", "macvlan_mode": mode]
            $0.pools = [pool("203.0.113.0/24", gateway: "203.0.113.1")]
        }
        let red = try await sandbox()
        let endpoint = try await plug(red, "lan")
        let shown = try host.run(in: red, "ip", "-d", "addr", "show", "eth0")
        #expect(shown.contains("macvlan mode \(mode)") && shown.contains("inet 203.0.113.2/24"))
        #expect(shown.contains("link/ether \(endpoint.macAddress)") && endpoint.hostInterface.isEmpty)
        #expect(try host.run(in: red, "ip", "route", "show", "default") == "default via 203.0.113.1 dev eth0 \n")
        await networks.detach(endpoint)
        #expect(try !host.run(in: red, "ip", "link").contains("eth0"))
        #expect(try await plug(red, "lan").ipv4Address == "203.0.113.2")
    }

    @Test(
        .enabled(if: kernelHas("ipvlan"), "needs ipvlan in the kernel"), arguments: ["l2", "l3", "l3s"])
    func `ipvlan of every mode`(_ mode: String) async throws {
        try host.run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "up1")
        try host.run("ip", "link", "set", "up0", "up")
        try host.run("ip", "link", "set", "up1", "up")
        try await network("lan") {
            $0.driver = "ipvlan"
            $0.options = ["parent": "up0", "ipvlan_mode": mode]
            $0.pools = [pool("203.0.113.0/24", gateway: mode == "l2" ? "203.0.113.1" : "")]
        }
        let red = try await sandbox()
        let endpoint = try await plug(red, "lan")
        #expect(endpoint.macAddress.isEmpty)
        #expect(try host.run(in: red, "ip", "-d", "link", "show", "eth0").contains("ipvlan  mode \(mode)"))
        let route = try host.run(in: red, "ip", "route", "show", "default")
        #expect(route == (mode == "l2" ? "default via 203.0.113.1 dev eth0 \n" : "default dev eth0 scope link \n"))
    }

    @Test func `plugged into a running container in parallel: each has its own interface`() async throws {
        for number in 0..<6 { try await network("net\(number)") }
        let (networks, path) = (networks, try await sandbox().path)
        let red = Sandbox(path: path)
        let endpoints = try await withThrowingTaskGroup(of: EndpointRecord.self) { group in
            for number in 0..<6 {
                group.addTask {
                    try await networks.attach(
                        EndpointRequest(containerID: containerID("red"), sandboxPath: path, network: "net\(number)"))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(endpoints.map(\.interfaceName)) == Set((0..<6).map { "eth\($0)" }))
        #expect(try host.run(in: red, "ip", "route", "show", "default").split(separator: "\n").count == 1)
    }

    @Test func `a given Ethernet address is told to the neighbours, who knew another`() async throws {
        try await network("alpha")
        let blue = try await networks.makeSandbox(container: containerID("blue"))
        _ = try await networks.attach(
            EndpointRequest(containerID: containerID("blue"), sandboxPath: blue.path, network: "alpha"))
        let red = try await sandbox()
        let former = try await plug(red, "alpha")
        try host.ping(from: blue, former.ipv4Address)
        await networks.detach(former)
        let mac = try #require(MACAddress("02:00:5e:10:00:01"))
        #expect(try await plug(red, "alpha") { $0.macAddress = mac }.ipv4Address == former.ipv4Address)
        var known = ""
        for _ in 0..<200 {
            known = try host.run(in: blue, "ip", "neigh", "show", former.ipv4Address)
            if known.contains("\(mac)") { break }
            usleep(10_000)
        }
        #expect(known.contains("lladdr \(mac)"))
    }
}

@Suite("Frames that tell neighbours of an address") struct AnnouncementTests {
    @Test func `gratuitous ARP and an unsolicited advertisement, byte for byte`() throws {
        let mac = try #require(MACAddress("02:42:ac:12:00:02"))
        let arp = Announcement.frame(try #require(IPAddress("172.18.0.2")), mac)
        #expect(
            arp == [
                255, 255, 255, 255, 255, 255, 2, 0x42, 0xAC, 0x12, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0x42, 0xAC,
                0x12, 0, 2, 172, 18, 0, 2, 0, 0, 0, 0, 0, 0, 172, 18, 0, 2,
            ])
        let advertisement = Announcement.frame(try #require(IPAddress("fd00::2")), mac)
        #expect(advertisement.count == 86 && advertisement[20] == 58 && advertisement[54] == 136)
        // RFC 1071: over all that is summed, the checksum included, the sum is all ones.
        let pseudo = Array(advertisement[22..<54]) + [0, 0, 0, 32, 0, 0, 0, 58] + advertisement[54...]
        var sum = stride(from: 0, to: pseudo.count, by: 2).reduce(0) { $0 + Int(pseudo[$1]) << 8 + Int(pseudo[$1 + 1]) }
        while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
        #expect(sum == 0xFFFF)
    }
}
