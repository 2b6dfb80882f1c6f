import ContainerNetworking
import IPAddressing
import RouteNetlink
import SystemCalls
import Testing

@Suite(
    "The bridge network in the kernel", .enabled(if: canMakeNamespaces, "needs root, iproute2, bridge-utils, busybox"))
struct BridgeKernelTests {
    @Test("The seed's devices, addresses, routes and pings") func seed() async throws {
        let host = try Host()
        try host.run("ip", "link", "add", "up0", "type", "bridge")
        let networks = host.controller()
        let bridge = try #require(try await networks.startUp().first { $0.name == "bridge" })
        let mac = try #require(bridge.bridgeMAC)
        let alone = try host.run("ip", "addr", "show", "docker0")
        #expect(alone.hasPrefix("3: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN"))
        #expect(!alone.contains("qlen"))
        #expect(alone.contains("link/ether \(mac) brd ff:ff:ff:ff:ff:ff"))
        #expect(alone.contains("inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\n"))
        let digits = mac.filter { $0 != ":" }
        #expect(try host.run("brctl", "show", "docker0").contains("docker0\t\t8000.\(digits)\tno"))

        let (red, first) = try await networks.plugIn("red")
        let (blue, second) = try await networks.plugIn("blue")
        #expect(first.ipv4Address == "172.17.0.2" && first.macAddress == "02:42:ac:11:00:02")
        #expect(second.ipv4Address == "172.17.0.3" && second.macAddress == "02:42:ac:11:00:03")

        // Both ends agree, and their numbers follow each other.
        let cable = try host.run("ip", "-o", "link", "show", first.hostInterface)
        #expect(cable.hasPrefix("5: \(first.hostInterface)@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 "))
        #expect(cable.contains("master docker0 state UP"))
        #expect(
            try host.run("ip", "-o", "link", "show", second.hostInterface).hasPrefix("7: \(second.hostInterface)@if6: ")
        )
        #expect(try host.run("ip", "link", "show", "docker0").contains("<BROADCAST,MULTICAST,UP,LOWER_UP>"))
        let ports = try host.run("brctl", "show", "docker0")
        #expect(ports.contains(first.hostInterface) && ports.contains(second.hostInterface))

        let inside = try host.run(in: red, "busybox", "ip", "a")
        #expect(inside.contains("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536"))
        #expect(inside.contains("4: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n"))
        #expect(inside.contains("    link/ether 02:42:ac:11:00:02 brd ff:ff:ff:ff:ff:ff\n"))
        #expect(inside.contains("    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0\n"))
        #expect(!inside.contains("inet6 fe80"))
        #expect(
            try host.run(in: red, "busybox", "ip", "route")
                == "default via 172.17.0.1 dev eth0 \n172.17.0.0/16 dev eth0 scope link  src 172.17.0.2 \n")

        try host.ping(from: red, "172.17.0.3")
        try host.ping(from: red, "172.17.0.1")
        #expect(try host.run(in: blue, "ip", "neigh").contains("172.17.0.2 dev eth0 lladdr 02:42:ac:11:00:02"))
        #expect(try host.run("iptables", "-S", "FORWARD").hasPrefix("-P FORWARD DROP\n-A FORWARD -j DOCKER-USER\n"))
        #expect(try host.sysctl("net.ipv4.ip_forward") == "1")
        #expect(try host.sysctl("net/ipv6/conf/docker0/accept_ra") == "0")
        #expect(try await networks.repairPlan().isEmpty)
        #expect(await networks.endpoints(of: bridge.id).count == 2)
    }

    @Test("Plugged out: off the network at once, the cable gone soon, the address free") func detach() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let (red, endpoint) = try await networks.plugIn("red")
        await networks.detach(endpoint)
        let link = try RouteSocket(in: host.namespace).link(named: endpoint.hostInterface)
        #expect(link == nil || (link?.master == nil && link?.isUp == false))
        await networks.removeSandbox(red.path)
        await networks.detach(endpoint)
        let (_, next) = try await networks.plugIn("blue")
        #expect(next.ipv4Address == "172.17.0.2")
        await networks.shutDown()
        #expect(try host.cables() == [next.hostInterface])
        #expect(try host.sandboxes().count == 1)
    }

    @Test("A namespace that is gone already is no reason to fail") func vanished() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let (red, endpoint) = try await networks.plugIn("red")
        await networks.removeSandbox(red.path)
        // The kernel ends the namespace, and the cable with it, in its own time.
        for _ in 0..<100 where try !host.cables().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try host.cables().isEmpty)
        await networks.detach(endpoint)
        await networks.shutDown()
        #expect(try await networks.plugIn("blue").1.ipv4Address == "172.17.0.2")
    }

    @Test("Plugging in fails half-way: no cable, no address taken") func halfWay() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let id = containerID("red")
        let sandbox = try await networks.makeSandbox(container: id)
        let request = EndpointRequest(containerID: id, sandboxPath: sandbox.path, network: "bridge")

        // The name is taken inside.
        try host.run(in: sandbox, "ip", "link", "add", "eth0", "type", "bridge")
        let taken = await #expect(throws: NetworkError.self) { try await networks.attach(request) }
        #expect(taken?.message.contains("File exists") == true, "\(String(describing: taken))")
        #expect(try host.cables().isEmpty)
        try host.run(in: sandbox, "ip", "link", "del", "eth0")

        // The inside refuses: a route of that kind is there already.
        try host.run(in: sandbox, "ip", "route", "add", "default", "dev", "lo")
        await #expect(throws: NetworkError.self) { try await networks.attach(request) }
        #expect(try host.cables().isEmpty)
        #expect(try !host.run(in: sandbox, "ip", "link").contains("eth0"))
        try host.run(in: sandbox, "ip", "route", "del", "default")

        // The namespace is not there.
        var lost = request
        lost.sandboxPath += "-lost"
        await #expect(throws: NetworkError.self) { try await networks.attach(lost) }

        // The bridge was deleted by hand; a repair brings it back as it was.
        let before = try RouteSocket(in: host.namespace).link(named: "docker0")?.mac
        try host.run("ip", "link", "del", "docker0")
        let gone = await #expect(throws: NetworkError.self) { try await networks.attach(request) }
        #expect(gone?.message.contains("the bridge docker0 is gone") == true)
        #expect(try host.cables().isEmpty)
        #expect(try await !networks.repair().isEmpty)
        #expect(try RouteSocket(in: host.namespace).link(named: "docker0")?.mac == before)

        // After all that, the first address is still free.
        #expect(try await networks.attach(request).ipv4Address == "172.17.0.2")
    }

    @Test("Addresses that cannot be had") func addresses() async throws {
        let host = try Host()
        let networks = host.controller(
            host.configuration {
                $0.bip = IPPrefix("10.88.0.1/24")
                $0.fixedCIDR = IPPrefix("10.88.0.4/31")
                $0.iptables = false
            })
        _ = try await networks.startUp()
        #expect(try await networks.plugIn("a").1.ipv4Address == "10.88.0.4")
        #expect(try await networks.plugIn("b", address: "10.88.0.77").1.ipv4Address == "10.88.0.77")
        #expect(try await networks.plugIn("c").1.ipv4Address == "10.88.0.5")
        let full = await #expect(throws: NetworkError.self) { try await networks.plugIn("d") }
        #expect(full?.kind == .exhausted)
        for wrong in ["10.88.0.77", "10.88.0.1", "10.88.0.255"] {
            let error = await #expect(throws: NetworkError.self) { try await networks.plugIn("e", address: wrong) }
            #expect(error?.kind == .forbidden && error?.message == "Address already in use", "\(wrong)")
        }
        let outside = await #expect(throws: NetworkError.self) { try await networks.plugIn("e", address: "192.0.2.1") }
        #expect(outside?.kind == .invalid)
        let unknown = await #expect(throws: NetworkError.self) {
            try await networks.attach(EndpointRequest(containerID: "f", sandboxPath: "/x", network: "nowhere"))
        }
        #expect(unknown?.kind == .notFound)
    }

    @Test("Many at once: each has its own address and cable") func parallel() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        let endpoints = try await withThrowingTaskGroup(of: EndpointRecord.self) { group in
            for number in 0..<24 { group.addTask { try await networks.plugIn("c\(number)").1 } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(endpoints.map(\.ipv4Address)).count == 24)
        #expect(try Set(host.cables()) == Set(endpoints.map(\.hostInterface)))
        await withTaskGroup(of: Void.self) { group in
            for endpoint in endpoints { group.addTask { await networks.detach(endpoint) } }
        }
        await networks.shutDown()
        #expect(try host.cables().isEmpty)
    }

    @Test("A number that is taken: the next pair") func numbers() async throws {
        let host = try Host()
        let networks = host.controller()
        _ = try await networks.startUp()
        // docker0 is 2, so the first pair would be 3 and 4.
        try host.run("ip", "link", "add", "other", "index", "4", "type", "bridge")
        let (_, endpoint) = try await networks.plugIn("red")
        #expect(
            try host.run("ip", "-o", "link", "show", endpoint.hostInterface).hasPrefix(
                "6: \(endpoint.hostInterface)@if5"))
    }
}
