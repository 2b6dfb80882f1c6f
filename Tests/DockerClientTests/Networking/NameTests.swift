import Testing

extension NetworkBehaviour {
    @Suite("names") struct Names {
        private func lookup(_ site: NetworkLab, _ container: String, _ words: String) async throws -> String {
            try await site.lab.run("docker exec \(container) nslookup \(words)").output
        }

        @Test(arguments: Backend.allCases)
        func `a container is found by name, alias, short id, host name and name.network, in any letter case`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["alpha", "beta"], networks: ["letters"]) {
                try await site.docker("network create --ipv6 letters")
                try await site.idle(
                    "alpha", "--network letters --network-alias first --network-alias one --hostname thehost")
                try await site.idle("beta", "--network letters")
                let ipv4 = try await site.address("alpha", on: "letters")
                let ipv6 = try await site.address("alpha", on: "letters", ipv6: true)
                let id = try await site.docker("inspect -f '{{slice .Id 0 12}}' alpha")
                for name in ["alpha", "ALPHA", "first", "one", id, "thehost", "alpha.letters", "Alpha.Letters."] {
                    let answer = try await lookup(site, "beta", name)
                    #expect(answer.contains(ipv4) && answer.contains(ipv6), "\(name): \(answer)")
                }
                let back = try await lookup(site, "beta", ipv4)
                #expect(back.contains("alpha.letters"), "\(back)")
                #expect(try await lookup(site, "beta", ipv6).contains("alpha.letters"))
                let file = try await site.docker("exec beta cat /etc/resolv.conf")
                #expect(file.contains("nameserver 127.0.0.11\n"), "\(file)")
                #expect(file.contains("ndots:0"))
                try await site.docker("network disconnect letters alpha")
                #expect(try await !lookup(site, "beta", "alpha").contains(ipv4))
            }
        }

        @Test(arguments: Backend.allCases)
        func `names of the world are asked of the host's resolver, by UDP and TCP`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["reader"], networks: ["world"]) {
                try await site.docker("network create world")
                try await site.idle("reader", "--network world")
                #expect(try await lookup(site, "reader", "dual.test").contains("203.0.113.8"))
                #expect(try await lookup(site, "reader", "dual.test").contains("2001:db8:113::8"))
                #expect(try await lookup(site, "reader", "nobody.test").contains("NXDOMAIN"))
                #expect(try await site.docker("exec reader ping -c 1 -W 1 example.test").contains("(203.0.113.8)"))
            }
        }

        @Test(arguments: Backend.allCases)
        func `a name that has one family here is never asked elsewhere for the other`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["solo", "asker"], networks: ["quiet"]) {
                try await site.docker("network create quiet")
                try await site.idle("solo", "--network quiet")
                try await site.idle("asker", "--network quiet")
                let log = try await site.lab.run(
                    "timeout 4 tcpdump -lni up0 port 53 > /tmp/$$.cap 2>/dev/null & sleep 0.4; "
                        + "docker exec asker nslookup -type=aaaa solo; docker exec asker nslookup -type=a dual.test > /dev/null; "
                        + "sleep 0.3; kill $!; cat /tmp/$$.cap; rm -f /tmp/$$.cap")
                #expect(log.output.contains("dual.test"), "the capture works: \(log.output)")
                #expect(!log.output.contains("AAAA? solo"), "\(log.output)")
                #expect(!log.output.contains("NXDOMAIN"), "\(log.output)")
            }
        }

        @Test(arguments: Backend.allCases)
        func `a link is a name of one container's own, and --dns is asked in place of the host's resolver`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["target", "linker", "other", "server"], networks: ["linked"]) {
                try await site.docker("network create linked")
                try await site.idle("target", "--network linked")
                try await site.idle("server", "--network linked")
                let server = try await site.address("server", on: "linked")
                let process = try await site.lab.succeed(
                    "setsid nsenter --net=$(docker inspect -f '{{.NetworkSettings.SandboxKey}}' server) "
                        + "timeout 60 dnsmasq --keep-in-foreground --no-resolv --no-hosts --pid-file --user=root "
                        + "--conf-file=/dev/null --host-record=own.test,192.0.2.44 > /dev/null 2>&1 & echo $!")
                try await site.idle("linker", "--network linked --link target:nick --dns \(server)")
                try await site.idle("other", "--network linked")
                #expect(try await site.pings(.container("linker"), "nick"))
                #expect(try await !site.pings(.container("other"), "nick"))
                #expect(try await lookup(site, "linker", "-type=a own.test").contains("192.0.2.44"))
                try await site.lab.restartDaemon(crash: true)
                #expect(try await site.pings(.container("linker"), "nick"))
                #expect(try await lookup(site, "linker", "-type=a own.test").contains("192.0.2.44"))
                try await site.lab.run("kill \(process)")
            }
        }

        /// TestInternalNetworkDNS.
        @Test(arguments: Backend.allCases)
        func `an internal network asks nobody, until the container has another network`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["hermit"], networks: ["closed", "open"]) {
                try await site.docker("network create --internal --ipv6 closed")
                try await site.docker("network create --ipv6 open")
                try await site.idle("hermit", "--network closed")
                #expect(try await !lookup(site, "hermit", "example.test").contains("203.0.113.8"))
                try await site.docker("network connect open hermit")
                #expect(try await lookup(site, "hermit", "example.test").contains("203.0.113.8"))
                try await site.docker("network disconnect open hermit")
                #expect(try await !lookup(site, "hermit", "example.test").contains("203.0.113.8"))
                let file = try await site.docker("exec hermit cat /etc/resolv.conf")
                #expect(file.contains("nameserver 127.0.0.11"), "\(file)")
            }
        }

        /// TestEtcHostsDisconnect.
        @Test(arguments: Backend.allCases)
        func `/etc/hosts follows the networks`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["card"], networks: ["h1", "h2"]) {
                try await site.docker("network create --ipv6 --subnet 172.31.40.0/24 --subnet fd00:40::/64 h1")
                try await site.docker("network create --ipv6 --subnet 172.31.41.0/24 --subnet fd00:41::/64 h2")
                try await site.idle("card", "--network h1 --hostname card --add-host gate:host-gateway")
                try await site.docker("network connect h2 card")
                var hosts = try await site.docker("exec card cat /etc/hosts")
                for address in ["172.31.40.2", "fd00:40::2", "172.31.41.2", "fd00:41::2"] {
                    #expect(hosts.contains("\(address)\tcard"), "\(address) in \(hosts)")
                }
                #expect(hosts.contains("\tgate"))
                try await site.docker("network disconnect h1 card")
                hosts = try await site.docker("exec card cat /etc/hosts")
                #expect(!hosts.contains("172.31.40.2") && !hosts.contains("fd00:40::2"), "\(hosts)")
                #expect(hosts.contains("172.31.41.2\tcard"))
            }
        }

        @Test(arguments: Backend.allCases)
        func `names work again after the daemon's crash`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["left", "right"], networks: ["pair"]) {
                try await site.docker("network create pair")
                try await site.idle("left", "--network pair")
                try await site.idle("right", "--network pair")
                try await site.lab.restartDaemon(crash: true)
                #expect(try await site.pings(.container("left"), "right"))
                #expect(try await lookup(site, "left", "example.test").contains("203.0.113.8"))
            }
        }
    }
}

/// TestLegacyLink: its daemon keeps containers of the default bridge apart.
@Suite("links on the default bridge", .needsLab, .engineLab("link", options: ["--icc=false"]), .serialized)
struct LegacyLinkTests {
    @Test func `a linked container is reached by address, name and alias, another is not`() async throws {
        let site = NetworkLab(lab: try EngineLab.current)
        try await site.tidy(containers: ["svr", "c0", "c1"]) {
            try await site.serve("svr", "--expose 80")
            let address = try await site.address("svr", on: "bridge")
            try await site.idle("c0", "")
            try await site.misses(.container("c0"), address, 80)
            try await site.idle("c1", "--link svr:thealias")
            try await site.reaches(.container("c1"), address, 80, "svr")
            try await site.reaches(.container("c1"), "svr", 80, "svr")
            try await site.reaches(.container("c1"), "thealias", 80, "svr")
            let environment = try await site.docker("exec c1 env")
            #expect(environment.contains("THEALIAS_PORT_80_TCP_ADDR=\(address)"), "\(environment)")
            try await site.docker("restart -t 0 svr")
            let later = try await site.address("svr", on: "bridge")
            #expect(try await site.docker("exec c1 grep thealias /etc/hosts").contains(later))
        }
    }
}
