import Firewall
import Glibc
import IPAddressing
import SystemCalls
import Testing

private let canSendPackets =
    getuid() == 0 && ["ip", "iptables", "ip6tables", "ping"].allSatisfy { FileSystem.findProgram($0) != nil }

private func port(
    _ host: String, _ hostPort: UInt16, _ container: String, _ containerPort: UInt16,
    _ transport: TransportProtocol = .tcp
) -> PublishedPort {
    Scenario.port(transport, host, hostPort, container, containerPort)
}

private let web = [port("0.0.0.0", 8080, "10.77.1.2", 80), port("::", 8080, "fd00:1::2", 80)]
private let hostAddresses = ["198.51.100.2", "2001:db8:1::2"]
private let containerAddresses = ["10.77.1.2", "fd00:1::2"]

@Suite("Packets meet the rules", .enabled(if: canSendPackets, "needs root, iproute2 and iptables"))
struct PacketTests {
    @Test(arguments: [false, true])
    func `a container is reached by its published port alone, whatever the policy of FORWARD`(_ drop: Bool) async throws
    {
        let lab = try PacketLab()
        try lab.listen(.a1, 80, 81)
        try await lab.apply(drop: drop, a: { $0.publishedPorts = web })
        for (host, container) in zip(hostAddresses, containerAddresses) {
            #expect(try lab.connects(.outside, host, 8080), "\(host)")
            #expect(try lab.connects(.host, host, 8080), "\(host)")
            #expect(try lab.connects(.host, container, 81), "the host itself is free to: \(container)")
            try lab.tryInVain(.outside, container, 80)
            try lab.tryInVain(.outside, container, 81)
            try lab.tryInVain(.b1, container, 80)
            #expect(try !lab.pings(.outside, container, seconds: 1), "\(container)")
            #expect(try lab.connects(.a2, container, 81), "a neighbour: \(container)")
        }
        #expect(try lab.connects(.host, "127.0.0.1", 8080))
        #expect(lab.leaks() == [])
    }

    @Test func `containers of other networks call a published port by any of the host's addresses`() async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80)
        try lab.listen(.host, 22)
        try await lab.apply(a: { $0.publishedPorts = web })
        for address in hostAddresses + ["10.77.2.1", "fd00:2::1", "10.77.1.1", "fd00:1::1"] {
            #expect(try lab.connects(.b1, address, 8080), "\(address)")
            #expect(try lab.connects(.b1, address, 22), "the host's own server: \(address)")
        }
        // Nothing else passes from one to the other: neither directly nor back.
        try lab.listen(.b1, 80)
        try lab.tryInVain(.a1, "10.77.2.2", 80)
        try lab.tryInVain(.a1, "fd00:2::2", 80)
        #expect(lab.leaks() == [])
    }

    @Test(arguments: [true, false])
    func `a network calls its own published ports by the host's addresses, TCP and UDP`(_ icc: Bool) async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80)
        try await lab.apply(a: {
            $0.icc = icc
            $0.publishedPorts =
                web + [port("0.0.0.0", 53, "10.77.1.2", 53, .udp), port("::", 53, "fd00:1::2", 53, .udp)]
        })
        for address in hostAddresses {
            for place in [PacketLab.Place.a1, .a2] {
                #expect(try lab.connects(place, address, 8080), "\(place) \(address)")
                #expect(try lab.exchanges(place, address, 53, with: .a1, 53), "\(place) \(address)")
            }
        }
    }

    @Test func `ports published on a loopback address are the host's alone`() async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80)
        try lab.listen(.host, 9)
        try await lab.apply(a: { $0.publishedPorts = [port("127.0.0.1", 8080, "10.77.1.2", 80)] })
        #expect(try lab.connects(.host, "127.0.0.1", 8080))
        // Somebody who wants to: packets for 127.0.0.1 leave by eth0, and the host's uplink takes them.
        try lab.set(.host, "net/ipv4/conf/up0/route_localnet", "1")
        for (place, gateway) in [(PacketLab.Place.a2, "10.77.1.1"), (.b1, "10.77.2.1"), (.outside, "198.51.100.2")] {
            try lab.run(
                place, "ip", ["-batch", "-"],
                input: "route del local 127.0.0.0/8 dev lo table local\nroute del local 127.0.0.1 dev lo table local\n")
            try lab.set(place, "net/ipv4/conf/eth0/route_localnet", "1")
            let own = ["a2": "10.77.1.3", "b1": "10.77.2.2"][place.rawValue] ?? "198.51.100.1"
            try lab.run(place, "ip", ["route", "add", "127.0.0.1", "via", gateway, "src", own])
            try lab.tryInVain(place, "127.0.0.1", 8080)
            try lab.tryInVain(place, "127.0.0.1", 9)
        }
        // Each of them was met by the rule, and not lost on its way.
        let met =
            try lab.run(.host, "iptables", ["-t", "raw", "-vnxL", "PREROUTING"]).split(separator: "\n").last ?? ""
        #expect(met.contains("127.0.0.0/8") && met.contains("DROP"))
        #expect((met.split(separator: " ").first.flatMap { Int($0) } ?? 0) >= 6, "\(met)")
        #expect(lab.leaks() == [])
    }

    @Test(arguments: [false, true])
    func `a routed network is reached by its own addresses, on published ports and by ping`(_ drop: Bool) async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80, 81)
        try lab.listen(.b1, 80)
        try lab.listen(.outside, 80)
        try await lab.apply(
            drop: drop,
            a: {
                $0.gatewayModeIPv4 = .routed
                $0.gatewayModeIPv6 = .routed
                $0.publishedPorts = web
            }, b: { $0.publishedPorts = [port("0.0.0.0", 8081, "10.77.2.2", 80), port("::", 8081, "fd00:2::2", 80)] })
        for place in [PacketLab.Place.outside, .b1] {
            for container in containerAddresses {
                #expect(try lab.connects(place, container, 80), "\(place) \(container)")
                #expect(try lab.pings(place, container), "\(place) \(container)")
                try lab.tryInVain(place, container, 81)
            }
        }
        for (host, other) in [("198.51.100", "10.77.2.2"), ("2001:db8:1:", "fd00:2::2")] {
            let mark = host.contains(":") ? ":" : "."
            #expect(try lab.connects(.a1, host + mark + "1", 80), "outgoing")
            #expect(try lab.connects(.a1, host + mark + "2", 8081), "another network's published port")
            try lab.tryInVain(.a1, other, 80)
            try lab.tryInVain(.outside, host + mark + "2", 8080)
        }
        #expect(lab.leaks() == [])
    }

    @Test(arguments: [false, true])
    func `nat-unprotected opens every port to outside and to other networks`(_ drop: Bool) async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80, 81)
        try await lab.apply(
            drop: drop,
            a: {
                $0.gatewayModeIPv4 = .natUnprotected
                $0.gatewayModeIPv6 = .natUnprotected
                $0.publishedPorts = web
            })
        for (host, container) in zip(hostAddresses, containerAddresses) {
            #expect(try lab.connects(.outside, container, 81))
            #expect(try lab.connects(.outside, host, 8080))
            #expect(try lab.pings(.outside, container))
            #expect(try lab.connects(.b1, host, 8080))
            #expect(try lab.connects(.b1, container, 81))
        }
    }

    @Test(arguments: [("trusted", false), ("trusted", true), ("direct routing", false), ("direct routing", true)])
    func `who may address containers directly reaches published ports, no others`(_ way: String, _ drop: Bool)
        async throws
    {
        let lab = try PacketLab()
        try lab.listen(.a1, 80, 81)
        try await lab.apply(
            drop: drop,
            a: {
                if way == "trusted" { $0.trustedInterfaces = ["up0"] } else { $0.allowsDirectRouting = true }
                $0.publishedPorts = web
            })
        for container in containerAddresses {
            #expect(try lab.connects(.outside, container, 80))
            try lab.tryInVain(.outside, container, 81)
            try lab.tryInVain(.b1, container, 80)
        }
        #expect(lab.leaks() == [])
    }

    @Test func `without ICC containers are apart, but for links`() async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80, 81)
        try lab.listen(.a2, 80)
        try lab.listen(.outside, 80)
        try await lab.apply(a: {
            $0.icc = false
            $0.links = [("10.77.1.3", "10.77.1.2"), ("fd00:1::3", "fd00:1::2")].compactMap { client, server in
                guard let client = IPAddress(client), let server = IPAddress(server) else { return nil }
                return LinkFirewall(client: client, server: server, transport: .tcp, port: 80)
            }
        })
        for (container, neighbour) in zip(containerAddresses, ["10.77.1.3", "fd00:1::3"]) {
            #expect(try lab.connects(.a2, container, 80), "\(container)")
            try lab.tryInVain(.a2, container, 81)
            try lab.tryInVain(.a1, neighbour, 80)
            #expect(try lab.connects(.host, container, 81))
        }
        #expect(try lab.connects(.a1, "198.51.100.1", 80))
        #expect(try lab.connects(.a1, "2001:db8:1::1", 80))
        #expect(lab.leaks() == [])
    }

    @Test(arguments: [false, true])
    func `an internal network has no way in and out but the host's own`(_ isolated: Bool) async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80)
        try lab.listen(.b1, 80)
        try lab.listen(.outside, 80)
        try lab.listen(.host, 22)
        try await lab.apply(
            a: {
                if isolated {
                    $0.gatewayModeIPv4 = .isolated
                    $0.gatewayModeIPv6 = .isolated
                } else {
                    $0.internal = true
                }
                $0.publishedPorts = web
            }, b: { $0.publishedPorts = [port("0.0.0.0", 8081, "10.77.2.2", 80), port("::", 8081, "fd00:2::2", 80)] })
        let others = [("198.51.100.1", "10.77.2.2", "10.77.1.1"), ("2001:db8:1::1", "fd00:2::2", "fd00:1::1")]
        for (container, (outside, other, gateway)) in zip(containerAddresses, others) {
            #expect(try lab.connects(.host, container, 80))
            #expect(try lab.connects(.a2, container, 80))
            #expect(try lab.connects(.a1, gateway, 22))
            try lab.tryInVain(.a1, gateway, 8081)
            try lab.tryInVain(.outside, container, 80)
            try lab.tryInVain(.b1, container, 80)
            try lab.tryInVain(.a1, outside, 80)
            try lab.tryInVain(.a1, other, 80)
        }
        #expect(lab.leaks() == [])
    }

    @Test func `without masquerade answers come back, and nobody else comes in`() async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80)
        try lab.listen(.outside, 80)
        try lab.listen(.b1, 80)
        try await lab.apply(
            a: {
                $0.masquerade = false
                $0.publishedPorts = web
            }, b: { $0.publishedPorts = [port("0.0.0.0", 8081, "10.77.2.2", 80)] })
        #expect(try lab.connects(.a1, "198.51.100.1", 80))
        #expect(try lab.connects(.a1, "2001:db8:1::1", 80))
        #expect(try lab.connects(.a1, "198.51.100.2", 8081))
        for (host, container) in zip(hostAddresses, containerAddresses) {
            #expect(try lab.connects(.outside, host, 8080))
            #expect(try lab.connects(.b1, host, 8080))
            try lab.tryInVain(.outside, container, 80)
            try lab.tryInVain(.b1, container, 80)
        }
        #expect(lab.leaks() == [])
    }

    @Test func `a port of one address goes before the same port of all`() async throws {
        let lab = try PacketLab()
        try lab.listen(.a2, 80)
        try await lab.apply(
            a: { $0.publishedPorts = [port("0.0.0.0", 8080, "10.77.1.2", 80)] },
            b: { $0.publishedPorts = [port("198.51.100.3", 8080, "10.77.1.3", 80)] })
        // Only a2 listens.
        #expect(try lab.connects(.outside, "198.51.100.3", 8080))
        #expect(try !lab.connects(.outside, "198.51.100.2", 8080))
    }

    @Test func `a DROP that others append to FORWARD comes after the rules of networks made later`() async throws {
        let lab = try PacketLab()
        try lab.listen(.outside, 80)
        try await lab.apply()
        try lab.run(.host, "iptables", ["-A", "FORWARD", "-j", "DROP"])
        try lab.run(.host, "ip6tables", ["-A", "FORWARD", "-j", "DROP"])
        try lab.listen(.a1, 80)
        try await lab.apply(a: { $0.publishedPorts = web })
        #expect(try lab.connects(.b1, "198.51.100.1", 80))
        #expect(try lab.connects(.b1, "2001:db8:1::1", 80))
        #expect(try lab.connects(.outside, "198.51.100.2", 8080))
        #expect(try lab.connects(.outside, "2001:db8:1::2", 8080))
    }

    @Test func `DOCKER-USER has the first word in both families`() async throws {
        let lab = try PacketLab()
        try lab.listen(.a1, 80)
        try await lab.apply()
        for (program, address) in [("iptables", "198.51.100.1"), ("ip6tables", "2001:db8:1::1")] {
            try lab.run(.host, program, ["-I", "DOCKER-USER", "-s", address, "-j", "DROP"])
        }
        try await lab.apply(a: { $0.publishedPorts = web })
        try lab.tryInVain(.outside, "198.51.100.2", 8080)
        try lab.tryInVain(.outside, "2001:db8:1::2", 8080)
        #expect(try lab.connects(.b1, "198.51.100.2", 8080))
        #expect(lab.leaks() == [])
    }
}
