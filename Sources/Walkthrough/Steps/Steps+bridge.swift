import Lab
import SystemCalls

/// The steps before any container is there.
extension Scene {
    func listNetworks() throws {
        begin(
            .networks, "The networks an engine starts with",
            why: "A fresh engine has three networks: a bridge, the host's own network, and none at all.")
        let list = try run("docker network ls")
        expect(
            LinePattern.equal(list, SeedText.networkList), "a header and the rows bridge, host, none with 12-digit ids")
    }

    func inspectEmptyBridge() throws {
        begin(
            .inspect, "The bridge network, described",
            why: "Subnet and gateway are those of docker0; no container is plugged in yet.")
        for command in ["docker inspect bridge", "docker network inspect bridge"] {
            let lines = LinePattern.lines(try run(command)).filter { !$0.contains("\"EnableIPv4\":") }
            expect(
                LinePattern.equal(lines.joined(separator: "\n"), SeedText.bridge),
                "\(command): every key in its place, the six options, Containers empty")
        }
    }

    func showIdleBridge() throws {
        begin(
            .bridge, "docker0 without containers",
            why: "The bridge is up, but nothing is plugged in: no carrier, so its state is DOWN.")
        let listing = try run("ip addr show docker0")
        let link = PrintedLink.parse(listing).first
        expect(link?.flags.contains("NO-CARRIER") == true, "NO-CARRIER")
        expect(link?.word(after: "state") == "DOWN", "state DOWN")
        expect(link?.word(after: "inet") == "172.17.0.1/16", "inet 172.17.0.1/16")
        expect(listing.contains("brd 172.17.255.255 scope global docker0"), "brd 172.17.255.255 scope global docker0")
        bridgeAddress = link?.address
        expect(bridgeAddress?.hasPrefix("02:42:") == true, "a MAC address that begins with 02:42:")

        let ports = bridgePorts(try run("brctl show"))
        expect(ports == [], "brctl show lists docker0 with no interface")
    }

    func restartDaemon() throws {
        begin(
            .bridge, "docker0 over a restart of the daemon",
            why: "Neighbours remember the bridge's MAC address, so it must not change.")
        showCommand("causeway lab restart \(lab.name)")
        try lab.stopDaemon()
        try lab.restartDaemon()
        let after = PrintedLink.parse(try run("ip addr show docker0")).first?.address
        expect(after != nil && after == bridgeAddress, "docker0 keeps its MAC address")
    }

    /// The bridge with both containers plugged in.
    func showBusyBridge() throws {
        begin(
            .bridge, "docker0 with two containers",
            why: "Each container's cable ends in a veth that is a port of docker0: carrier, so state UP.")
        let link = PrintedLink.parse(try run("ip addr show docker0")).first
        expect(link?.flags.contains("NO-CARRIER") == false, "a carrier")
        expect(link?.word(after: "state") == "UP", "state UP")
        let ports = bridgePorts(try run("brctl show")) ?? []
        expect(ports.count == 2 && ports.allSatisfy { $0.hasPrefix("veth") }, "brctl show lists two veths on docker0")
    }

    func inspectBusyBridge() throws {
        begin(
            .inspect, "The bridge network, with its containers",
            why: "Every endpoint has a name, an id, a MAC address and an address.")
        let text = try run("docker network inspect bridge")
        for (name, byte) in [("red", 2), ("blue", 3)] {
            expect(
                LinePattern.contains(text, SeedText.bridgeContainer(name: name, lastByte: byte)),
                "\(name): Name, EndpointID, MacAddress 02:42:ac:11:00:0\(byte), IPv4Address 172.17.0.\(byte)/16")
        }
    }

    /// The interfaces of docker0 in brctl's table; nil where docker0 is not in it.
    private func bridgePorts(_ listing: String) -> [String]? {
        let lines = LinePattern.lines(listing)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("docker0") }) else { return nil }
        var ports = lines[start].split(whereSeparator: \.isWhitespace).dropFirst(3).map(String.init)
        for line in lines[(start + 1)...] {
            guard line.first?.isWhitespace == true else { break }
            ports += line.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        return ports
    }
}
