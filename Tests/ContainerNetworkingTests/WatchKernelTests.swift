import ContainerNetworking
import Glibc
import IPAddressing
import RouteNetlink
import SystemCalls
import Testing

/// A host whose engine watches it.
private struct WatchedHost {
    let host: Host
    let networks: NetworkController
    let red: Sandbox
    let cable: String
    private let incidents: AsyncStream<NetworkIncident>

    init(_ backend: NetworkConfiguration.FirewallKind, _ mode: NetworkRepairMode = .restore) async throws {
        host = try Host()
        networks = host.controller(
            host.configuration {
                $0.firewallBackend = backend
                $0.ipv6 = true
                $0.bip6 = IPPrefix("fd00:17::1/64")
            })
        _ = try await networks.startUp()
        let id = containerID("red")
        red = try await networks.makeSandbox(container: id)
        let endpoint = try await networks.attach(
            EndpointRequest(
                containerID: id, sandboxPath: red.path, network: "bridge",
                ports: [PortRequest(containerPort: 80, hostPorts: 8080...8080)]))
        cable = endpoint.hostInterface
        let (stream, continuation) = AsyncStream.makeStream(of: NetworkIncident.self)
        incidents = stream
        try await networks.watch(mode) { continuation.yield($0) }
    }

    /// The next incident of which a change says this; the earlier ones are thrown away.
    func incident(_ text: String) async throws -> NetworkIncident {
        for await incident in incidents where incident.changes.contains(where: { $0.contains(text) }) {
            return incident
        }
        throw NetworkError(.system, "no more incidents")
    }

    /// Rules, addresses, routes and cables, without counters and numbers that differ from one making to the next.
    func picture(_ backend: NetworkConfiguration.FirewallKind) throws -> [String] {
        let rules =
            backend == .iptables
            ? try host.run("iptables-save") + host.run("ip6tables-save") : try host.run("nft", "-s", "list", "ruleset")
        let addresses = try host.run("ip", "-br", "addr", "show", "docker0")
        let routes = try host.run("ip", "route") + host.run("ip", "-6", "route")
        let inside =
            try host.run(in: red, "ip", "-br", "addr", "show", "eth0") + host.run(in: red, "ip", "route")
        let ports = try host.run("ip", "-br", "link", "show", "master", "docker0")
        let text = [rules, addresses, routes, inside, ports].joined(separator: "\n")
        // A flushed DOCKER-USER is the user's to fill again.
        let lines = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("-A DOCKER-USER") }
        return lines.filter { !$0.hasPrefix("#") && !$0.contains("fe80:") }
            .map { line in
                line.replacing(/\[\d+:\d+\]/, with: "").replacing(/@if\d+/, with: "")
                    .replacing(/(UP|DOWN|UNKNOWN|LOWERLAYERDOWN) +/, with: "").replacing(" linkdown", with: "")
                    .replacing(",LOWER_UP", with: "").replacing(/(NO-CARRIER,)?/, with: "")
            }.sorted()
    }
}

@Suite(
    "What others change is noticed and brought back", .timeLimit(.minutes(5)),
    .enabled(if: canMakeNamespaces && FileSystem.findProgram("nft") != nil, "needs root, iproute2, iptables, nft"))
struct WatchKernelTests {
    /// What is typed, and what the incident says of it; CABLE stands for the container's.
    private static let devices = [
        ("ip link set docker0 down", "docker0 was set down"),
        ("ip link set docker0 mtu 1400", "MTU of docker0"),
        ("ip link set docker0 address 02:00:00:00:00:01", "Ethernet address of docker0"),
        ("ip link set CABLE down", "was set down"),
        ("ip link set CABLE nomaster", "was taken out of docker0"),
        ("ip link set CABLE master mine", "was moved from docker0 to mine"),
        ("ip addr del 172.17.0.1/16 dev docker0", "172.17.0.1/16 was taken from docker0"),
        ("ip addr del fd00:17::1/64 dev docker0", "fd00:17::1/64 was taken from docker0"),
        ("ip route del 172.17.0.0/16 dev docker0", "the route to 172.17.0.0/16"),
        ("ip -6 route del fd00:17::/64 dev docker0", "the route to fd00:17::/64"),
        ("sysctl -qw net.ipv4.ip_forward=0", "IPv4 forwarding was switched off"),
        ("sysctl -qw net.ipv6.conf.all.forwarding=0", "IPv6 forwarding was switched off"),
        ("ip link del CABLE", "is gone"),
        ("ip link set CABLE netns elsewhere", "is gone"),
        ("ip link del docker0", "the bridge docker0 is gone"),
    ]

    private static let rules: [NetworkConfiguration.FirewallKind: [(String, String)]] = [
        .iptables: [
            ("iptables -F", "rules of ip filter"), ("iptables -t nat -F", "rules of ip nat"),
            ("ip6tables -F", "rules of ip6 filter"), ("iptables -P FORWARD ACCEPT", "rules of ip filter"),
            ("nft delete table ip raw", "the table ip raw was deleted"),
            ("nft delete table bridge causeway", "the table bridge causeway was deleted"),
            ("nft flush ruleset", "were deleted"),
        ],
        .nftables: [
            ("nft flush chain ip causeway forward", "rules of ip causeway"),
            ("nft flush map ip causeway translations_any_address", "rules of ip causeway"),
            ("nft delete table ip6 causeway", "the table ip6 causeway was deleted"),
            ("nft delete table bridge causeway", "the table bridge causeway was deleted"),
            ("nft flush ruleset", "were deleted"),
        ],
    ]

    @Test(arguments: NetworkConfiguration.FirewallKind.allCases)
    func `devices, addresses, routes, forwarding and rules come back as they were`(
        backend: NetworkConfiguration.FirewallKind
    ) async throws {
        let watched = try await WatchedHost(backend)
        let host = watched.host
        try host.run("ip", "link", "add", "mine", "type", "bridge")
        try host.run("ip", "addr", "add", "192.0.2.1/24", "dev", "mine")
        try host.run("ip", "addr", "add", "192.0.2.9/24", "dev", "docker0")
        let elsewhere = try await watched.networks.makeSandbox(container: containerID("elsewhere"))
        let holder = try ChildProcess.spawn(
            ChildRequest("/bin/sleep", ["100"], networkNamespace: try NetworkNamespace(path: elsewhere.path)))
        defer {
            kill(holder.pid, SIGKILL)
            _ = try? holder.wait()
        }
        let before = try watched.picture(backend)
        for (command, text) in Self.devices + (Self.rules[backend] ?? []) {
            let words = command.replacing("CABLE", with: watched.cable)
                .replacing("elsewhere", with: "\(holder.pid)").split(separator: " ").map(String.init)
            let path = try #require(FileSystem.findProgram(words[0]))
            let output = try ChildProcess.run(
                ChildRequest(path, Array(words.dropFirst()), networkNamespace: host.namespace))
            #expect(output.status.isSuccess, "\(command): \(output.errorText)")
            let incident = try await watched.incident(text)
            guard case .restored = incident.outcome else {
                Issue.record("\(command): \(incident.outcome)")
                continue
            }
            if ["nft", "iptables"].contains(words[0]) {
                #expect(incident.culprits.map(\.program) == [words[0]], "\(command)")
            }
            // A bridge takes the addresses along that others gave it.
            if command == "ip link del docker0" { try host.run("ip", "addr", "add", "192.0.2.9/24", "dev", "docker0") }
            let after = try watched.picture(backend)
            #expect(
                after == before,
                "\(command): \(before.filter { !after.contains($0) }) became \(after.filter { !before.contains($0) })")
            #expect(try await watched.networks.repairPlan().isEmpty, "\(command)")
        }
        try host.ping(from: watched.red, "172.17.0.1")
        #expect(try host.run("ip", "-br", "addr", "show", "mine").contains("192.0.2.1/24"))
        await watched.networks.shutDown()
    }

    @Test(arguments: NetworkConfiguration.FirewallKind.allCases)
    func `what others do among their own is none of our business, and stays`(
        backend: NetworkConfiguration.FirewallKind
    ) async throws {
        let watched = try await WatchedHost(backend)
        let host = watched.host
        let isIPTables = backend == .iptables
        try host.run("ip", "link", "add", "mine", "type", "bridge")
        try host.run("nft", "add table inet mine")
        try host.run("nft", "add chain inet mine c { type filter hook forward priority 0; }")
        try host.run("nft", "add rule inet mine c ip daddr 192.0.2.7 drop")
        if isIPTables {
            try host.run("iptables", "-A", "FORWARD", "-d", "192.0.2.7", "-j", "DROP")
            try host.run("iptables", "-N", "MINE")
            try host.run("iptables", "-I", "DOCKER-USER", "-d", "192.0.2.8", "-j", "DROP")
        } else {
            try host.run("nft", "add rule ip causeway DOCKER-USER ip daddr 192.0.2.8 drop")
        }
        try host.run("ip", "link", "del", "mine")
        try host.run("ip", "addr", "add", "192.0.2.9/24", "dev", "docker0")
        try host.run("ip", "addr", "del", "192.0.2.9/24", "dev", "docker0")
        // Plugging in and out is the engine's own.
        let (_, blue) = try await watched.networks.plugIn("blue")
        await watched.networks.detach(blue)
        try host.run(isIPTables ? "iptables" : "nft", isIPTables ? "-FDOCKER" : "flush chain ip causeway to_networks")
        let first = try await watched.incident("")
        #expect(Set(first.culprits.map(\.program)) == [isIPTables ? "iptables" : "nft"], "\(first)")
        #expect(first.changes == [isIPTables ? "rules of ip filter were changed" : "rules of ip causeway were changed"])
        #expect(try host.run("nft", "list", "table", "inet", "mine").contains("192.0.2.7 drop"))
        if isIPTables {
            let rules = try host.run("iptables", "-S")
            #expect(rules.contains("-A FORWARD -d 192.0.2.7/32 -j DROP") && rules.contains("-N MINE"))
            #expect(rules.contains("-A DOCKER-USER -d 192.0.2.8/32 -j DROP"))
        } else {
            #expect(try host.run("nft", "list chain ip causeway DOCKER-USER").contains("192.0.2.8 drop"))
        }
        await watched.networks.shutDown()
    }

    @Test func `told to warn, it warns once and leaves all as it is, until it is told otherwise`() async throws {
        let watched = try await WatchedHost(.nftables, .warn)
        let host = watched.host
        try host.run("nft", "delete table ip causeway")
        let rules = try await watched.incident("ip causeway")
        #expect(rules.outcome == .left && !rules.repairs.isEmpty)
        try host.run("ip", "link", "set", watched.cable, "down")
        let cable = try await watched.incident(watched.cable)
        #expect(cable.outcome == .left && cable.repairs == ["ip link set \(watched.cable) up"])
        #expect(cable.networks.map(\.name) == ["bridge"])
        #expect(try !host.run("nft", "list", "tables").contains("table ip causeway"))
        #expect(try await watched.networks.repairPlan().count == 1)

        await watched.networks.setRepairMode(.restore)
        try host.run("ip", "link", "set", "docker0", "down")
        guard case .restored = try await watched.incident("docker0").outcome else {
            Issue.record("not restored")
            return
        }
        #expect(try await watched.networks.repairPlan().isEmpty)
        await watched.networks.shutDown()
    }

    @Test func `somebody who flushes over and over is told of, and not fought`() async throws {
        let watched = try await WatchedHost(.nftables)
        let host = watched.host
        let loop = "while :; do nft flush chain ip causeway forward; done"
        let flusher = try ChildProcess.spawn(ChildRequest("/bin/sh", ["-c", loop], networkNamespace: host.namespace))
        defer {
            kill(flusher.pid, SIGKILL)
            _ = try? flusher.wait()
        }
        var repairs = 0
        while true {
            let incident = try await watched.incident("")
            if case .heldBack(let seconds) = incident.outcome {
                #expect(seconds == 1 && incident.culprits.first?.program == "nft")
                break
            }
            repairs += 1
        }
        // Four a second are allowed beyond the burst.
        #expect(repairs >= 10, "\(repairs) repairs before the pause")
        kill(flusher.pid, SIGSTOP)
        // The pause ends, and so does the damage.
        guard case .restored = try await watched.incident("").outcome else { return }
        #expect(try host.run("nft", "list chain ip causeway forward").contains("goto"))
        await watched.networks.shutDown()
    }

    @Test func `a cable that went while no daemon ran is there again after its start`() async throws {
        let host = try Host()
        let first = host.controller()
        let records = try await first.startUp()
        let (red, endpoint) = try await first.plugIn("red")
        try host.run("ip", "link", "del", endpoint.hostInterface)
        _ = try await host.controller().startUp(records, endpoints: [endpoint], sandboxes: [red.path])
        try host.ping(from: red, "172.17.0.1")
        #expect(try host.run(in: red, "ip", "-br", "link", "show", "eth0").contains(endpoint.macAddress))
    }
}
