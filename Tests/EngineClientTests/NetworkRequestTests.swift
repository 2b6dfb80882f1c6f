import EngineAPI
import Testing

@testable import EngineClient

private func create(_ words: String...) throws -> NetworkCreateRequest {
    try NetworkRequests.create(try ParsedArguments(words, flags: NetworkFlags.create, interspersed: true))
}

private func refusal(_ words: String...) -> String? {
    do {
        _ = try NetworkRequests.create(try ParsedArguments(words, flags: NetworkFlags.create, interspersed: true))
        return nil
    } catch let error as ValueError {
        return error.message
    } catch {
        return "\(error)"
    }
}

@Suite("The requests that `network create` and `network connect` make")
struct NetworkRequestTests {
    @Test func `a name alone leaves everything to the engine`() throws {
        let request = try create("net1")
        #expect(request.name == "net1" && request.driver == "bridge")
        #expect(request.enableIPv4 == nil && request.enableIPv6 == nil && request.configFrom == nil)
        #expect(request.ipam?.driver == "default" && request.ipam?.config == [])
    }

    @Test func `every option has its place`() throws {
        let request = try create(
            "-d", "macvlan", "--subnet", "10.1.0.0/16,fd00:1::/64", "--gateway", "fd00:1::9", "--gateway", "10.1.0.9",
            "--ip-range", "10.1.5.0/24", "--aux-address", "printer=10.1.0.7", "--ipam-opt", "a=b", "--internal",
            "--attachable", "--ipv4=false", "--ipv6", "--label", "team=a", "-o", "parent=eth0", "--scope", "local",
            "--config-from", "base", "net2")
        #expect(
            request.ipam?.config == [
                IPAMPoolConfig(
                    subnet: "10.1.0.0/16", ipRange: "10.1.5.0/24", gateway: "10.1.0.9",
                    auxiliaryAddresses: ["printer": "10.1.0.7"]),
                IPAMPoolConfig(subnet: "fd00:1::/64", gateway: "fd00:1::9", auxiliaryAddresses: [:]),
            ])
        #expect(request.ipam?.options == ["a": "b"] && request.options == ["parent": "eth0"])
        #expect(request.internal && request.attachable && request.enableIPv4 == false && request.enableIPv6 == true)
        #expect(request.labels == ["team": "a"] && request.scope == "local" && request.configFrom?.network == "base")
    }

    @Test func `what does not fit together is refused in Docker's words`() {
        #expect(refusal("--gateway", "10.1.0.1", "n") == "every ip-range or gateway must have a corresponding subnet")
        #expect(
            refusal("--subnet", "10.1.0.0/16", "--subnet", "10.1.2.0/24", "n")
                == "multiple overlapping subnet configuration is not supported")
        #expect(
            refusal("--subnet", "10.1.0.0/16", "--gateway", "10.2.0.1", "n")
                == "no matching subnet for gateway 10.2.0.1")
        #expect(
            refusal("--subnet", "10.1.0.0/16", "--ip-range", "10.2.0.0/24", "n")
                == "no matching subnet for range 10.2.0.0/24")
        #expect(
            refusal("--subnet", "10.1.0.0/16", "--subnet", "10.2.0.0/16", "--gateway", "10.1.0.1,10.1.0.2", "n")
                == "cannot configure multiple gateways (10.1.0.2, 10.1.0.1) for the same subnet (10.1.0.0/16)")
    }

    @Test func `connect keeps commas of driver options`() throws {
        let options = try ParsedArguments(
            [
                "--ip", "10.1.0.5", "--alias", "db,store", "--gw-priority", "-3", "--driver-opt",
                "com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.a=1,net.ipv4.conf.IFNAME.b=2", "net1", "red",
            ], flags: NetworkFlags.connect, interspersed: true)
        let request = try NetworkRequests.connect(options)
        #expect(request.container == "red")
        #expect(request.endpointConfig?.ipamConfig?.ipv4Address == "10.1.0.5")
        #expect(request.endpointConfig?.aliases == ["db", "store"] && request.endpointConfig?.gwPriority == -3)
        #expect(
            request.endpointConfig?.driverOpts == [
                "com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.a=1,net.ipv4.conf.IFNAME.b=2"
            ])
    }

    @Test func `run takes several networks, each with its own wishes`() throws {
        let words = [
            "--network", "name=front,alias=web,ip=10.1.0.5,gw-priority=2", "--network",
            "name=back,ip6=fd00::5,link-local-ip=169.254.1.1,driver-opt=com.docker.network.endpoint.ifname=lan0",
            "busybox",
        ]
        let request = try ContainerRequest.make(
            try ParsedArguments(words, flags: ContainerFlags.all, interspersed: false)
        ) { _ in nil }
        let endpoints = request.networkingConfig.endpointsConfig
        #expect(request.hostConfig.networkMode == "front")
        #expect(endpoints["front"]?.aliases == ["web"] && endpoints["front"]?.gwPriority == 2)
        #expect(endpoints["back"]?.ipamConfig?.linkLocalIPs == ["169.254.1.1"])
        #expect(endpoints["back"]?.driverOpts == ["com.docker.network.endpoint.ifname": "lan0"])
    }
}
