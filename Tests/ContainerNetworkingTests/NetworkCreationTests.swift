import AddressAllocation
import Firewall
import IPAddressing
import Testing

@testable import ContainerNetworking

/// A request and what becomes of it.
struct CreationCase: Sendable, CustomTestStringConvertible {
    let title: String
    let change: @Sendable (inout NetworkRequest) -> Void
    let kind: NetworkError.Kind
    let words: String

    init(
        _ title: String, _ kind: NetworkError.Kind, _ words: String,
        _ change: @escaping @Sendable (inout NetworkRequest) -> Void
    ) {
        (self.title, self.kind, self.words, self.change) = (title, kind, words, change)
    }

    var testDescription: String { title }
}

@Suite("What a request for a network becomes")
struct NetworkCreationTests {
    static let id = String(repeating: "0123456789abcdef", count: 4)

    static func pool(
        _ subnet: String, range: String = "", gateway: String = "", auxiliary: [String: String] = [:]
    ) -> NetworkRequest.PoolWish {
        var wish = NetworkRequest.PoolWish()
        (wish.subnet, wish.range, wish.gateway, wish.auxiliary) = (subnet, range, gateway, auxiliary)
        return wish
    }

    /// A host with an uplink up0 of 1400 bytes, docker0, a network net1 on 10.77.0.0/24, and a configuration.
    private func creation(_ change: (inout NetworkConfiguration) -> Void = { _ in }) throws -> NetworkCreation {
        var configuration = NetworkConfiguration(execRoot: "/run/causeway")
        configuration.engineID = "one"
        change(&configuration)
        var situation = HostSituation()
        situation.taken = [.init(prefix: try #require(IPPrefix("172.18.0.0/16")), device: "up0")]
        situation.devices = ["lo", "up0", "docker0", "br-users"]
        situation.bridges = ["docker0": [], "br-users": []]
        situation.bridgeMACs = ["br-users": try #require(MACAddress("02:00:00:00:00:07"))]
        situation.uplinkMTU = 1400
        let defaults = try DefaultNetworks.make(configuration, known: [], situation: situation, now: "") { _ in }
        var net1 = NetworkRecord(id: String(repeating: "8", count: 64), name: "net1", driver: "bridge", created: "")
        net1.pools = [PoolRecord(subnet: "10.77.0.0/24", gateway: "10.77.0.1")]
        net1.bridgeName = "br-net1"
        var lan = NetworkRecord(id: String(repeating: "9", count: 64), name: "lan", driver: "macvlan", created: "")
        lan.options = ["parent": "up0"]
        lan.pools = [PoolRecord(subnet: "10.78.0.0/24", gateway: "10.78.0.1")]
        var plan = NetworkRecord(id: String(repeating: "a", count: 64), name: "plan", driver: "null", created: "")
        plan.isConfigOnly = true
        plan.pools = [PoolRecord(subnet: "10.79.0.0/24", gateway: "10.79.0.9")]
        plan.options = [BridgeOptions.Key.mtu: "1300"]
        plan.labels = ["team": "a"]
        return NetworkCreation(
            configuration: configuration, existing: defaults + [net1, lan, plan], situation: situation)
    }

    private func make(
        _ name: String = "q1", _ change: (inout NetworkRequest) -> Void = { _ in },
        _ options: (inout NetworkConfiguration) -> Void = { _ in }
    ) throws -> NetworkRecord {
        var request = NetworkRequest(name: name, created: "now")
        change(&request)
        return try creation(options).make(request, id: Self.id)
    }

    // MARK: Refusals

    static let refusals: [CreationCase] = [
        .init("no name", .invalid, "invalid name: name is empty") { $0.name = "" },
        .init("a blank name", .invalid, "invalid name: name is empty") { $0.name = "  " },
        .init("predefined", .forbidden, "operation is not permitted on predefined bridge network ") {
            $0.name = "bridge"
        },
        .init("twice", .conflict, "network with name net1 already exists") { $0.name = "net1" },
        .init("unknown driver", .notFound, "plugin \"nosuch\" not found") { $0.driver = "nosuch" },
        .init("second host", .forbidden, "only one instance of \"host\" network is allowed") { $0.driver = "host" },
        .init("second null", .forbidden, "only one instance of \"null\" network is allowed") { $0.driver = "null" },
        .init("unknown address driver", .notFound, "plugin \"dhcp\" not found") { $0.ipamDriver = "dhcp" },
        .init("swarm", .forbidden, "cannot create a swarm scoped network when swarm is not active") {
            $0.scope = "swarm"
        },
        .init("ingress", .forbidden, "Ingress network can only be global scope network") { $0.isIngress = true },
        .init("no CIDR", .invalid, "invalid network config:\ninvalid subnet bad: invalid CIDR block notation") {
            $0.pools = [pool("bad")]
        },
        .init(
            "a gateway without a subnet", .invalid,
            "invalid network config:\ninvalid subnet : invalid CIDR block notation"
        ) { $0.pools = [pool("", gateway: "10.0.0.1")] },
        .init(
            "host bits", .invalid, "invalid network config:\ninvalid subnet 10.81.0.1/24: it should be 10.81.0.0/24"
        ) { $0.pools = [pool("10.81.0.1/24")] },
        .init(
            "overlap", .forbidden, "invalid pool request: Pool overlaps with other one on this address space"
        ) { $0.pools = [pool("10.77.0.0/25")] },
        .init(
            "gateway outside", .invalid,
            "invalid network config:\ninvalid gateway 10.82.0.1: parent subnet 10.81.0.0/24 doesn't contain this address"
        ) { $0.pools = [pool("10.81.0.0/24", gateway: "10.82.0.1")] },
        .init(
            "range outside", .invalid,
            "invalid network config:\ninvalid ip-range 10.82.0.0/25: parent subnet 10.81.0.0/24 doesn't contain ip-range"
        ) { $0.pools = [pool("10.81.0.0/24", range: "10.82.0.0/25")] },
        .init(
            "several at once", .invalid,
            "invalid network config:\n* invalid gateway x: invalid address\n* invalid auxiliary address a: parent subnet is an IPv4 block"
        ) { $0.pools = [pool("10.81.0.0/24", gateway: "x", auxiliary: ["a": "fd00::1"])] },
        .init("two of a family", .forbidden, "bridge driver doesn't support multiple subnets") {
            $0.pools = [pool("10.81.0.0/24"), pool("10.82.0.0/24")]
        },
        .init("gateway is broadcast", .system, "failed to allocate gateway (10.81.0.255): Address already in use") {
            $0.pools = [pool("10.81.0.0/24", gateway: "10.81.0.255")]
        },
        .init(
            "auxiliary is gateway", .system,
            "failed to allocate secondary ip address (a:10.81.0.1): Address already in use"
        ) { $0.pools = [pool("10.81.0.0/24", gateway: "10.81.0.1", auxiliary: ["a": "10.81.0.1"])] },
        .init("the whole of IPv4", .invalid, "ipv4 pool is empty") { $0.pools = [pool("0.0.0.0/0")] },
        .init("too large a size", .invalid, "all predefined address pools have been fully subnetted") {
            $0.pools = [pool("0.0.0.0/8")]
        },
        .init("neither family", .invalid, "IPv4 or IPv6 must be enabled") { $0.enableIPv4 = false },
        .init("link-local", .invalid, "clash with the Link-Local prefix 'fe80::/64'") {
            $0.enableIPv6 = true
            $0.pools = [pool("fe80::/60")]
        },
        .init("no flag", .invalid, "driver-opt \"com.docker.network.enable_ipv6\" is not a valid bool") {
            $0.options[BridgeOptions.Key.enableIPv6] = "maybe"
        },
        .init("16 characters", .system, "numerical result out of range") {
            $0.options[BridgeOptions.Key.name] = "sixteencharacter"
        },
        .init("a slash in the device", .system, "invalid argument") { $0.options[BridgeOptions.Key.name] = "a/b" },
        .init("no bridge", .system, "existing interface up0 is not a bridge") {
            $0.options[BridgeOptions.Key.name] = "up0"
        },
        .init(
            "a bridge twice", .forbidden,
            "cannot create network \(id) (br-net1): conflicts with network \(String(repeating: "8", count: 64)) "
                + "(br-net1): networks have same bridge name"
        ) { $0.options[BridgeOptions.Key.name] = "br-net1" },
        .init(
            "isolated", .system, "gateway mode 'isolated' can only be used for an internal network"
        ) { $0.options[BridgeOptions.Key.gatewayModeIPv4] = "isolated" },
        .init(
            "gateway mode", .invalid,
            "failed to parse com.docker.network.bridge.gateway_mode_ipv4 value: foo (unknown gateway mode foo)"
        ) { $0.options[BridgeOptions.Key.gatewayModeIPv4] = "foo" },
        .init(
            "MTU", .invalid,
            "failed to parse com.docker.network.driver.mtu value: abc (strconv.Atoi: parsing \"abc\": invalid syntax)"
        ) { $0.options[BridgeOptions.Key.mtu] = "abc" },
        .init("negative MTU", .invalid, "invalid MTU number: -1") { $0.options[BridgeOptions.Key.mtu] = "-1" },
        .init(
            "ICC", .invalid,
            "failed to parse com.docker.network.bridge.enable_icc value: on (strconv.ParseBool: parsing \"on\": invalid syntax)"
        ) { $0.options[BridgeOptions.Key.icc] = "on" },
        .init("address", .invalid, "failed to parse com.docker.network.host_ipv4 value: 1.2.3 (nil ip)") {
            $0.options[BridgeOptions.Key.hostIPv4] = "1.2.3"
        },
        .init("no such configuration", .notFound, "configuration network \"nosuch\" does not exist") {
            $0.configFrom = "nosuch"
        },
        .init("no configuration", .notFound, "configuration network \"net1\" does not exist") {
            $0.configFrom = "net1"
        },
        .init(
            "configuration twice", .forbidden,
            "user specified configurations are not supported if the network depends on a configuration network"
        ) {
            $0.configFrom = "plan"
            $0.labels = ["a": "b"]
        },
        .init(
            "options and configuration", .forbidden,
            "network driver options are not supported if the network depends on a configuration network"
        ) {
            $0.configFrom = "plan"
            $0.options = ["a": "b"]
        },
        .init(
            "internal configuration", .forbidden,
            "configuration network can only contain network specific fields. Network operator fields like "
                + "[ ingress | internal | attachable | scope ] are not supported."
        ) {
            $0.isConfigOnly = true
            $0.isInternal = true
        },
        .init(
            "macvlan mode", .system,
            "requested macvlan mode 'x' is not valid, 'bridge' mode is the macvlan driver default"
        ) {
            $0.driver = "macvlan"
            $0.options = ["macvlan_mode": "x"]
        },
        .init(
            "ipvlan mode", .system, "requested ipvlan mode 'x' is not valid, 'l2' mode is the ipvlan driver default"
        ) {
            $0.driver = "ipvlan"
            $0.options = ["ipvlan_mode": "x"]
        },
        .init("loopback", .system, "loopback interface is not a valid macvlan parent link") {
            $0.driver = "macvlan"
            $0.options = ["parent": "lo"]
        },
        .init("no parent", .system, "invalid subinterface vlan name up9, example formatting is eth0.10") {
            $0.driver = "macvlan"
            $0.options = ["parent": "up9"]
        },
        .init("no parent's parent", .system, "-o parent interface was not found on the host: up9") {
            $0.driver = "macvlan"
            $0.options = ["parent": "up9.100"]
        },
        .init(
            "passthru beside another", .system,
            "cannot use mode passthru, macvlan network \(String(repeating: "9", count: 64)) is already using parent "
                + "interface up0"
        ) {
            $0.driver = "macvlan"
            $0.options = ["parent": "up0", "macvlan_mode": "passthru"]
        },
    ]

    @Test(arguments: refusals) func `what cannot be is refused in Docker's words`(_ refusal: CreationCase) throws {
        let error = #expect(throws: NetworkError.self) { _ = try make("q1", refusal.change) }
        #expect(error?.message == refusal.words)
        #expect(error?.kind == refusal.kind)
    }

    // MARK: Choices

    @Test func `a bare request becomes the first free subnet on a bridge of its own`() throws {
        let record = try make()
        // 172.17 is docker0's, 172.18 a route's.
        #expect(record.pools.map(\.subnet) == ["172.19.0.0/16"])
        #expect(record.gateway == "172.19.0.1")
        #expect(record.bridgeName == "br-0123456789ab" && record.mtu == 1400 && !record.isBridgeForeign)
        #expect(record.options.isEmpty && record.driver == "bridge" && !record.enableIPv6)
        #expect(try make("a/b").name == "a/b")
        #expect(try make("q1", { $0.options = ["team.example/unknown": "kept"] }).options.count == 1)
    }

    @Test func `a range lies in its subnet, and the gateway in the range`() throws {
        let record = try make("q1") {
            $0.pools = [
                Self.pool("10.81.0.0/24", range: "10.81.0.128/25", auxiliary: ["router": "10.81.0.128"])
            ]
        }
        #expect(record.range == "10.81.0.128/25" && record.gateway == "10.81.0.129")
        var pool = try #require(record.pool(of: .v4))
        #expect(pool.allocate()?.description == "10.81.0.130")
        #expect(pool.reservation(of: try #require(IPAddress("10.81.0.128"))) == .auxiliary)
    }

    @Test func `a size alone is cut from the pools`() throws {
        let record = try make("q1") {
            $0.enableIPv6 = true
            $0.pools = [Self.pool("0.0.0.0/24"), Self.pool("::/80")]
        }
        #expect(record.subnet == "172.19.0.0/24" && record.gateway == "172.19.0.1")
        #expect(record.pool(.v6)?.subnet.hasSuffix("::/80") == true)
        #expect(record.pools.allSatisfy { !$0.isSubnetGiven })
    }

    @Test func `IPv6 without a subnet is a unique local one, the same for the same engine`() throws {
        let first = try make("q1") { $0.enableIPv6 = true }
        let subnet = try #require(first.pool(.v6).flatMap { IPPrefix($0.subnet) })
        #expect(subnet.length == 64 && subnet.description.hasPrefix("fd"))
        #expect(first.pool(.v6)?.gateway == subnet.address(at: 1)?.description)
        #expect(try make("q2") { $0.enableIPv6 = true }.pool(.v6) == first.pool(.v6))
        #expect(try make("q1", { $0.enableIPv6 = true }) { $0.engineID = "two" }.pool(.v6) != first.pool(.v6))
        let only = try make("q1") { ($0.enableIPv4, $0.enableIPv6) = (false, true) }
        #expect(only.pools.map(\.subnet) == [subnet.description] && only.pool(of: .v4) == nil)
    }

    @Test func `the daemon's options fill in what the request leaves open`() throws {
        let defaults = ["bridge": [BridgeOptions.Key.mtu: "1234", BridgeOptions.Key.enableIPv6: "true"]]
        let record = try make("q1") { $0.defaultNetworkOptions = defaults }
        #expect(record.mtu == 1234 && record.enableIPv6)
        let own = try make("q1", { $0.options = [BridgeOptions.Key.mtu: "1300"] }) {
            $0.defaultNetworkOptions = defaults
        }
        #expect(own.mtu == 1300)
        let from = try make("q1", { $0.configFrom = "plan" }) { $0.defaultNetworkOptions = defaults }
        #expect(from.mtu == 1300 && from.subnet == "10.79.0.0/24" && from.gateway == "10.79.0.9")
        #expect(from.labels == ["team": "a"] && from.configFrom == "plan" && !from.enableIPv6)
    }

    private func make(
        _ name: String, _ options: (inout NetworkConfiguration) -> Void
    ) throws -> NetworkRecord { try make(name, { _ in }, options) }

    @Test func `a configuration takes no addresses`() throws {
        let record = try make("q1") {
            $0.isConfigOnly = true
            $0.pools = [Self.pool("10.77.0.0/24")]
        }
        #expect(record.isConfigOnly && record.driver == "null" && record.bridgeName == nil)
    }

    @Test func `gateway modes and internal networks`() throws {
        let isolated = try make("q1") {
            $0.isInternal = true
            $0.options = [BridgeOptions.Key.gatewayModeIPv4: "isolated"]
        }
        #expect(isolated.gateway == nil && isolated.bridgePrefix(.v4) == nil)
        let inhibited = try make("q1") { $0.options = [BridgeOptions.Key.inhibitIPv4: "true"] }
        #expect(inhibited.gateway == "172.19.0.1" && inhibited.bridgePrefix(.v4) == nil)
        let router = try make("q1") {
            $0.pools = [Self.pool("10.81.0.0/24", auxiliary: ["DefaultGatewayIPv4": "10.81.0.254"])]
        }
        #expect(router.gateway == "10.81.0.254" && router.bridgePrefix(.v4)?.description == "10.81.0.1/24")
        let pool = try #require(router.pool(of: .v4))
        #expect(pool.reservation(of: try #require(IPAddress("10.81.0.1"))) != nil)
    }

    @Test func `a bridge that is there is used and stays the user's`() throws {
        let record = try make("q1") { $0.options = [BridgeOptions.Key.name: "br-users"] }
        #expect(record.isBridgeForeign && record.bridgeMAC == "02:00:00:00:00:07")
    }

    @Test func `parents of macvlan networks`() throws {
        let vlan = try make("q1") {
            $0.driver = "macvlan"
            $0.options = ["parent": "up0.100"]
        }
        #expect(vlan.isParentOurs && vlan.vlanParent == "up0.100" && !vlan.leadsNowhere && vlan.gateway != nil)
        let none = try make("q1") { $0.driver = "macvlan" }
        #expect(none.isParentOurs && none.vlanParent == "dm-0123456789ab" && none.leadsNowhere && none.gateway == nil)
        let other = try make("q1") {
            $0.driver = "macvlan"
            $0.options = ["parent": "up0"]
        }
        #expect(!other.isParentOurs)
    }
}
