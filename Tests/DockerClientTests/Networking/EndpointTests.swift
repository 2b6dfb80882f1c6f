import Testing

extension NetworkBehaviour {
    @Suite("endpoints") struct Endpoints {
        /// TestGatewaySelection.
        @Test(arguments: Backend.allCases)
        func `the default route of each family follows the networks that come and go, and the ports follow it`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["mover"], networks: ["net4", "net6", "net46"]) {
                try await site.docker("network create --subnet 172.31.20.0/24 net4")
                try await site.docker("network create --ipv4=false --ipv6 --subnet fd00:20::/64 net6")
                try await site.docker("network create --ipv6 --subnet 172.31.21.0/24 --subnet fd00:21::/64 net46")
                try await site.serve("mover", "--network net4 -p 8090:80")
                func routes() async throws -> String {
                    try await site.lab.succeed(
                        "docker exec mover sh -c 'ip -4 route show default; ip -6 route show default'")
                }
                func published() async throws {
                    for address in ["198.51.100.2", "2001:db8:51::2"] {
                        try await site.reaches(.internet, address, 8090, "mover")
                    }
                }
                #expect(try await routes().contains("via 172.31.20.1"))
                try await published()
                try await site.docker("network connect net6 mover")
                var now = try await routes()
                #expect(now.contains("via 172.31.20.1") && now.contains("via fd00:20::1"), "\(now)")
                try await published()
                try await site.docker("network disconnect net6 mover")
                now = try await routes()
                #expect(!now.contains("fd00:20"), "\(now)")
                try await published()
                try await site.docker("network connect net46 mover")
                now = try await routes()
                #expect(
                    now.contains("via 172.31.21.1") && now.contains("via fd00:21::1"), "dual stack goes first: \(now)")
                try await published()
                try await site.docker("network disconnect net46 mover")
                #expect(try await routes().contains("via 172.31.20.1"))
                try await published()
                try await site.docker("network connect --gw-priority 5 net6 mover")
                #expect(try await routes().contains("via fd00:20::1"))
            }
        }

        @Test(arguments: Backend.allCases)
        func `several networks at once: interfaces and default route in a fixed order`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["multi"], networks: ["n-a", "n-b", "n-in"]) {
                try await site.docker("network create --subnet 172.31.22.0/24 n-a")
                try await site.docker("network create --subnet 172.31.23.0/24 n-b")
                try await site.docker("network create --internal --subnet 172.31.24.0/24 n-in")
                try await site.idle(
                    "multi",
                    "--network n-b --network n-in --network name=n-a,ip=172.31.22.77,mac-address=02:00:00:00:00:07,"
                        + "driver-opt=com.docker.network.endpoint.ifname=green")
                let links = try await site.lab.succeed("docker exec multi ip -4 -o addr")
                #expect(links.contains("green    inet 172.31.22.77/24"), "\(links)")
                let mac = try await site.docker("exec multi cat /sys/class/net/green/address")
                #expect(mac == "02:00:00:00:00:07")
                #expect(
                    try await site.docker("exec multi ip route show default").contains("via 172.31.22.1"),
                    "n-a is first by name, n-in is internal")
                try await site.docker("network disconnect n-a multi")
                #expect(try await site.docker("exec multi ip route show default").contains("via 172.31.23.1"))
                #expect(try await site.lab.run("docker exec multi ip link show green").code != 0)
            }
        }

        /// TestDefaultBridgeIPv6.
        @Test(arguments: Backend.allCases)
        func `the default bridge has IPv6 where the daemon says so`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["dual"]) {
                try await site.serve("dual", "")
                let address = try await site.address("dual", on: "bridge", ipv6: true)
                #expect(address.hasPrefix("fd"), "an address of a unique local prefix: \(address)")
                let ping = try await site.lab.run("docker run --rm busybox ping -6 -c 1 -W 1 \(address)")
                #expect(ping.code == 0, "\(ping.errors)")
                #expect(try await site.pings(.container("dual"), "2001:db8:113::8"), "masqueraded")
            }
        }

        /// TestDisableIPv6OnInterface.
        @Test(arguments: Backend.allCases)
        func `an interface with disable_ipv6 has no IPv6 address, nor does inspect show one`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["v4only", "asker"], networks: ["dis"]) {
                try await site.docker("network create --ipv6 dis")
                try await site.idle(
                    "v4only",
                    "--network 'name=dis,\"driver-opt=com.docker.network.endpoint.sysctls="
                        + "net.ipv6.conf.IFNAME.disable_ipv6=1\"' -p 8091:80")
                try await site.idle("asker", "--network dis")
                #expect(try await !site.docker("exec v4only ip addr show eth0").contains("inet6"))
                #expect(try await site.address("v4only", on: "dis", ipv6: true) == "")
                #expect(try await site.pings(.container("asker"), "-4 v4only"))
                let six = try await site.lab.run("docker exec asker ping -6 -c 1 -W 1 v4only")
                #expect(six.errors.contains("bad address"), "\(six.errors)")
            }
        }

        @Test(arguments: Backend.allCases)
        func `interfaces of IPv4-only networks have IPv6 switched off`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["four"], networks: ["fours"]) {
                try await site.docker("network create fours")
                try await site.idle("four", "--network fours")
                #expect(try await site.docker("exec four cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6") == "1")
            }
        }

        /// TestSetEndpointSysctl.
        @Test(arguments: ["IFNAME", "ifname"], ["0", "1"])
        func `sysctls of an endpoint are set on its interface`(name: String, value: String) async throws {
            let site = try NetworkLab(.iptables)
            let option = "com.docker.network.endpoint.sysctls=net.ipv4.conf.\(name).forwarding=\(value)"
            let text = try await site.docker(
                "run --rm --network name=bridge,driver-opt=\(option) busybox sysctl -qn net.ipv4.conf.eth0.forwarding")
            #expect(text == value)
        }

        /// TestMACAddrOnRestart.
        @Test(arguments: Backend.allCases)
        func `two containers never have one Ethernet address, and a given one stays`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            func mac(_ container: String) async throws -> String {
                try await site.docker("exec \(container) cat /sys/class/net/eth0/address")
            }
            try await site.tidy(containers: ["mac1", "mac2", "mac3"], networks: ["macs"]) {
                try await site.docker("network create macs")
                try await site.idle("mac1", "--network macs")
                try await site.docker("stop -t 0 mac1")
                try await site.idle("mac2", "--network macs")
                try await site.docker("start mac1")
                #expect(try await mac("mac1") != mac("mac2"))
                try await site.idle("mac3", "--network macs --mac-address 02:00:00:00:aa:03")
                try await site.docker("restart -t 0 mac3")
                #expect(try await mac("mac3") == "02:00:00:00:aa:03")
            }
        }

        @Test(arguments: Backend.allCases)
        func `a static address is kept for a stopped container, over the daemon's restart too`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["fixed", "any1", "any2"], networks: ["statics"]) {
                try await site.docker("network create --subnet 172.31.30.0/29 statics")
                try await site.idle("fixed", "--network statics --ip 172.31.30.2")
                try await site.docker("stop -t 0 fixed")
                try await site.lab.restartDaemon()
                try await site.idle("any1", "--network statics")
                #expect(try await site.address("any1", on: "statics") == "172.31.30.3")
                let taken = try await site.lab.run(
                    "docker run -d --name any2 --network statics --ip 172.31.30.2 busybox sleep 1000")
                #expect(taken.errors.contains("Address already in use"), "\(taken.errors)")
                try await site.docker("start fixed")
                #expect(try await site.address("fixed", on: "statics") == "172.31.30.2")
            }
        }

        @Test func `macvlan: containers on the uplink's own segment`() async throws {
            let site = try NetworkLab(.iptables)
            try await site.tidy(containers: ["lan1", "lan2"], networks: ["lan"]) {
                try await site.docker(
                    "network create -d macvlan -o parent=up0 --subnet 198.51.100.0/24 --gateway 198.51.100.1 lan")
                try await site.serve("lan1", "--network lan --ip 198.51.100.71")
                try await site.idle("lan2", "--network lan --ip 198.51.100.72")
                try await site.reaches(.container("lan2"), "lan1", 80, "lan1")
                try await site.reaches(.internet, "198.51.100.71", 80, "lan1")
                #expect(try await site.pings(.container("lan1"), "203.0.113.8"))
                #expect(try await !site.pings(.container("lan1"), "198.51.100.2"), "the parent itself is out of reach")
            }
        }

        @Test(arguments: Backend.allCases)
        func `container:ID shares the other's network, whole`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["owner", "sharer"]) {
                try await site.serve("owner", "")
                try await site.idle("sharer", "--network container:owner")
                try await site.reaches(.container("sharer"), "127.0.0.1", 80, "owner")
                #expect(try await site.docker("exec sharer hostname") == site.docker("exec owner hostname"))
                let published = try await site.lab.run("docker run --rm --network container:owner -p 80 busybox true")
                #expect(
                    published.errors.contains(
                        "conflicting options: port publishing and the container type network mode"))
            }
        }
    }
}
