import Firewall
import Glibc
import IPAddressing
import SystemCalls
import Testing

@testable import ContainerNetworking

@Suite("Ports as values")
struct PortTests {
    @Test("Ports that cannot be had at once") func clash() {
        func port(_ text: String, _ number: UInt16, _ transport: TransportProtocol = .tcp) -> HostPort {
            HostPort(
                transport: transport, address: IPAddress(text) ?? .v4(IPv4Address(rawValue: 0)), number: number)
        }
        #expect(port("0.0.0.0", 80).clashes(with: port("127.0.0.1", 80)))
        #expect(port("127.0.0.1", 80).clashes(with: port("0.0.0.0", 80)))
        #expect(!port("127.0.0.1", 80).clashes(with: port("127.0.0.2", 80)))
        #expect(!port("0.0.0.0", 80).clashes(with: port("0.0.0.0", 80, .udp)))
        #expect(!port("0.0.0.0", 80).clashes(with: port("0.0.0.0", 81)))
    }

    @Test("The sockets on a port, from the kernel's table") func table() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0
               1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0
               2: 0100007F:1F90 0100007F:C001 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0
            """
        #expect(PortUser.sockets(on: 8080, table: text) == ["4711"])
        #expect(PortUser.sockets(on: 80, table: text) == ["4712"])
        #expect(PortUser.sockets(on: 81, table: text) == [])
    }
}

@Suite("Published ports in the kernel", .enabled(if: canMakeNamespaces, "needs root, iproute2, iptables, busybox"))
struct PortKernelTests {
    /// A container with a web server on port 80 that says `red`, published on 8080.
    private func web(
        _ host: Host, _ networks: NetworkController,
        _ ports: [PortRequest] = [PortRequest(containerPort: 80, hostPorts: 8080...8080)]
    ) async throws -> (Sandbox, EndpointRecord) {
        let id = containerID("red")
        let sandbox = try await networks.makeSandbox(container: id)
        let endpoint = try await networks.attach(
            EndpointRequest(containerID: id, sandboxPath: sandbox.path, network: "bridge", ports: ports))
        return (sandbox, endpoint)
    }

    @Test("Reached from outside, the host, its loopback, another container and itself; gone afterwards")
    func reached() async throws {
        let host = try Host()
        let outside = try host.uplink()
        let networks = host.controller()
        _ = try await networks.startUp()
        let idle = try (host.run("iptables", "-t", "nat", "-S"), host.run("iptables", "-S"))
        let (red, endpoint) = try await web(host, networks)
        let (blue, _) = try await networks.plugIn("blue")
        #expect(
            endpoint.ports
                == ["0.0.0.0", "::"].map {
                    PortRecord(transport: "tcp", containerPort: 80, hostAddress: $0, hostPort: 8080)
                })
        let server = try host.serve(in: red, "80", says: "red")
        defer { server.stop() }

        #expect(try host.fetch(in: outside, "198.51.100.2:8080") == "red")
        #expect(try host.fetch(in: host.namespace, "198.51.100.2:8080") == "red")
        #expect(try host.fetch(in: host.namespace, "127.0.0.1:8080") == "red")
        #expect(try host.fetch(in: host.namespace, "[::1]:8080") == "red")
        #expect(try host.fetch(in: NetworkNamespace(path: blue.path), "198.51.100.2:8080") == "red")
        #expect(try host.fetch(in: NetworkNamespace(path: red.path), "198.51.100.2:8080") == "red")
        #expect(try await networks.repairPlan().isEmpty)

        await networks.detach(endpoint)
        await networks.shutDown()
        #expect(try host.run("iptables", "-t", "nat", "-S") == idle.0)
        #expect(try host.run("iptables", "-S") == idle.1)
        #expect(try !host.run("iptables", "-t", "raw", "-S").contains("127.0.0.0/8"))
        #expect(try host.sysctl("net/ipv4/conf/docker0/route_localnet") == "0")
        for address in ["0.0.0.0", "::"] {
            let free = HostPort(transport: .tcp, address: try #require(IPAddress(address)), number: 8080)
            #expect(try HeldPort(free, in: HostNetwork(namespace: host.namespace)).socket != nil)
        }
    }

    private func port(_ number: UInt16, _ transport: TransportProtocol = .tcp) -> HostPort {
        HostPort(transport: transport, address: .v4(IPv4Address(rawValue: 0)), number: number)
    }

    @Test("The host's own loopback servers stay out of the containers' reach") func guarded() async throws {
        let host = try Host()
        let networks = host.controller()
        try host.run("ip", "link", "set", "lo", "up")
        _ = try await networks.startUp()
        let (red, _) = try await web(host, networks)
        // A container that wants to: its packets to 127.0.0.1 leave by eth0.
        let inside = try NetworkNamespace(path: red.path)
        for prefix in ["127.0.0.0/8", "127.0.0.1"] {
            try host.run(in: red, "ip", "route", "del", "local", prefix, "dev", "lo", "table", "local")
        }
        try inside.run { () throws(SystemCallError) in try Sysctl.write("net.ipv4.conf.eth0.route_localnet", "1") }
        try host.run(in: red, "ip", "route", "add", "127.0.0.1", "via", "172.17.0.1", "src", "172.17.0.2")
        #expect(try host.fetch(in: inside, "127.0.0.1:9") == nil)
        let rule = try host.run("iptables", "-t", "raw", "-vnxL", "PREROUTING").split(separator: "\n").last ?? ""
        #expect(rule.contains("127.0.0.0/8") && rule.contains("DROP"))
        #expect((rule.split(separator: " ").first.flatMap { Int($0) } ?? 0) > 0, "no packet met it: \(rule)")
    }

    @Test("A port is held, and a clash says who has it; nothing is left behind") func clash() async throws {
        let host = try Host()
        let networks = host.controller()
        try host.run("ip", "link", "set", "lo", "up")
        _ = try await networks.startUp()
        let server = try host.serve(in: host.namespace, "8080", says: "host")
        defer { server.stop() }
        let error = await #expect(throws: NetworkError.self) { try await web(host, networks) }
        #expect(
            error?.message.contains(
                "failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use "
                    + "(process \(server.pid), busybox)"
            ) == true, "\(String(describing: error))")
        #expect(try host.cables().isEmpty)

        // A range: the next one.
        let (_, first) = try await web(host, networks, [PortRequest(containerPort: 80, hostPorts: 8080...8082)])
        #expect(first.ports.map(\.hostPort) == [8081, 8081])
        #expect(throws: SystemCallError.self) { try HeldPort(port(8081), in: HostNetwork(namespace: host.namespace)) }
        let ours = await #expect(throws: NetworkError.self) {
            try await web(
                host, networks,
                [
                    PortRequest(containerPort: 81),
                    PortRequest(containerPort: 80, hostAddress: IPAddress("127.0.0.1"), hostPorts: 8081...8081),
                ])
        }
        #expect(ours?.message.contains("Bind for 127.0.0.1:8081 failed: port is already allocated") == true)

        // Given back at once to the next container, before the rules of the first are gone.
        await networks.detach(first)
        let (_, second) = try await web(host, networks, [PortRequest(containerPort: 80, hostPorts: 8081...8081)])
        #expect(second.ipv4Address == "172.17.0.2")
        await networks.shutDown()
        #expect(throws: SystemCallError.self) { try HeldPort(port(8081), in: HostNetwork(namespace: host.namespace)) }
        #expect(
            try host.run("iptables", "-t", "nat", "-S").contains("--dport 8081 -j DNAT --to-destination 172.17.0.2:80"))
    }

    @Test("Ephemeral ports, udp, an address that is not the host's") func kinds() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let (_, endpoint) = try await web(
            host, networks, [PortRequest(containerPort: 80), PortRequest(.udp, containerPort: 53)])
        // By the container's port. Loopback is down: IPv4 only.
        #expect(endpoint.ports.map(\.transport) == ["udp", "tcp"])
        #expect(endpoint.ports.allSatisfy { $0.hostPort >= 1024 })
        let wrong = await #expect(throws: NetworkError.self) {
            try await web(
                host, networks,
                [PortRequest(containerPort: 80, hostAddress: IPAddress("192.0.2.99"), hostPorts: 80...80)])
        }
        #expect(wrong?.message.contains("annot assign requested address") == true, "\(String(describing: wrong))")
    }

    @Test("A later daemon holds the ports again and changes nothing") func restart() async throws {
        let host = try Host()
        try host.run("ip", "link", "set", "lo", "up")
        let first = host.controller()
        let records = try await first.startUp()
        let (red, endpoint) = try await web(host, first)
        let rules = try host.run("iptables", "-t", "nat", "-S")
        await first.letGoOfPorts()
        let second = host.controller()
        _ = try await second.startUp(records, endpoints: [endpoint], sandboxes: [red.path])
        #expect(try host.run("iptables", "-t", "nat", "-S") == rules)
        #expect(throws: SystemCallError.self) { try HeldPort(port(8080), in: HostNetwork(namespace: host.namespace)) }
        let server = try host.serve(in: red, "80", says: "red")
        defer { server.stop() }
        #expect(try host.fetch(in: host.namespace, "[::1]:8080") == "red", "the proxy listens again")
    }
}

extension NetworkController {
    /// As the end of the process does.
    fileprivate func letGoOfPorts() { ports = PortTable() }
}
