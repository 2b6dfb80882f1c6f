import ContainerNetworking
import EngineAPI
import Testing

@testable import Engine

private func network(
    _ name: String, _ driver: String = "bridge", pools: [PoolRecord] = [],
    change: (inout NetworkRecord) -> Void = { _ in }
) -> NetworkRecord {
    var record = NetworkRecord(id: String(repeating: "a", count: 64), name: name, driver: driver, created: "")
    record.pools = pools
    change(&record)
    return record
}

@Suite("What the engine decides about networks")
struct NetworkRuleTests {
    private let asked = [IPAMPoolConfig(subnet: "10.77.0.0/24", ipRange: "10.77.0.128/25")]

    @Test func `inspect shows subnets as they were asked for, else those in force`() {
        let pool = PoolRecord(subnet: "10.77.0.0/24", range: "10.77.0.128/25", gateway: "10.77.0.128")
        #expect(NetworkText.pools(of: network("net1", pools: [pool]), asked: asked) == asked)
        #expect(
            NetworkText.pools(of: network("net1", pools: [pool]), asked: [IPAMPoolConfig(subnet: "0.0.0.0/24")]) == [
                IPAMPoolConfig(subnet: "10.77.0.0/24", ipRange: "10.77.0.128/25", gateway: "10.77.0.128")
            ])
        #expect(NetworkText.pools(of: network("host", "host"), asked: []) == nil)
    }

    @Test func `an address needs a subnet that the user named, and a place in it`() {
        func refusal(_ address: String, _ asked: [IPAMPoolConfig]?) -> String? {
            EndpointCheck.refusal(
                EndpointSettings(ipamConfig: EndpointIPAMConfig(ipv4Address: address)), network: "net1", asked: asked)
        }
        let start = "invalid endpoint settings:\n"
        #expect(refusal("10.77.0.9", asked) == nil)
        #expect(refusal("10.77.0.9", nil) == nil)
        #expect(
            refusal("10.78.0.9", asked)
                == start + "no configured subnet or ip-range contain the IP address 10.78.0.9")
        #expect(
            refusal("10.77.0.9", [])
                == start
                + "user specified IP address is supported only when connecting to networks with user configured subnets"
        )
        #expect(
            refusal("10.77", asked) == start
                + "* invalid IPv4 address: 10.77\n* no configured subnet or ip-range contain the IP address 10.77")
    }

    @Test func `the default bridge gives no addresses and no aliases`() {
        var settings = EndpointSettings(aliases: ["db"])
        settings.ipamConfig = EndpointIPAMConfig(ipv4Address: "172.17.0.9")
        #expect(
            EndpointCheck.refusal(settings, network: "bridge", asked: nil) == """
                invalid endpoint settings:
                * user specified IP address is supported on user defined networks only
                * network-scoped alias is supported only for containers in user defined networks
                """)
        #expect(
            EndpointCheck.refusal(EndpointSettings(macAddress: "zz"), network: "bridge", asked: nil)
                == "invalid MAC address zz")
    }

    @Test func `sysctls of an endpoint name no interface`() {
        func options(_ text: String) -> EndpointSettings {
            EndpointSettings(driverOpts: ["com.docker.network.endpoint.sysctls": text])
        }
        #expect(EndpointCheck.refusal(options("net.ipv4.conf.IFNAME.log_martians=1"), network: "n", asked: nil) == nil)
        #expect(
            EndpointCheck.refusal(options("net.ipv4.conf.eth0.log_martians=1"), network: "n", asked: nil)?
                .contains("unrecognised network interface sysctl 'net.ipv4.conf.eth0.log_martians=1'") == true)
    }

    @Test func `the default bridge is plugged in first, then by priority, then by name`() {
        let candidates = [("b", 0), ("a", 0), ("bridge", 0), ("c", 5)].map {
            PlugOrder.Candidate(network: network($0.0), priority: $0.1)
        }
        #expect(candidates.sorted(by: PlugOrder.plugsBefore).map(\.network.name) == ["bridge", "c", "a", "b"])
    }

    @Test func `ports are published on bridges with a way out`() {
        #expect(PlugOrder.publishes(network("a")))
        #expect(!PlugOrder.publishes(network("a") { $0.isInternal = true }))
        #expect(!PlugOrder.publishes(network("m", "macvlan")))
    }

    @Test func `dangling networks are the users' own that nobody is on`() throws {
        let filter = try NetworkFilter(Filters(["dangling": ["true"]]))
        #expect(filter.matches(network("net1"), isUsed: false))
        #expect(!filter.matches(network("net1"), isUsed: true))
        #expect(!filter.matches(network("bridge"), isUsed: false))
        #expect(throws: APIError.badRequest("invalid filter: 'type'='x'")) {
            _ = try NetworkFilter(Filters(["type": ["x"]]))
        }
    }

    @Test func `a link is read as clients write it and as inspect shows it`() throws {
        #expect(try ContainerLink("red") == ContainerLink("red:red"))
        #expect(try ContainerLink("/red:/blue/db") == ContainerLink("red:db"))
        #expect(throws: APIError.badRequest("bad format for links: a:b:c")) { _ = try ContainerLink("a:b:c") }
    }

    @Test func `a link tells of ports and variables`() {
        let variables = LinkEnvironment.variables(
            alias: "my-db", parent: "blue", address: "172.17.0.2", exposed: ["81/tcp", "80/tcp", "53/udp"],
            environment: ["PATH=/bin", "USER=a"])
        #expect(
            variables == [
                "MY_DB_PORT=tcp://172.17.0.2:80", "MY_DB_PORT_80_TCP=tcp://172.17.0.2:80",
                "MY_DB_PORT_80_TCP_ADDR=172.17.0.2", "MY_DB_PORT_80_TCP_PORT=80", "MY_DB_PORT_80_TCP_PROTO=tcp",
                "MY_DB_PORT_81_TCP=tcp://172.17.0.2:81", "MY_DB_PORT_81_TCP_ADDR=172.17.0.2",
                "MY_DB_PORT_81_TCP_PORT=81", "MY_DB_PORT_81_TCP_PROTO=tcp", "MY_DB_PORT_53_UDP=udp://172.17.0.2:53",
                "MY_DB_PORT_53_UDP_ADDR=172.17.0.2", "MY_DB_PORT_53_UDP_PORT=53", "MY_DB_PORT_53_UDP_PROTO=udp",
                "MY_DB_PORT_80_TCP_START=tcp://172.17.0.2:80", "MY_DB_PORT_80_TCP_PORT_START=80",
                "MY_DB_PORT_80_TCP_END=tcp://172.17.0.2:81", "MY_DB_PORT_80_TCP_PORT_END=81", "MY_DB_NAME=/blue/my-db",
                "MY_DB_ENV_USER=a",
            ])
    }

    @Test func `another container's network goes with no host name, ports or links of one's own`() {
        func refusal(_ change: (inout ContainerCreateRequest) -> Void) -> String? {
            var request = ContainerCreateRequest()
            request.hostConfig.networkMode = "container:red"
            change(&request)
            do throws(APIError) { try CreateValidation.checkNetworking(request) } catch { return error.message }
            return nil
        }
        #expect(refusal { _ in } == nil)
        #expect(
            refusal { $0.config.hostname = "x" } == "conflicting options: hostname and the network mode")
        #expect(
            refusal { $0.hostConfig.dns = ["198.51.100.1"] } == "conflicting options: dns and the network mode")
        #expect(
            refusal { $0.hostConfig.publishAllPorts = true }
                == "conflicting options: port publishing and the container type network mode")
        #expect(
            refusal { $0.config.exposedPorts = ["80/tcp": EmptyObject()] }
                == "conflicting options: port exposing and the container type network mode")
    }
}
