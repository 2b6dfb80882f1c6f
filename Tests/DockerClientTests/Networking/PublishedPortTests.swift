import Lab
import Testing
import Walkthrough

extension NetworkBehaviour {
    @Suite("published ports") struct PublishedPorts {
        private static let gateway = "docker network inspect -f '{{range .IPAM.Config}}{{.Gateway}} {{end}}' bridge"

        /// TestAccessPublishedPortFromHost, FromRemoteHost and FromCtr.
        @Test(arguments: Backend.allCases, ["", "--ipv6"])
        func `a port is reached from the host, from outside, and from its own and another container`(
            backend: Backend, family: String
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["shop", "buyer", "stranger"], networks: ["mall", "street"]) {
                try await site.docker("network create \(family) mall")
                try await site.docker("network create --ipv6 street")
                try await site.serve("shop", "--network mall -p 8081:80")
                try await site.idle("buyer", "--network mall")
                try await site.idle("stranger", "--network street")
                for address in ["127.0.0.1", "198.51.100.2", "::1", "2001:db8:51::2"] {
                    try await site.reaches(.host, address, 8081, "shop")
                }
                for address in ["198.51.100.2", "2001:db8:51::2"] {
                    try await site.reaches(.internet, address, 8081, "shop")
                    // TestAccessPublishedPortFromAnotherNetwork, TestAccessToPublishedPort.
                    try await site.reaches(.container("stranger"), address, 8081, "shop")
                }
                // TestPortMappedHairpinTCP.
                try await site.reaches(.container("shop"), "198.51.100.2", 8081, "shop")
                try await site.reaches(.container("buyer"), "198.51.100.2", 8081, "shop")
                for gateway in try await site.lab.succeed(Self.gateway).split(separator: " ") {
                    try await site.reaches(.container("stranger"), String(gateway), 8081, "shop")
                }
                try await site.misses(.internet, "198.51.100.2", 81)
            }
        }

        @Test(arguments: Backend.allCases)
        func `the container sees its client's own address`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["witness"], networks: ["seen"]) {
                try await site.docker("network create --ipv6 seen")
                try await site.serve("witness", "--network seen -p 8082:80")
                for (client, server) in [("198.51.100.1", "198.51.100.2"), ("2001:db8:51::1", "2001:db8:51::2")] {
                    let capture =
                        "timeout 5 tcpdump -lnc 1 -i $(ip -o link show type bridge | grep -o 'br-[0-9a-f]*' | head -1) "
                        + "'tcp dst port 80' 2>/dev/null & sleep 0.3; \(Self.curlFromOutside(site, server)) > /dev/null; wait"
                    let seen = try await site.lab.run(capture).text
                    #expect(seen.contains(" \(client)."), "\(seen)")
                }
            }
        }

        private static func curlFromOutside(_ site: NetworkLab, _ server: String) -> String {
            let host = server.contains(":") ? "[\(server)]" : server
            return "nsenter --net=\(site.lab.shell.lab.internetNamespacePath) "
                + "curl -s -g --noproxy '*' --max-time 2 http://\(host):8082/"
        }

        /// TestPortMappedHairpinUDP.
        @Test(arguments: Backend.allCases)
        func `a UDP port is reached from the host, from outside and through the hairpin`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["echo", "asker"], networks: ["udp"]) {
                try await site.docker("network create udp")
                try await site.idle("echo", "--network udp -p 5353:53/udp")
                try await site.idle("asker", "--network udp")
                // The image has no UDP server: the host's python answers in the container's namespace.
                let server =
                    "import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('',53)); "
                    + "[s.sendto(b'echo '+d,a) for d,a in iter(lambda: s.recvfrom(512), None)]"
                let process = try await site.lab.succeed(
                    "setsid nsenter --net=$(docker inspect -f '{{.NetworkSettings.SandboxKey}}' echo) "
                        + "timeout 60 python3 -c \"\(server)\" > /dev/null 2>&1 & echo $!")
                let client =
                    "python3 -c \"import socket,sys; f=socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET; "
                    + "s=socket.socket(f,socket.SOCK_DGRAM); s.settimeout(1); s.sendto(b'hi',(sys.argv[1],5353)); "
                    + "print(s.recv(512).decode())\" "
                for address in ["127.0.0.1", "198.51.100.2", "::1", "2001:db8:51::2"] {
                    var answer = ""
                    for _ in 0..<10 where answer != "echo hi" {
                        answer = try await site.lab.run(client + address).text
                    }
                    #expect(answer == "echo hi", "asked at \(address)")
                }
                for address in ["198.51.100.2", "2001:db8:51::2"] {
                    #expect(try await site.internet(client + address).text == "echo hi", "from outside, \(address)")
                }
                for name in ["asker", "echo"] {
                    let inside =
                        "nsenter --net=$(docker inspect -f '{{.NetworkSettings.SandboxKey}}' \(name)) \(client) 198.51.100.2"
                    #expect(try await site.lab.run(inside).text == "echo hi", "from \(name)")
                }
                try await site.lab.run("kill \(process)")
            }
        }

        /// TestProxy4To6.
        @Test(arguments: Backend.allCases)
        func `[::1] leads to a container without IPv6`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["old"], networks: ["four"]) {
                try await site.docker("network create four")
                try await site.serve("old", "--network four -p '[::1]::80'")
                let port = try await site.docker("port old 80/tcp").split(separator: ":").last.flatMap { Int($0) }
                try await site.reaches(.host, "::1", try #require(port), "old")
                try await site.misses(.internet, "2001:db8:51::2", try #require(port))
            }
        }

        /// TestRoutedNonGateway.
        @Test(arguments: Backend.allCases)
        func `a port is published by the network that gives the default route, and open on a routed one`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.internet("ip route replace 172.31.11.0/24 via 198.51.100.2")
            try await site.internet("ip route replace 172.31.10.0/24 via 198.51.100.2")
            try await site.tidy(containers: ["both"], networks: ["ds-nat", "ds-routed"]) {
                try await site.docker("network create --ipv6 --subnet 172.31.10.0/24 ds-nat")
                try await site.docker(
                    "network create --ipv6 --subnet 172.31.11.0/24 -o com.docker.network.bridge.gateway_mode_ipv4=routed "
                        + "-o com.docker.network.bridge.gateway_mode_ipv6=routed ds-routed")
                try await site.serve("both", "--network name=ds-nat,gw-priority=1 --network ds-routed -p 8083:80")
                try await site.reaches(.internet, "198.51.100.2", 8083, "both")
                try await site.reaches(.internet, "2001:db8:51::2", 8083, "both")
                try await site.misses(.internet, try await site.address("both", on: "ds-nat"), 80)
                try await site.reaches(.internet, try await site.address("both", on: "ds-routed"), 80, "both")
                try await site.misses(.internet, try await site.address("both", on: "ds-routed"), 81)
            }
            try await site.internet("ip route del 172.31.11.0/24")
            try await site.internet("ip route del 172.31.10.0/24")
        }

        /// TestAccessPortPublishedOnLoopbackAddress.
        @Test(arguments: Backend.allCases)
        func `a port published on a loopback address is the host's alone`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.internet("ip route replace 127.0.0.2/32 via 198.51.100.2 dev isp0")
            try await site.internet("sysctl -qw net.ipv4.conf.all.route_localnet=1")
            try await site.tidy(containers: ["private", "nosy"], networks: ["loop"]) {
                try await site.docker("network create loop")
                try await site.serve("private", "--network loop -p 127.0.0.2:8084:80")
                try await site.idle("nosy", "--network loop")
                try await site.reaches(.host, "127.0.0.2", 8084, "private")
                try await site.misses(.internet, "127.0.0.2", 8084)
                try await site.misses(.internet, "198.51.100.2", 8084)
                try await site.misses(.container("nosy"), "198.51.100.2", 8084)
            }
            try await site.internet("ip route del 127.0.0.2/32")
        }

        /// TestMixAnyWithSpecificHostAddrs.
        @Test(arguments: Backend.allCases, ["tcp", "udp"])
        func `ephemeral ports on any and on a specific address do not clash, and both families share theirs`(
            backend: Backend, transport: String
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["mix"]) {
                try await site.idle("mix", "-p 81/\(transport) -p 82/\(transport) -p 127.0.0.1::80/\(transport)")
                let format =
                    "{{range $p, $b := .NetworkSettings.Ports}}{{$p}}{{range $b}} {{.HostPort}}{{end}}{{\"\\n\"}}{{end}}"
                let lines = try await site.docker("inspect -f '\(format)' mix").split(separator: "\n")
                let numbers = lines.map { Set($0.split(separator: " ").dropFirst()) }
                #expect(numbers.allSatisfy { $0.count == 1 }, "\(lines)")
                #expect(Set(numbers).count == 3, "\(lines)")
                #expect(lines.filter { $0.split(separator: " ").count == 3 }.count == 2, "\(lines)")
            }
        }

        /// TestPublishedPortAlreadyInUse.
        @Test(arguments: Backend.allCases)
        func `a port that a process of the host has is refused, naming both, and nothing is left`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["late"]) {
                let result = try await site.lab.run(
                    "busybox httpd -f -p 8085 & pid=$!; for i in $(seq 50); do nc -z 127.0.0.1 8085 2>/dev/null && break; sleep 0.02; done; "
                        + "docker run -d --name late -p 8085:80 busybox sleep 1000; code=$?; kill $pid; exit $code")
                #expect(result.code == 125)
                #expect(result.errors.contains(":8085") && result.errors.contains("address already in use"))
                #expect(result.errors.contains("busybox"), "the process is named: \(result.errors)")
                try await site.docker("start late")
            }
        }

        /// TestPortMappingRestore.
        @Test(arguments: Backend.allCases, [false, true])
        func `ports are as they were after the daemon's restart or crash`(
            backend: Backend, crash: Bool
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["keeper"], networks: ["kept"]) {
                try await site.docker("network create --ipv6 kept")
                try await site.serve("keeper", "--network kept -p 8086:80 -p 81 --restart unless-stopped")
                let before = try await site.docker("port keeper")
                try await site.lab.restartDaemon(crash: crash)
                #expect(try await site.docker("port keeper") == before)
                for address in ["127.0.0.1", "::1"] { try await site.reaches(.host, address, 8086, "keeper") }
                for address in ["198.51.100.2", "2001:db8:51::2"] {
                    try await site.reaches(.internet, address, 8086, "keeper")
                }
            }
        }

        @Test(arguments: Backend.allCases)
        func `no other process can have a published port, and a stopped container gives it back`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["holder", "next"]) {
                try await site.idle("holder", "-p 8087:80 -p 9000-9002:90-92")
                let bind = "python3 -c \"import socket; socket.socket().bind(('0.0.0.0', 8087))\""
                #expect(try await site.lab.run(bind).errors.contains("in use"))
                let clash = try await site.lab.run("docker run -d --name next -p 9001:80 busybox sleep 1000")
                #expect(clash.errors.contains("port is already allocated"))
                try await site.docker("stop -t 0 holder")
                try await site.docker("start next")
                #expect(try await site.docker("port next") == "80/tcp -> 0.0.0.0:9001\n80/tcp -> [::]:9001")
            }
        }
    }
}
