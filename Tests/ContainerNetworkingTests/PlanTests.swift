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

    /// docker0 and three more: both families, internal, and one whose bridge has no address.
    private func several() throws -> NetworkModel {
        var model = try model()
        func add(_ digit: String, _ change: (inout NetworkRecord) -> Void) {
            let id = String(repeating: digit, count: 64)
            var record = NetworkRecord(id: id, name: "net" + digit, driver: "bridge", created: "")
            record.bridgeName = "br-" + id.prefix(12)
            record.bridgeMAC = "02:00:00:00:00:0" + digit
            record.mtu = 1400
            record.pools = [PoolRecord(subnet: "10.\(digit).0.0/24", gateway: "10.\(digit).0.1")]
            change(&record)
            model.networks.append(record)
        }
        add("1") {
            $0.enableIPv6 = true
            $0.pools.append(PoolRecord(subnet: "fd00:1::/64", gateway: "fd00:1::1"))
            $0.options = [
                BridgeOptions.Key.hostIPv4: "198.51.100.2", BridgeOptions.Key.gatewayModeIPv6: "routed",
                BridgeOptions.Key.trustedInterfaces: "up0:up1", BridgeOptions.Key.antiSpoofing: "false",
            ]
        }
        add("2") { $0.isInternal = true }
        add("3") { $0.options = [BridgeOptions.Key.inhibitIPv4: "true", BridgeOptions.Key.icc: "false"] }
        return model
    }

    @Test func `several networks, from nothing and back to nothing amiss`() throws {
        let wanted = try several().desired()
        #expect(
            KernelState().plan(to: wanted, doomed: ["br-old"]).map(\.description) == [
                "ip link del br-old",
                "ip link add br-111111111111 address 02:00:00:00:00:01 mtu 1400 type bridge",
                "sysctl -w net/ipv6/conf/br-111111111111/accept_dad=0",
                "sysctl -w net/ipv6/conf/br-111111111111/accept_ra=0",
                "sysctl -w net/ipv6/conf/br-111111111111/disable_ipv6=0",
                "ip addr add 10.1.0.1/24 brd + dev br-111111111111",
                "ip addr add fd00:1::1/64 dev br-111111111111 nodad",
                "ip link set br-111111111111 up",
                "ip link add br-222222222222 address 02:00:00:00:00:02 mtu 1400 type bridge",
                "sysctl -w net/ipv6/conf/br-222222222222/accept_ra=0",
                "ip addr add 10.2.0.1/24 brd + dev br-222222222222",
                "ip link set br-222222222222 up",
                "ip link add br-333333333333 address 02:00:00:00:00:03 mtu 1400 type bridge",
                "sysctl -w net/ipv6/conf/br-333333333333/accept_ra=0",
                "ip link set br-333333333333 up",
                "ip link add docker0 address 02:42:75:07:2a:20 mtu 1500 type bridge",
                "sysctl -w net/ipv6/conf/docker0/accept_ra=0",
                "ip addr add 172.17.0.1/16 brd + dev docker0",
                "ip link set docker0 up",
                "sysctl -w net.bridge.bridge-nf-call-iptables=1",
                "sysctl -w net.ipv4.ip_forward=1",
                "sysctl -w net.ipv6.conf.all.forwarding=1",
            ])
        #expect(wanted.plan(to: wanted).isEmpty)
    }

    @Test func `what is wanted of the firewall for several networks`() throws {
        var model = try several()
        var endpoint = red
        endpoint.networkID = String(repeating: "1", count: 64)
        (endpoint.ipv4Address, endpoint.ipv6Address) = ("10.1.0.2", "fd00:1::2")
        endpoint.linkLocalAddresses = ["169.254.7.7"]
        model.endpoints = [endpoint]
        let intent = model.firewall(forwardingWasOff: true, forwardingIPv6WasOff: true)
        #expect(intent.forwardPolicyDrop && intent.forwardPolicyDropIPv6)
        let (first, second, third) = (intent.networks[1], intent.networks[2], intent.networks[3])
        #expect(first.subnets.map(\.description) == ["10.1.0.0/24", "fd00:1::/64"])
        #expect(first.gatewayModeIPv6 == .routed && first.gatewayModeIPv4 == .nat && !first.preventsSpoofing)
        #expect(first.trustedInterfaces == ["up0", "up1"])
        #expect(first.sourceAddresses.map(\.description) == ["198.51.100.2"])
        #expect(first.endpoints.first?.hostInterface == "veth6008cec")
        #expect(first.endpoints.first?.addresses.map(\.description) == ["10.1.0.2", "fd00:1::2", "169.254.7.7"])
        #expect(second.internal && second.icc && second.preventsSpoofing && !third.icc)
        model.configuration.ip6tables = false
        let bare = model.firewall(forwardingWasOff: false, forwardingIPv6WasOff: true)
        #expect(bare.networks[1].subnets.map(\.description) == ["10.1.0.0/24"] && !bare.forwardPolicyDropIPv6)
    }

    @Test func `parents that the engine makes`() throws {
        var model = try model { $0.isBridgeDisabled = true }
        for (digit, options) in [("1", ["parent": "up0.100"]), ("2", [:])] {
            var record = NetworkRecord(
                id: String(repeating: digit, count: 64), name: digit, driver: "macvlan", created: "")
            record.isParentOurs = true
            record.options = options
            model.networks.append(record)
        }
        let wanted = model.desired()
        #expect(
            KernelState().plan(to: wanted).map(\.description) == [
                "ip link add dm-222222222222 type dummy", "ip link set dm-222222222222 up",
                "ip link add link up0 name up0.100 type vlan id 100", "ip link set up0.100 up",
            ])
        #expect(wanted.plan(to: wanted).isEmpty)
    }
}
