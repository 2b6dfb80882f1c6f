import Lab
import SystemCalls

/// The steps that send packets, and those that look at what decides where they go.
extension Scene {
    func pingNeighbour() throws {
        begin(
            .neighbours, "From red to blue",
            why: "Both are on docker0's wire: red asks by ARP who has the address, then talks to it directly.")
        let capture = try watch("tcpdump --immediate-mode -li docker0")
        let ping = try type("ping -c 2 172.17.0.3", into: red, "red")
        expect(
            ping.contains("64 bytes from 172.17.0.3: seq=0 ttl=64"), "blue answers with ttl=64: no router in between")
        expect(ping.contains("2 packets transmitted, 2 packets received"), "2 of 2 packets come back")
        try? capture.wait(for: "ICMP echo reply, id", seconds: 5)
        let seen = try show(capture)
        expect(seen.contains("ARP, Request who-has 172.17.0.3 tell 172.17.0.2"), "ARP request for 172.17.0.3")
        expect(seen.contains("ARP, Reply 172.17.0.3 is-at 02:42:ac:11:00:03"), "ARP reply with blue's MAC address")
        expect(seen.contains("172.17.0.2 > 172.17.0.3: ICMP echo request"), "ICMP echo request")
        expect(seen.contains("172.17.0.3 > 172.17.0.2: ICMP echo reply"), "ICMP echo reply")

        for (name, shell, byte) in [("red", red, 3), ("blue", blue, 2)] {
            let table = try type("ip neigh show", into: shell, name)
            expect(
                table.contains("172.17.0.\(byte) dev eth0 lladdr 02:42:ac:11:00:0\(byte)"),
                "\(name) knows 172.17.0.\(byte) as 02:42:ac:11:00:0\(byte)")
        }
    }

    func showRoutes() throws {
        begin(
            .routes, "Who sends what where",
            why: "The host routes the subnet to docker0; the container routes everything else to docker0's address.")
        expectRoutes(
            try run("ip route"), "ip route on the host",
            [
                "default via 198.51.100.1 dev up0", "172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1",
                "198.51.100.0/24 dev up0 proto kernel scope link src 198.51.100.2",
            ])
        expectRoutes(
            try run("route -n"), "route -n on the host",
            [
                "Kernel IP routing table", "Destination Gateway Genmask Flags Metric Ref Use Iface",
                "0.0.0.0 198.51.100.1 0.0.0.0 UG 0 0 0 up0", "172.17.0.0 0.0.0.0 255.255.0.0 U 0 0 0 docker0",
                "198.51.100.0 0.0.0.0 255.255.255.0 U 0 0 0 up0",
            ])
        expectRoutes(
            try type("ip route", into: red, "red"), "ip route in red",
            ["default via 172.17.0.1 dev eth0", "172.17.0.0/16 dev eth0 scope link src 172.17.0.2"])
        expectRoutes(
            try type("route -n", into: red, "red"), "route -n in red",
            [
                "Kernel IP routing table", "Destination Gateway Genmask Flags Metric Ref Use Iface",
                "0.0.0.0 172.17.0.1 0.0.0.0 UG 0 0 0 eth0", "172.17.0.0 0.0.0.0 255.255.0.0 U 0 0 0 eth0",
            ])
    }

    /// Compares a table whose columns are padded.
    private func expectRoutes(_ text: String, _ what: String, _ expected: [String]) {
        let lines = LinePattern.lines(text).map { $0.split(separator: " ").joined(separator: " ") }
        expect(lines == expected, "\(what): \(expected.count) lines, as expected")
    }

    func showRules() throws {
        begin(
            .rules, "What the firewall says",
            why: "Forwarding is denied except for docker0; packets that leave by another device hide their source.")
        let filter = LinePattern.lines(try run("iptables -t filter -S"))
        expect(filter == SeedText.filterRules, "filter: the same lines in the same order, nothing more")
        let nat = LinePattern.lines(try run("iptables -t nat -S"))
        expect(nat == SeedText.natRules, "nat: the same lines in the same order, nothing more")
    }

    func pingInternet() throws {
        begin(
            .internet, "From red to the internet",
            why: "Only the host's address is known out there: the host masquerades red's on the way out, and back.")
        let inside = try watch("tcpdump --immediate-mode -lni docker0 icmp")
        let outside = try watch("tcpdump --immediate-mode -lni up0 icmp")
        let ping = try type("ping -c 2 203.0.113.8", into: red, "red")
        expect(ping.contains("64 bytes from 203.0.113.8: seq=0 ttl=63"), "203.0.113.8 answers, one router away")
        expect(ping.contains("2 packets transmitted, 2 packets received"), "2 of 2 packets come back")
        for capture in [inside, outside] { try? capture.wait(for: "ICMP echo reply, id", seconds: 5) }
        let near = try show(inside)
        expect(near.contains("172.17.0.2 > 203.0.113.8: ICMP echo request"), "on docker0 the source is 172.17.0.2")
        expect(near.contains("203.0.113.8 > 172.17.0.2: ICMP echo reply"), "on docker0 the reply goes to 172.17.0.2")
        let far = try show(outside)
        expect(
            far.contains("198.51.100.2 > 203.0.113.8: ICMP echo request"),
            "on up0 the source is the host's 198.51.100.2")
        expect(!far.contains("172.17."), "on up0 no container's address shows")
        let byName = try type("ping -c 1 example.test", into: red, "red")
        expect(byName.contains("(203.0.113.8)"), "the lab's name server answers red, too")
    }

    private func watch(_ command: String) throws -> Capture {
        showCommand(command + " &")
        return try Capture(command, in: self)
    }

    /// Ends a capture and shows it.
    private func show(_ capture: Capture) throws -> String {
        let text = try capture.stop()
        showOutput("# " + capture.command + "\n" + text)
        return text
    }
}
