import Firewall
import IPAddressing
import Testing

@testable import ContainerNetworking

@Suite("What is wanted, and the way there")
struct PlanTests {
    private func model(
        endpoints: [EndpointRecord] = [], _ change: (inout NetworkConfiguration) -> Void = { _ in }
    ) throws -> NetworkModel {
        var configuration = NetworkConfiguration(execRoot: "/run/causeway")
        change(&configuration)
        var situation = HostSituation()
        if configuration.bridgeIsUsers {
            situation.bridges[configuration.bridgeName] = [try #require(IPPrefix("10.9.0.1/24"))]
            situation.bridgeMACs[configuration.bridgeName] = MACAddress("02:00:00:00:00:01")
        }
        var records = try DefaultNetworks.make(configuration, known: [], situation: situation, now: "") { _ in }
        for index in records.indices where records[index].driver == "bridge" {
            records[index].id = String(repeating: "e", count: 64)
            records[index].bridgeMAC = "02:42:75:07:2a:20"
        }
        return NetworkModel(configuration: configuration, networks: records, endpoints: endpoints)
    }

    private let red = EndpointRecord(
        id: "1", networkID: String(repeating: "e", count: 64), networkName: "bridge", containerID: "83f83cfc4b9b",
        sandboxPath: "/run/causeway/netns/83f83cfc4b9b", hostInterface: "veth6008cec", interfaceName: "eth0",
        macAddress: "02:42:ac:11:00:02", ipv4Address: "172.17.0.2", prefixLength: 16, gateway: "172.17.0.1")

    @Test("From nothing to the seed's bridge") func fromNothing() throws {
        let wanted = try model().desired()
        #expect(
            KernelState().plan(to: wanted).map(\.description) == [
                "ip link add docker0 address 02:42:75:07:2a:20 mtu 1500 type bridge",
                "sysctl -w net/ipv6/conf/docker0/accept_ra=0",
                "sysctl -w net/ipv6/conf/docker0/addr_gen_mode=1",
                "ip addr add 172.17.0.1/16 brd + dev docker0",
                "ip link set docker0 up",
                "sysctl -w net.ipv4.ip_forward=1",
            ])
        #expect(wanted.plan(to: wanted).isEmpty)
    }

    @Test("A bridge that was deleted by hand: its ports are plugged in again") func bridgeGone() throws {
        let wanted = try model(endpoints: [red]).desired()
        var state = wanted
        state.bridges = [:]
        state.ports["veth6008cec"]?.bridge = nil
        #expect(
            state.plan(to: wanted).map(\.description) == [
                "ip link add docker0 address 02:42:75:07:2a:20 mtu 1500 type bridge",
                "sysctl -w net/ipv6/conf/docker0/accept_ra=0",
                "sysctl -w net/ipv6/conf/docker0/addr_gen_mode=1",
                "ip addr add 172.17.0.1/16 brd + dev docker0",
                "ip link set docker0 up",
                "ip link set veth6008cec master docker0",
            ])
    }

    @Test("Each thing that is amiss has its step, and only that") func amiss() throws {
        let wanted = try model(endpoints: [red]).desired()
        func steps(_ change: (inout KernelState) -> Void) -> [String] {
            var state = wanted
            change(&state)
            return state.plan(to: wanted).map(\.description)
        }
        #expect(steps { _ in } == [])
        #expect(steps { $0.ports["veth6008cec"]?.bridge = nil } == ["ip link set veth6008cec master docker0"])
        #expect(steps { $0.ports["veth6008cec"]?.bridge = "br1" } == ["ip link set veth6008cec master docker0"])
        #expect(steps { $0.ports["veth6008cec"]?.isUp = false } == ["ip link set veth6008cec up"])
        #expect(steps { $0.ports = [:] } == [])
        #expect(steps { $0.bridges["docker0"]?.isUp = false } == ["ip link set docker0 up"])
        #expect(steps { $0.bridges["docker0"]?.mtu = 1400 } == ["ip link set docker0 mtu 1500"])
        #expect(
            steps { $0.bridges["docker0"]?.mac = MACAddress("02:42:00:00:00:01") }
                == ["ip link set docker0 address 02:42:75:07:2a:20"])
        #expect(steps { $0.bridges["docker0"]?.addresses = [] } == ["ip addr add 172.17.0.1/16 brd + dev docker0"])
        #expect(steps { $0.sysctls["net.ipv4.ip_forward"] = "0" } == ["sysctl -w net.ipv4.ip_forward=1"])
        #expect(
            steps { $0.bridges["docker0"]?.parameters["net/ipv6/conf/docker0/accept_ra"] = "1" }
                == ["sysctl -w net/ipv6/conf/docker0/accept_ra=0"])
        // A kernel without IPv6 has no such parameter.
        #expect(steps { $0.bridges["docker0"]?.parameters = [:] } == [])
    }

    @Test("What others have put there stays") func foreign() throws {
        let wanted = try model().desired()
        var state = wanted
        state.bridges["docker0"]?.addresses.append(try #require(IPPrefix("10.1.1.1/24")))
        state.bridges["br-other"] = BridgeState(isUp: false, addresses: [])
        state.ports["veth1"] = PortState(bridge: "br-other", isUp: true)
        state.sysctls["net.ipv4.conf.all.rp_filter"] = "2"
        #expect(state.plan(to: wanted).isEmpty)
    }

    @Test("Another --bip: the former address of ours goes") func retired() throws {
        let wanted = try model { $0.bip = IPPrefix("10.50.0.1/24") }.desired()
        let former = try #require(IPPrefix("172.17.0.1/16"))
        var state = wanted
        state.bridges["docker0"]?.addresses = [former]
        #expect(
            state.plan(to: wanted, retired: ["docker0": [former]]).map(\.description) == [
                "ip addr del 172.17.0.1/16 dev docker0", "ip addr add 10.50.0.1/24 brd + dev docker0",
            ])
    }

    @Test("The user's own bridge is set up and otherwise left alone") func usersBridge() throws {
        let wanted = try model {
            $0.bridgeName = "br0"
            $0.bridgeIsUsers = true
            $0.mtu = 1400
        }.desired()
        var state = KernelState()
        state.sysctls["net.ipv4.ip_forward"] = "1"
        #expect(state.plan(to: wanted).isEmpty)
        state.bridges["br0"] = BridgeState(
            mac: MACAddress("02:00:00:00:00:01"), mtu: 9000, isUp: false, addresses: [])
        #expect(state.plan(to: wanted).map(\.description) == ["ip link set br0 up"])
    }

    @Test("Options that touch parameters") func parameters() throws {
        #expect(try model { $0.ipForward = false }.desired().sysctls.isEmpty)
        #expect(try model { $0.isBridgeDisabled = true }.desired() == KernelState())
        let icc = try model { $0.icc = false }.desired().sysctls
        #expect(icc == ["net.ipv4.ip_forward": "1", "net.bridge.bridge-nf-call-iptables": "1"])
    }

    @Test("What is wanted of the firewall") func firewall() throws {
        let intent = try model().firewall(forwardingWasOff: true)
        #expect(intent.forwardPolicyDrop)
        let bridge = try #require(intent.networks.first)
        #expect(intent.networks.count == 1)
        #expect(bridge.bridge == "docker0" && bridge.icc && bridge.masquerade && !bridge.internal)
        #expect(bridge.subnets.map(\.description) == ["172.17.0.0/16"])
        // Who had forwarding on before routes for others.
        #expect(try !model().firewall(forwardingWasOff: false).forwardPolicyDrop)
        #expect(try !model { $0.ipForwardNoDrop = true }.firewall(forwardingWasOff: true).forwardPolicyDrop)
        let strict = try model {
            $0.icc = false
            $0.masquerade = false
        }.firewall(forwardingWasOff: true).networks
        #expect(strict.first?.icc == false && strict.first?.masquerade == false)
    }
}
