import ContainerNetworking
import Glibc
import IPAddressing
import RouteNetlink
import SystemCalls
import Testing

@Suite("Starting on a host as it is", .enabled(if: canMakeNamespaces, "needs root, iproute2, bridge-utils, busybox"))
struct StartUpKernelTests {
    @Test("A later daemon finds everything again and changes nothing") func restart() async throws {
        let host = try Host()
        let first = host.controller()
        let records = try await first.startUp()
        let (red, endpoint) = try await first.plugIn("red")
        let before = try (host.inventory(), host.run("iptables", "-S"))

        let second = host.controller()
        #expect(try await second.startUp(records, endpoints: [endpoint], sandboxes: [red.path]) == records)
        #expect(try host.inventory() == before.0)
        #expect(try host.run("iptables", "-S") == before.1)
        #expect(try await second.repairPlan().isEmpty)
        #expect(try await second.plugIn("blue").1.ipv4Address == "172.17.0.3")
        try host.ping(from: red, "172.17.0.3")
        await second.detach(endpoint)
        #expect(try await second.plugIn("green").1.ipv4Address == "172.17.0.2")
    }

    @Test("What a killed daemon left is swept; what is others' stays") func sweep() async throws {
        let host = try Host()
        let first = host.controller()
        let records = try await first.startUp()
        let (red, kept) = try await first.plugIn("red")
        for name in ["a", "b", "c"] { _ = try await first.plugIn(name) }
        _ = try await first.makeSandbox(container: containerID("no-network"))
        try host.run("ip", "link", "add", "vethfeed123", "type", "veth", "peer", "name", "vethfeed124")
        #expect(try host.cables().count == 6)

        let second = host.controller()
        _ = try await second.startUp(records, endpoints: [kept], sandboxes: [red.path])
        #expect(try Set(host.cables()) == [kept.hostInterface, "vethfeed123", "vethfeed124"])
        #expect(try host.sandboxes() == [String(containerID("red").prefix(12))])
        try host.ping(from: red, "172.17.0.1")
    }

    @Test("A cable that was pulled out and a bridge that was deleted are repaired") func repair() async throws {
        let host = try Host()
        let first = host.controller()
        let records = try await first.startUp()
        let (red, endpoint) = try await first.plugIn("red")
        try host.run("ip", "link", "set", endpoint.hostInterface, "nomaster")
        #expect(
            try await first.repairPlan().map(\.description) == ["ip link set \(endpoint.hostInterface) master docker0"])
        try host.run("ip", "link", "set", endpoint.hostInterface, "down")
        try await first.repair()
        try host.ping(from: red, "172.17.0.1")

        try host.run("ip", "link", "del", "docker0")
        try host.run("iptables", "-F")
        let second = host.controller()
        #expect(try await second.startUp(records, endpoints: [endpoint], sandboxes: [red.path]) == records)
        try host.ping(from: red, "172.17.0.1")
        #expect(try host.run("iptables", "-S", "FORWARD").contains("-A FORWARD -i docker0 -o docker0 -j ACCEPT"))
    }

    @Test("A route that overlaps: the next free pool") func overlap() async throws {
        let host = try Host()
        try host.run("ip", "link", "add", "up0", "type", "bridge")
        try host.run("ip", "link", "set", "up0", "up")
        try host.run("ip", "route", "add", "172.17.128.0/24", "dev", "up0")
        let networks = host.controller()
        #expect(try await networks.startUp().first { $0.name == "bridge" }?.subnet == "172.18.0.0/16")
        #expect(try await networks.plugIn("red").1.ipv4Address == "172.18.0.2")
    }

    @Test("Another --bip later: the former address goes, others' stay") func renumber() async throws {
        let host = try Host()
        let records = try await host.controller().startUp()
        try host.run("ip", "addr", "add", "10.1.1.1/24", "dev", "docker0")
        _ = try await host.controller(host.configuration { $0.bip = IPPrefix("10.50.0.1/24") }).startUp(records)
        let addresses = try host.run("ip", "-4", "addr", "show", "docker0")
        #expect(addresses.contains("10.50.0.1/24 brd 10.50.0.255") && addresses.contains("10.1.1.1/24"))
        #expect(!addresses.contains("172.17.0.1"))
        let rules = try host.run("iptables", "-t", "nat", "-S")
        #expect(rules.contains("-s 10.50.0.0/24 ") && !rules.contains("172.17.0.0"))
    }

    @Test("Forwarding that was on before: the policy stays as it is") func router() async throws {
        let host = try Host()
        try host.setForwarding(true)
        _ = try await host.controller().startUp()
        #expect(try host.run("iptables", "-S", "FORWARD").hasPrefix("-P FORWARD ACCEPT\n"))
    }

    @Test("--ip-forward=false and --iptables=false leave both alone") func handsOff() async throws {
        let host = try Host()
        let networks = host.controller(
            host.configuration {
                $0.ipForward = false
                $0.iptables = false
            })
        _ = try await networks.startUp()
        #expect(try host.sysctl("net.ipv4.ip_forward") == "0")
        #expect(try host.run("iptables", "-S") == "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n")
        let (red, _) = try await networks.plugIn("red")
        try host.ping(from: red, "172.17.0.1")
    }

    @Test("The user's own bridge is used as it is") func usersBridge() async throws {
        let host = try Host()
        let configuration = host.configuration {
            $0.bridgeName = "br0"
            $0.bridgeIsUsers = true
        }
        let missing = await #expect(throws: NetworkError.self) {
            _ = try await host.controller(configuration).startUp()
        }
        #expect(missing?.kind == .notFound)
        try host.run("ip", "link", "add", "br0", "address", "02:00:00:00:00:07", "type", "bridge")
        try host.run("ip", "addr", "add", "10.9.0.1/24", "dev", "br0")
        let networks = host.controller(configuration)
        _ = try await networks.startUp()
        #expect(try host.devices() == ["lo", "br0"])
        let (red, endpoint) = try await networks.plugIn("red")
        #expect(endpoint.ipv4Address == "10.9.0.2")
        try host.ping(from: red, "10.9.0.1")
        #expect(try RouteSocket(in: host.namespace).link(named: "br0")?.mac?.description == "02:00:00:00:00:07")
    }

    @Test("A bridge that another engine owns is refused, with its name and the way out") func otherEngine() async throws
    {
        let host = try Host()
        let program = host.execRoot + "/dockerd"
        let sleep = try #require(FileSystem.findProgram("sleep"))
        try FileSystem.replace(program, try FileSystem.readBytes(sleep), mode: 0o755)
        let child = try ChildProcess.spawn(ChildRequest(program, ["60"], networkNamespace: host.namespace))
        defer {
            kill(child.pid, SIGKILL)
            _ = try? child.wait()
        }
        // No bridge of that name: it is not theirs.
        let records = try await host.controller().startUp()
        let error = await #expect(throws: NetworkError.self) { _ = try await host.controller().startUp(records) }
        #expect(error?.kind == .conflict)
        #expect(error?.message.contains("process \(child.pid), dockerd") == true)
        #expect(error?.message.contains("--bridge") == true)
    }
}
