import AddressAllocation
public import Firewall
public import IPAddressing

/// A bridge as it is or is to be.
public struct BridgeState: Hashable, Sendable {
    /// Its Ethernet address.
    public var mac: MACAddress
    /// Bytes.
    public var mtu: Int
    /// Whether it is set up.
    public var isUp: Bool
    /// The IPv4 addresses that are ours; others that a user added are left alone.
    public var addresses: [IPPrefix]
}

/// A bridge port as it is or is to be.
public struct PortState: Hashable, Sendable {
    /// The bridge's name; nil where it is plugged into none.
    public var bridge: String?
    /// Whether it is set up.
    public var isUp: Bool
}

/// Everything that the engine does to the kernel's network in the host's namespace, as one value.
public struct KernelState: Hashable, Sendable {
    /// Kernel parameters by name, `net.ipv4.ip_forward`.
    public var sysctls: [String: String] = [:]
    /// Bridges by name.
    public var bridges: [String: BridgeState] = [:]
    /// The host's ends of cables by name.
    public var ports: [String: PortState] = [:]

    /// Nothing.
    public init() {}
}

/// What is wanted: networks and who is plugged into them.
public struct NetworkModel: Hashable, Sendable {
    /// The options.
    public var configuration: NetworkConfiguration
    /// All networks.
    public var networks: [NetworkRecord]
    /// All endpoints of running containers.
    public var endpoints: [EndpointRecord]

    /// Joins the three.
    public init(configuration: NetworkConfiguration, networks: [NetworkRecord], endpoints: [EndpointRecord]) {
        self.configuration = configuration
        self.networks = networks
        self.endpoints = endpoints
    }

    /// What the kernel is to be like. Pure.
    public func desired() -> KernelState {
        var state = KernelState()
        let bridges = networks.filter { $0.driver == "bridge" }
        if configuration.ipForward, !bridges.isEmpty { state.sysctls["net.ipv4.ip_forward"] = "1" }
        for network in bridges {
            guard let name = network.bridgeName, let mac = network.bridgeMAC.flatMap({ MACAddress($0) }) else { continue }
            let isUsers = configuration.bridgeIsUsers && name == configuration.bridgeName
            state.bridges[name] = BridgeState(
                mac: mac, mtu: network.mtu ?? configuration.bridgeMTU, isUp: true,
                addresses: isUsers ? [] : network.bridgePrefix.map { [$0] } ?? [])
        }
        for endpoint in endpoints {
            guard let bridge = networks.first(where: { $0.id == endpoint.networkID })?.bridgeName else { continue }
            state.ports[endpoint.hostInterface] = PortState(bridge: bridge, isUp: true)
        }
        return state
    }

    /// What the firewall is to be like. Pure.
    public func firewall() -> FirewallIntent {
        FirewallIntent(
            networks: networks.compactMap { network in
                guard network.driver == "bridge", let bridge = network.bridgeName else { return nil }
                return BridgeFirewall(
                    networkID: network.id, networkName: network.name, bridge: bridge,
                    subnets: network.subnet.flatMap { IPPrefix($0) }.map { [$0] } ?? [],
                    icc: network.flag("enable_icc"), masquerade: network.flag("enable_ip_masquerade"),
                    internal: network.isInternal)
            },
            forwardPolicyDrop: configuration.ipForward && !configuration.ipForwardNoDrop)
    }
}

extension NetworkRecord {
    /// The bridge's own address with the subnet's length: `172.17.0.1/16`.
    var bridgePrefix: IPPrefix? {
        guard let subnet = subnet.flatMap({ IPPrefix($0) }),
            let address = (bridgeAddress ?? gateway).flatMap({ IPAddress($0) })
        else { return nil }
        return IPPrefix(address, length: subnet.length)
    }

    /// The pool that its endpoints' addresses come from.
    var addressPool: AddressPool? {
        guard let subnet = subnet.flatMap({ IPPrefix($0) }) else { return nil }
        let gateway = gateway.flatMap { IPAddress($0) }
        let own = bridgeAddress.flatMap { IPAddress($0) }
        return AddressPool(
            subnet: subnet, range: range.flatMap { IPPrefix($0) }, gateway: gateway,
            reserved: own.map { $0 == gateway ? [] : [$0] } ?? [])
    }
}
