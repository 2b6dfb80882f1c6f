import Firewall
import IPAddressing
import SystemCalls
import Testing

@testable import ContainerNetworking

@Suite struct PortPlanTests {
    private let any4 = IPAddress.v4(IPv4Address(rawValue: 0))
    private let any6 = IPAddress.v6(IPv6Address(rawValue: 0))

    private func plan(_ change: (inout PortPlan) -> Void = { _ in }) -> PortPlan {
        var plan = PortPlan(ipv4: IPv4Address(172, 17, 0, 2), ipv6: nil, standardAddress: any4)
        change(&plan)
        return plan
    }

    /// `0.0.0.0>172.17.0.2 [::]>172.17.0.2` for each group.
    private func text(_ groups: [PortGroup]) -> [String] {
        groups.map { group in
            let ports = group.hostPorts.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            return "\(group.isRouted ? "routed" : ports ?? "any") \(group.containerPort)/\(group.transport.rawValue) "
                + group.bindings.map { "\($0.host)>\($0.container)" }.joined(separator: " ")
        }
    }

    @Test func `a port without an address is published on both families, through the proxy where it must`() {
        let requests = [PortRequest(containerPort: 80, hostPorts: 8080...8080)]
        #expect(text(plan().groups(requests)) == ["8080 80/tcp 0.0.0.0>172.17.0.2 ::>172.17.0.2"])
        #expect(text(plan { $0.hostHasIPv6 = false }.groups(requests)) == ["8080 80/tcp 0.0.0.0>172.17.0.2"])
        #expect(text(plan { $0.proxies = false }.groups(requests)) == ["8080 80/tcp 0.0.0.0>172.17.0.2"])
        let dual = plan {
            $0.ipv6 = IPv6Address("fd00::2")
            $0.proxies = false
        }
        #expect(text(dual.groups(requests)) == ["8080 80/tcp 0.0.0.0>172.17.0.2 ::>fd00::2"])
        let only6 = plan {
            $0.ipv4 = nil
            $0.ipv6 = IPv6Address("fd00::2")
        }
        #expect(text(only6.groups(requests)) == ["8080 80/tcp ::>fd00::2"])
    }

    @Test func `an address is meant as it is said`() {
        func one(_ address: String, _ plan: PortPlan) -> [String] {
            text(plan.groups([PortRequest(containerPort: 80, hostAddress: IPAddress(address), hostPorts: 80...80)]))
        }
        #expect(one("0.0.0.0", plan()) == ["80 80/tcp 0.0.0.0>172.17.0.2"])
        #expect(one("127.0.0.1", plan()) == ["80 80/tcp 127.0.0.1>172.17.0.2"])
        #expect(one("::", plan()) == ["80 80/tcp ::>172.17.0.2"])
        #expect(one("::1", plan()) == ["80 80/tcp ::1>172.17.0.2"])
        #expect(one("::1", plan { $0.proxies = false }) == [])
        let loopback = plan { $0.standardAddress = .v4(IPv4Address(127, 0, 0, 1)) }
        #expect(text(loopback.groups([PortRequest(containerPort: 80)])) == ["any 80/tcp 127.0.0.1>172.17.0.2"])
        let six = plan { $0.standardAddress = any6 }
        #expect(text(six.groups([PortRequest(containerPort: 80)])) == ["any 80/tcp ::>172.17.0.2"])
    }

    @Test func `exact ports come before ranges and these before any, however they were said`() {
        let requests = [
            PortRequest(containerPort: 82), PortRequest(containerPort: 81, hostPorts: 8000...8002),
            PortRequest(.udp, containerPort: 80, hostPorts: 8001...8001),
            PortRequest(containerPort: 80, hostPorts: 8001...8001),
            PortRequest(containerPort: 80, hostPorts: 8001...8001),
        ]
        let four = plan { $0.hostHasIPv6 = false }
        #expect(
            text(four.groups(requests)) == [
                "8001 80/tcp 0.0.0.0>172.17.0.2", "8001 80/udp 0.0.0.0>172.17.0.2",
                "8000-8002 81/tcp 0.0.0.0>172.17.0.2", "any 82/tcp 0.0.0.0>172.17.0.2",
            ])
    }

    @Test func `a routed network takes no port of the host, each family by itself`() {
        let requests = [
            PortRequest(containerPort: 80, hostAddress: IPAddress("127.0.0.1"), hostPorts: 80...80),
            PortRequest(containerPort: 81),
        ]
        let mixed = plan {
            $0.ipv6 = IPv6Address("fd00::2")
            $0.isRouted = (true, false)
        }
        #expect(
            text(mixed.groups(requests)) == [
                "any 81/tcp ::>fd00::2", "routed 80/tcp 0.0.0.0>172.17.0.2", "routed 81/tcp 0.0.0.0>172.17.0.2",
            ])
        let elsewhere = plan {
            $0.duty = .routed
            $0.isRouted = (true, false)
        }
        #expect(text(elsewhere.groups([PortRequest(containerPort: 81)])) == ["routed 81/tcp 0.0.0.0>172.17.0.2"])
    }

    @Test func `the endpoint with the default route publishes, and IPv6 follows IPv4 where nobody has IPv6`() {
        #expect(PortDuty.of("a", ipv4Gateway: "a", ipv6Gateway: nil) == .all)
        #expect(PortDuty.of("a", ipv4Gateway: "a", ipv6Gateway: "b") == [.ipv4, .routed])
        #expect(PortDuty.of("b", ipv4Gateway: "a", ipv6Gateway: "b") == [.ipv6, .routed])
        #expect(PortDuty.of("c", ipv4Gateway: "a", ipv6Gateway: nil) == .routed)
        #expect(text(plan { $0.duty = .routed }.groups([PortRequest(containerPort: 81)])) == [])
    }

    @Test func `SCTP goes by the kernel alone`() {
        #expect(
            text(plan().groups([PortRequest(.sctp, containerPort: 80)])) == ["any 80/sctp 0.0.0.0>172.17.0.2"])
    }

    @Test func `the books find clashes of one family by port`() {
        func port(_ address: IPAddress, _ number: UInt16 = 80, _ transport: TransportProtocol = .tcp) -> HostPort {
            HostPort(transport: transport, address: address, number: number)
        }
        var books = PortBooks()
        books.book(port(.v4(IPv4Address(127, 0, 0, 1))), .endpoint("a"))
        #expect(books.clashes(with: port(any4)).map(\.owner) == [.endpoint("a")])
        #expect(books.clashes(with: port(any6)).isEmpty)
        #expect(books.clashes(with: port(any4, 81)).isEmpty)
        #expect(books.clashes(with: port(any4, 80, .udp)).isEmpty)
        #expect(books.clashes(with: port(.v4(IPv4Address(127, 0, 0, 2)))).isEmpty)
        books.free(port(.v4(IPv4Address(127, 0, 0, 1))))
        #expect(books.count == 0)
    }

    @Test func `the proxy leads what the kernel cannot`() {
        var endpoint = EndpointRecord(
            id: "e", networkID: "n", networkName: "n", containerID: "c", sandboxPath: "", hostInterface: "",
            interfaceName: "", macAddress: "", ipv4Address: "172.17.0.2", prefixLength: 16, gateway: "")
        func target(_ address: String) -> String? {
            NetworkController.proxyTarget(
                PortRecord(transport: "tcp", containerPort: 80, hostAddress: address, hostPort: 8080), endpoint
            ).map { "\($0.address) \($0.port)" }
        }
        #expect(
            ["0.0.0.0", "::", "fd00::1", "::1"].map(target) == [nil, "172.17.0.2 80", "172.17.0.2 80", "172.17.0.2 80"])
        endpoint.ipv6Address = "fd00::2"
        #expect(["0.0.0.0", "::", "fd00::1", "::1"].map(target) == [nil, "fd00::2 80", nil, "fd00::2 80"])
    }

    @Test func `the kernel's list of reserved ports is read, gaps and all`() {
        #expect(PortChooser.ports("8080,9148-9150,x,3-1") == [8080, 9148, 9149, 9150])
        #expect(PortChooser.ports("").isEmpty)
    }
}
