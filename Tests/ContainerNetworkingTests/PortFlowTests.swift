import ConnectionTracking
import Firewall
import Glibc
import IPAddressing
import SystemCalls
import Testing

@testable import ContainerNetworking

@Suite("Published ports and flows", .enabled(if: canMakeNamespaces, "needs root, iproute2, iptables, busybox"))
struct PortFlowTests {
    private func datagrams(_ namespace: NetworkNamespace, port: UInt16) throws -> SharedFileDescriptor {
        let socket = try namespace.socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try InternetSocket.bind(socket.rawValue, [0, 0, 0, 0], port: port)
        return SharedFileDescriptor(socket)
    }

    @Test func `a UDP flow that began before its port was published is led to the container, and forgotten with it`()
        async throws
    {
        let host = try Host()
        let outside = try host.uplink()
        let networks = host.controller()
        _ = try await networks.startUp()
        let table = try ConnectionSocket(in: host.namespace)
        let client = try datagrams(outside, port: 40000)
        try InternetSocket.connect(client.rawValue, [198, 51, 100, 2], port: 5353)
        func say(_ byte: UInt8) {
            // The answer to the one before, that nobody listens, is told once.
            for _ in 0..<2 where unsafe send(client.rawValue, [byte], 1, 0) == 1 { break }
        }
        say(1)
        let filter = ConnectionFilter(protocolNumber: 17, originalDestinationPort: 5353)
        let before = try table.entries(.v4, filter)
        #expect(before.count == 1 && before.first?.reply.source == IPAddress("198.51.100.2"))

        let id = containerID("dns")
        let sandbox = try await networks.makeSandbox(container: id)
        let server = try datagrams(NetworkNamespace(path: sandbox.path), port: 53)
        let endpoint = try await networks.attach(
            EndpointRequest(
                containerID: id, sandboxPath: sandbox.path, network: "bridge",
                ports: [PortRequest(.udp, containerPort: 53, hostPorts: 5353...5353)]))
        say(2)
        #expect(try server.withDescriptor { try $0.read() } == [2])
        let after = try table.entries(.v4, filter)
        #expect(after.map(\.reply.source) == [IPAddress("172.17.0.2")])
        #expect(after.first?.status.contains(.destinationNAT) == true)

        await networks.detach(endpoint)
        await networks.shutDown()
        for _ in 0..<200 where try !table.entries(.v4, filter).isEmpty { usleep(10_000) }
        #expect(try table.entries(.v4, filter).isEmpty)
    }

    @Test func `an IPv6 client from outside reaches a container without IPv6`() async throws {
        let host = try Host()
        let outside = try host.uplink()
        try host.run("ip", "addr", "add", "fd00:1::2/64", "dev", "up0", "nodad")
        try outside.run { () throws(SystemCallError) in try Sysctl.write("net/ipv6/conf/isp0/accept_dad", "0") }
        let id = containerID("red")
        let networks = host.controller()
        _ = try await networks.startUp()
        let sandbox = try await networks.makeSandbox(container: id)
        let endpoint = try await networks.attach(
            EndpointRequest(
                containerID: id, sandboxPath: sandbox.path, network: "bridge",
                ports: [
                    PortRequest(containerPort: 80, hostAddress: IPAddress("fd00:1::2"), hostPorts: 8080...8080)
                ]))
        #expect(endpoint.ports.map(\.hostAddress) == ["fd00:1::2"])
        let server = try host.serve(in: sandbox, "80", says: "red")
        defer { server.stop() }
        let ip = try #require(FileSystem.findProgram("ip"))
        _ = try ChildProcess.run(
            ChildRequest(ip, ["addr", "add", "fd00:1::1/64", "dev", "isp0", "nodad"], networkNamespace: outside))
        #expect(try host.fetch(in: outside, "[fd00:1::2]:8080") == "red")
        #expect(try host.fetch(in: outside, "198.51.100.2:8080") == nil)
    }

    @Test func `ports follow the endpoint that gives the default route, number and all`() async throws {
        let host = try Host()
        let outside = try host.uplink()
        let networks = host.controller()
        _ = try await networks.startUp()
        let id = containerID("red")
        let requests = [PortRequest(containerPort: 80)]
        var ends: [(Sandbox, EndpointRecord)] = []
        for name in ["red", "blue"] {
            let sandbox = try await networks.makeSandbox(container: containerID(name))
            let endpoint = try await networks.attach(
                EndpointRequest(
                    containerID: id, sandboxPath: sandbox.path, network: "bridge", ports: ends.isEmpty ? requests : []))
            ends.append((sandbox, endpoint))
        }
        let servers = try [host.serve(in: ends[0].0, "80", says: "red"), host.serve(in: ends[1].0, "80", says: "blue")]
        defer { for server in servers { server.stop() } }
        let number = try #require(ends[0].1.ports.first).hostPort
        #expect(try host.fetch(in: outside, "198.51.100.2:\(number)") == "red")
        #expect(try host.fetch(in: host.namespace, "[::1]:\(number)") == "red")

        let gateway = ends[1].1.id
        let moved = try await networks.movePorts(requests, of: id, ipv4Gateway: gateway, ipv6Gateway: nil)
        #expect(moved.count == 2)
        #expect(moved.first { $0.id == gateway }?.ports == ends[0].1.ports)
        #expect(try host.fetch(in: outside, "198.51.100.2:\(number)") == "blue")
        #expect(try host.fetch(in: host.namespace, "[::1]:\(number)") == "blue")
        #expect(
            try await networks.movePorts(requests, of: id, ipv4Gateway: gateway, ipv6Gateway: nil).isEmpty,
            "nothing to do")

        // No default route any more: nothing is published, and the port is anybody's.
        _ = try await networks.movePorts(requests, of: id, ipv4Gateway: nil, ipv6Gateway: nil)
        #expect(try host.fetch(in: outside, "198.51.100.2:\(number)") == nil)
        let free = HostPort(transport: .tcp, address: .v6(IPv6Address(rawValue: 0)), number: number)
        #expect(try HeldPort(free, in: HostNetwork(namespace: host.namespace)).socket != nil)
    }
}
