import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// Tests that begin with a host of their own: forwarding, policies and rules as they find them.
@Suite("the host's own firewall", .needsLab, .serialized)
struct FirewallPolicyTests {
    /// A lab whose daemon has not started, prepared by commands, then started.
    private func withLab(
        _ suffix: String, prepare: [String], options: [String], _ body: (NetworkLab) async throws -> Void
    ) async throws {
        let docker = try #require(TestLab.docker)
        let shell = try await BlockingWork.run {
            try LabShell(lab: try TestLab.up(suffix, preparations: prepare, options: options), client: docker)
        }
        do {
            try await body(NetworkLab(lab: EngineLab(shell: shell)))
        } catch {
            try await BlockingWork.run { try shell.lab.down() }
            throw error
        }
        try await BlockingWork.run { try shell.lab.down() }
    }

    /// TestFilterForwardPolicy.
    @Test(arguments: [
        ("0", "", "1", "DROP"), ("1", "", "1", "ACCEPT"), ("0", "--ip-forward-no-drop", "1", "ACCEPT"),
        ("0", "--ip-forward=false", "0", "ACCEPT"),
    ])
    func `FORWARD's policy is set where the engine itself switches forwarding on, each family at its first network`(
        before: String, option: String, after: String, policy: String
    ) async throws {
        try await withLab(
            "ffp",
            prepare: ["sysctl -qw net.ipv4.ip_forward=\(before) net.ipv6.conf.all.forwarding=\(before)"],
            options: option.isEmpty ? [] : [option]
        ) { site in
            func state() async throws -> [String] {
                try await site.lab.succeed(
                    "iptables -S FORWARD | head -1; ip6tables -S FORWARD | head -1; "
                        + "sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding"
                ).split(separator: "\n").map(String.init)
            }
            #expect(try await state() == ["-P FORWARD \(policy)", "-P FORWARD ACCEPT", after, before])
            try await site.docker("network create --ipv6 six")
            #expect(try await state() == ["-P FORWARD \(policy)", "-P FORWARD \(policy)", after, after])
        }
    }

    /// TestDropInForwardChain.
    @Test func `a DROP that stood at the end of FORWARD stays there, behind the engine's rules`() async throws {
        let rule = "FORWARD -j DROP -m comment --comment mine"
        try await withLab("difc", prepare: ["iptables -A \(rule)", "ip6tables -A \(rule)"], options: []) { site in
            try await site.docker("network create --ipv6 net46")
            try await site.serve("web", "--network net46 -p 8080:80")
            try await site.idle("user", "--network net46")
            for address in ["198.51.100.2", "2001:db8:51::2"] {
                try await site.reaches(.container("user"), address, 8080, "web")
                try await site.reaches(.internet, address, 8080, "web")
            }
            #expect(try await site.lab.succeed("iptables -S FORWARD | tail -1").contains("mine"))
        }
    }

    /// TestFirewallBackendSwitch.
    @Test func `switching the back end takes the other's rules away, and back again`() async throws {
        try await withLab("fwbs", prepare: [], options: ["--firewall-backend=iptables"]) { site in
            try await site.docker("network create --ipv6 --subnet 192.0.2.0/24 --subnet 2001:db8:77::/64 testnet")
            try await site.serve("web", "--network testnet -p 8080:80")
            func iptables() async throws -> [String] {
                try await site.lab.succeed("iptables-save; ip6tables-save").split(separator: "\n").map(String.init)
                    .filter { line in
                        (line.hasPrefix(":DOCKER") || line.hasPrefix("-A")) && !line.contains("DOCKER-USER")
                    }
            }
            func nftables() async throws -> Bool {
                try await site.lab.succeed("nft list tables").split(separator: "\n").contains { line in
                    line.hasSuffix(" causeway") && !line.hasPrefix("table bridge")
                }
            }
            func restart(_ backend: String) async throws {
                try await site.lab.restartDaemon(options: ["--firewall-backend=\(backend)"])
            }
            #expect(try await !iptables().isEmpty)
            #expect(try await !nftables())
            try await restart("nftables")
            #expect(try await iptables() == [])
            #expect(try await nftables())
            try await site.reaches(.internet, "198.51.100.2", 8080, "web")
            try await restart("iptables")
            #expect(try await !iptables().isEmpty)
            #expect(try await !nftables())
            try await site.reaches(.internet, "198.51.100.2", 8080, "web")
        }
    }

    @Test(arguments: Backend.allCases)
    func `DOCKER-USER is the user's: first, and never flushed`(backend: Backend) async throws {
        try await withLab("duser", prepare: [], options: ["--firewall-backend=\(backend.rawValue)"]) { site in
            let usesIPTables = backend == .iptables
            try await site.lab.succeed(
                usesIPTables
                    ? "iptables -I DOCKER-USER -d 203.0.113.8 -j DROP"
                    : "nft add rule ip causeway DOCKER-USER ip daddr 203.0.113.8 drop")
            try await site.docker("network create testnet")
            try await site.idle("caller", "--network testnet")
            #expect(try await !site.pings(.container("caller"), "203.0.113.8"))
            try await site.lab.restartDaemon(crash: true)
            #expect(try await !site.pings(.container("caller"), "203.0.113.8"), "still there after a crash")
            if usesIPTables {
                #expect(try await site.lab.succeed("iptables -S DOCKER-USER").contains("-d 203.0.113.8/32 -j DROP"))
                #expect(try await site.lab.succeed("iptables -S FORWARD 1") == "-A FORWARD -j DOCKER-USER")
            } else {
                #expect(
                    try await site.lab.succeed("nft list chain ip causeway DOCKER-USER").contains(
                        "ip daddr 203.0.113.8 drop"))
            }
        }
    }
}
