import Testing

extension NetworkBehaviour {
    @Suite("who reaches whom") struct Connectivity {
        /// TestBridgeICC.
        @Test(arguments: Backend.allCases)
        func `containers of one network reach each other by address and name in both families`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["icc1", "icc2"], networks: ["icc"]) {
                try await site.docker("network create --ipv6 icc")
                try await site.serve("icc1", "--network icc")
                try await site.idle("icc2", "--network icc")
                for ipv6 in [false, true] {
                    let address = try await site.address("icc1", on: "icc", ipv6: ipv6)
                    #expect(try await site.pings(.container("icc2"), address))
                    try await site.reaches(.container("icc2"), address, 80, "icc1")
                }
                #expect(try await site.pings(.container("icc2"), "icc1"))
                #expect(try await site.pings(.container("icc2"), "-6 icc1"))
            }
        }

        /// TestBridgeICC, internal and IPv6-only networks.
        @Test(arguments: Backend.allCases, ["--internal --ipv6", "--ipv4=false --ipv6"])
        func `so do those of internal and of IPv6-only networks`(backend: Backend, options: String) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["in1", "in2"], networks: ["inside"]) {
                try await site.docker("network create \(options) inside")
                try await site.serve("in1", "--network inside")
                try await site.idle("in2", "--network inside")
                let address = try await site.address("in1", on: "inside", ipv6: true)
                try await site.reaches(.container("in2"), address, 80, "in1")
                #expect(try await site.pings(.container("in2"), "-6 in1"))
                let ipv4 = try await site.address("in1", on: "inside")
                #expect((ipv4 == "") == options.contains("--ipv4=false"))
            }
        }

        /// `enable_icc=false`.
        @Test(arguments: Backend.allCases)
        func `with enable_icc off, containers of one network do not reach each other, but the world`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["apart1", "apart2"], networks: ["apart"]) {
                try await site.docker(
                    "network create --ipv6 -o com.docker.network.bridge.enable_icc=false apart")
                try await site.serve("apart1", "--network apart")
                try await site.idle("apart2", "--network apart")
                for ipv6 in [false, true] {
                    let address = try await site.address("apart1", on: "apart", ipv6: ipv6)
                    try await site.misses(.container("apart2"), address, 80)
                    #expect(try await !site.pings(.container("apart2"), address))
                }
                #expect(try await site.pings(.container("apart2"), "203.0.113.8"))
                #expect(try await site.pings(.container("apart2"), "2001:db8:113::8"))
            }
        }

        /// TestBridgeINC.
        @Test(arguments: Backend.allCases, ["", "--internal"])
        func `containers of different networks do not reach each other`(
            backend: Backend, kind: String
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["inc1", "inc2"], networks: ["inc-a", "inc-b"]) {
                try await site.docker("network create --ipv6 \(kind) inc-a")
                try await site.docker("network create --ipv6 \(kind) inc-b")
                try await site.serve("inc1", "--network inc-a")
                try await site.idle("inc2", "--network inc-b")
                for ipv6 in [false, true] {
                    let address = try await site.address("inc1", on: "inc-a", ipv6: ipv6)
                    let ping = try await site.lab.run("docker exec inc2 ping -c 1 -W 1 \(address)")
                    #expect(ping.code != 0)
                    #expect(ping.errors.contains("Network is unreachable") == !kind.isEmpty, "\(ping.errors)")
                    try await site.misses(.container("inc2"), address, 80)
                }
            }
        }

        /// TestInternalNwConnectivity.
        @Test(arguments: Backend.allCases)
        func `an internal network reaches its bridge and the host reaches it, and nothing else does`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["cave"], networks: ["cavenet"]) {
                try await site.docker(
                    "network create --internal --ipv6 --subnet 172.30.0.0/24 --gateway 172.30.0.1 "
                        + "--subnet fda9:4130:4715::/64 --gateway fda9:4130:4715::1234 cavenet")
                try await site.serve("cave", "--network cavenet")
                #expect(try await site.pings(.container("cave"), "172.30.0.1"))
                #expect(try await site.pings(.container("cave"), "fda9:4130:4715::1234"))
                for (address, ipv6) in [("203.0.113.8", false), ("2001:db8:113::8", true)] {
                    let out = try await site.lab.run("docker exec cave ping -c 1 -W 1 \(address)")
                    #expect(out.errors.contains("Network is unreachable"))
                    try await site.reaches(.host, try await site.address("cave", on: "cavenet", ipv6: ipv6), 80, "cave")
                }
            }
        }

        /// TestIsolated.
        @Test(arguments: Backend.allCases)
        func `an isolated network's bridge has no address on the host`(backend: Backend) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["iso1", "iso2"], networks: ["iso"]) {
                try await site.docker(
                    "network create --internal --ipv6 -o com.docker.network.bridge.gateway_mode_ipv4=isolated "
                        + "-o com.docker.network.bridge.gateway_mode_ipv6=isolated "
                        + "-o com.docker.network.bridge.name=br-iso iso")
                #expect(try await site.lab.succeed("ip -o addr show dev br-iso") == "")
                try await site.serve("iso1", "--network iso")
                try await site.idle("iso2", "--network iso")
                #expect(try await site.pings(.container("iso2"), "-4 iso1"))
                #expect(try await site.pings(.container("iso2"), "-6 iso1"))
            }
        }

        /// TestInterNetworkDirectRouting and TestBridgeINCRouted: from another network, to a container's own address.
        @Test(
            arguments: Backend.allCases,
            [("nat", false, false), ("routed", true, false), ("nat-unprotected", true, true)])
        func `another network reaches a container's own address as its gateway mode says`(
            backend: Backend, mode: (name: String, published: Bool, unpublished: Bool)
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["modal", "guest"], networks: ["modal-net", "guest-net"]) {
                try await site.docker(
                    "network create --ipv6 -o com.docker.network.bridge.gateway_mode_ipv4=\(mode.name) "
                        + "-o com.docker.network.bridge.gateway_mode_ipv6=\(mode.name) modal-net")
                try await site.docker("network create --ipv6 guest-net")
                try await site.serve("modal", "--network modal-net -p 80")
                try await site.idle("guest", "--network guest-net")
                for ipv6 in [false, true] {
                    let address = try await site.address("modal", on: "modal-net", ipv6: ipv6)
                    if mode.published {
                        try await site.reaches(.container("guest"), address, 80, "modal")
                    } else {
                        try await site.misses(.container("guest"), address, 80)
                    }
                    if mode.unpublished {
                        try await site.reaches(.container("guest"), address, 81, "modal")
                    } else {
                        try await site.misses(.container("guest"), address, 81)
                    }
                    #expect(try await site.pings(.container("guest"), address) == mode.published)
                    // The other way, a routed network is no more than any other to a nat one.
                    let back = try await site.address("guest", on: "guest-net", ipv6: ipv6)
                    #expect(try await !site.pings(.container("modal"), back))
                }
            }
        }

        /// TestDirectRoutingOpenPorts: from another machine, to a container's own address, whatever FORWARD's policy.
        @Test(
            arguments: Backend.allCases,
            [("nat", false, false), ("routed", true, false), ("nat-unprotected", true, true)])
        func `another machine reaches a container's own address as its gateway mode says`(
            backend: Backend, mode: (name: String, published: Bool, unpublished: Bool)
        ) async throws {
            let site = try NetworkLab(backend)
            let routes = ["172.31.7.0/24 via 198.51.100.2", "fd00:7::/64 via 2001:db8:51::2"]
            for route in routes { try await site.internet("ip route replace \(route)") }
            try await site.tidy(containers: ["open"], networks: ["open-net"]) {
                try await site.docker(
                    "network create --ipv6 --subnet 172.31.7.0/24 --subnet fd00:7::/64 "
                        + "-o com.docker.network.bridge.gateway_mode_ipv4=\(mode.name) "
                        + "-o com.docker.network.bridge.gateway_mode_ipv6=\(mode.name) open-net")
                try await site.serve("open", "--network open-net -p 80")
                for policy in backend == .iptables ? ["ACCEPT", "DROP"] : [""] {
                    if !policy.isEmpty {
                        try await site.lab.succeed("iptables -P FORWARD \(policy); ip6tables -P FORWARD \(policy)")
                    }
                    for ipv6 in [false, true] {
                        let address = try await site.address("open", on: "open-net", ipv6: ipv6)
                        #expect(
                            try await site.pings(.internet, address) == mode.published, "\(mode) \(policy) \(address)")
                        if mode.published {
                            try await site.reaches(.internet, address, 80, "open")
                        } else {
                            try await site.misses(.internet, address, 80)
                        }
                        if mode.unpublished {
                            try await site.reaches(.internet, address, 81, "open")
                        } else {
                            try await site.misses(.internet, address, 81)
                        }
                    }
                }
            }
            for route in routes { try await site.internet("ip route del \(route)") }
        }

        @Test(arguments: Backend.allCases)
        func `a container cannot send with another's Ethernet or IP address, unless its network allows it`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            try await site.tidy(containers: ["liar", "victim", "liar2", "victim2"], networks: ["honest", "naive"]) {
                try await site.docker("network create --subnet 172.31.8.0/24 honest")
                try await site.docker(
                    "network create --subnet 172.31.9.0/24 -o causeway.network.anti_spoofing=false naive")
                for (number, liar, victim, network) in [
                    (8, "liar", "victim", "honest"), (9, "liar2", "victim2", "naive"),
                ] {
                    let allowed = network == "naive"
                    try await site.idle(liar, "--cap-add NET_ADMIN --network \(network)")
                    try await site.idle(victim, "--network \(network)")
                    let target = try await site.address(victim, on: network)
                    #expect(try await site.pings(.container(liar), target), "honest packets pass")
                    try await site.lab.succeed("docker exec \(liar) ip addr add 172.31.\(number).77/24 dev eth0")
                    let forged = try await site.lab.run(
                        "docker exec \(liar) ping -c 1 -W 1 -I 172.31.\(number).77 \(target)")
                    #expect((forged.code == 0) == allowed, "another IPv4 address on \(network)")
                    try await site.lab.succeed(
                        "docker exec \(liar) sh -c 'ip addr del 172.31.\(number).77/24 dev eth0; "
                            + "ip link set eth0 address 02:42:00:00:00:77; ip neigh flush dev eth0'")
                    #expect(
                        try await site.pings(.container(liar), target) == allowed,
                        "another Ethernet address on \(network)")
                }
            }
        }
    }
}
