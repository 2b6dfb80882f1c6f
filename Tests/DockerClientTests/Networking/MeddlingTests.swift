import Lab
import SystemCalls
import Testing
import Walkthrough

extension NetworkBehaviour {
    /// Others change the host's network under running containers; docs/repair.md has what is promised.
    @Suite("others' changes") struct Meddling {
        @Test(arguments: Backend.allCases)
        func `after a flush, without cable or bridge: the container is reached as before, and all is told`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            let isIPTables = backend == .iptables
            try await site.tidy(containers: ["web"], networks: ["meddled"]) {
                try await site.docker("network create --ipv6 meddled")
                try await site.serve("web", "--network meddled -p 8090:80")
                let inside = "docker exec web sh -c 'ip -o addr show eth0; ip route; ip -6 route show default'"
                func wiring() async throws -> [String] {
                    // Numbers and lifetimes aside.
                    try await site.lab.succeed(inside).split(separator: "\n")
                        .map { String($0).replacing(/^[0-9]+:|valid_lft.*|expires.*/, with: "") }.filter {
                            !$0.contains("fe80")
                        }
                        .sorted()
                }
                let before = try await wiring()
                let network = try await site.docker("network inspect -f '{{.Id}}' meddled")
                let bridge = "br-" + network.prefix(12)
                let cable = try await site.lab.succeed(
                    "ip -o link show master \(bridge) | sed -E 's/^[0-9]+: ([^@]+)@.*/\\1/'")
                let start = try await site.lab.succeed("date +%s.%N")
                for (command, action) in [
                    (isIPTables ? "iptables -F" : "nft delete table ip causeway", "rules"),
                    ("nft flush ruleset", "ruleset"), ("ip link del \(cable)", "cable"),
                    ("ip link del \(bridge)", "bridge"),
                ] {
                    let now = try await site.lab.succeed("date +%s.%N")
                    try await site.lab.succeed(command)
                    try await site.lab.wait(
                        for: "repaired",
                        from: "docker events --since \(now) --until 0s --filter event=repaired --format '{{.Action}}' "
                            + "| head -1")
                    try await site.reaches(.internet, "198.51.100.2", 8090, "web")
                    #expect(try await wiring() == before, "after \(action)")
                }
                let events = try await site.lab.succeed(
                    "causeway events --network --since \(start) --until 0s --filter event=meddled")
                #expect(events.contains("by=nft (process") && events.contains("(process"), "\(events)")
                #expect(events.contains("network meddled \(network)") && events.contains("name=meddled"), "\(events)")
                let log = try FileSystem.readText(site.lab.shell.lab.daemonLog)
                #expect(log.contains("somebody changed the engine's network; it is restored"))
                // Other clients see them as events of networks, and go on.
                let all = try await site.lab.succeed("docker events --since \(start) --until 0s --format '{{json .}}'")
                #expect(all.contains(#""Action":"repaired""#), "\(all)")
            }
        }
    }
}
