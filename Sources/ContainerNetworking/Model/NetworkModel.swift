import AddressAllocation
public import Firewall
import IPAddressing

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

    /// The networks of the bridge driver.
    private var bridged: [NetworkRecord] { networks.filter { $0.driver == "bridge" } }

    /// What the kernel is to be like. Pure.
    public func desired() -> KernelState {
        var state = KernelState()
        if configuration.ipForward, !bridged.isEmpty { state.sysctls[Parameter.forwarding] = "1" }
        // Without it, iptables does not see what goes from port to port of one bridge.
        if configuration.iptables, bridged.contains(where: { !$0.flag("enable_icc") }) {
            state.sysctls[Parameter.bridgeFilter] = "1"
        }
        for network in bridged {
            guard let name = network.bridgeName else { continue }
            state.bridges[name] = bridge(name, of: network)
        }
        for endpoint in endpoints {
            guard let bridge = bridged.first(where: { $0.id == endpoint.networkID })?.bridgeName else { continue }
            state.ports[endpoint.hostInterface] = PortState(
                bridge: bridge, isUp: true, isHairpin: !endpoint.ports.isEmpty)
        }
        return state
    }

    /// A bridge of ours is wanted in all its properties; of the user's own only that it is up.
    private func bridge(_ name: String, of network: NetworkRecord) -> BridgeState {
        let local = publishes(network) ? [Parameter.routeLoopback(name): "1"] : [:]
        if configuration.bridgeIsUsers, name == configuration.bridgeName {
            return BridgeState(isUp: true, addresses: [], parameters: local)
        }
        return BridgeState(
            mac: network.bridgeMAC.flatMap { MACAddress($0) }, mtu: network.mtu ?? configuration.bridgeMTU, isUp: true,
            addresses: network.bridgePrefix.map { [$0] } ?? [],
            // Else a container could make itself the host's IPv6 router (CVE-2020-13401).
            parameters: local.merging([Parameter.acceptAdvertisements(name): "0"]) { $1 })
    }

    /// Whether a port of the host leads into the network. Then the host is to reach it on 127.0.0.1, too, which takes
    /// `route_localnet` on the bridge, and a rule that keeps containers off the host's loopback addresses.
    func publishes(_ network: NetworkRecord) -> Bool {
        configuration.iptables && endpoints.contains { $0.networkID == network.id && !$0.ports.isEmpty }
    }

    /// What the firewall is to be like. Pure.
    ///
    /// - Parameter forwardingWasOff: whether the engine is about to switch forwarding on. Only then is FORWARD's policy
    ///   to be DROP: who had forwarding on before routes for others, and that is none of our business (as dockerd).
    public func firewall(forwardingWasOff: Bool) -> FirewallIntent {
        FirewallIntent(
            networks: bridged.compactMap { network in
                guard let bridge = network.bridgeName else { return nil }
                return BridgeFirewall(
                    networkID: network.id, networkName: network.name, bridge: bridge,
                    subnets: network.subnet.flatMap { IPPrefix($0) }.map { [$0] } ?? [],
                    icc: network.flag("enable_icc"), masquerade: network.flag("enable_ip_masquerade"),
                    internal: network.isInternal,
                    publishedPorts: endpoints.filter { $0.networkID == network.id }.sorted { $0.id < $1.id }
                        .flatMap { endpoint in endpoint.ports.compactMap { $0.published(for: endpoint) } })
            },
            forwardPolicyDrop: forwardingWasOff && configuration.ipForward && !configuration.ipForwardNoDrop)
    }

    /// Names of kernel parameters.
    enum Parameter {
        static let forwarding = "net.ipv4.ip_forward"
        static let bridgeFilter = "net.bridge.bridge-nf-call-iptables"
        /// By slashes: a device's name may hold dots.
        static func acceptAdvertisements(_ device: String) -> String { "net/ipv6/conf/\(device)/accept_ra" }
        static func routeLoopback(_ device: String) -> String { "net/ipv4/conf/\(device)/route_localnet" }
    }
}

extension NetworkRecord {
    /// The bridge's own IPv4 address with the subnet's length: `172.17.0.1/16`.
    var bridgePrefix: IPPrefix? { bridgePrefix(.v4) }

    /// The bridge's own address of a family with the subnet's length; nil where the bridge has none.
    func bridgePrefix(_ family: IPFamily) -> IPPrefix? {
        let options = bridgeOptions
        if options.gatewayMode(family) == .isolated || family == .v4 && options.inhibitsIPv4 { return nil }
        guard let subnet = enabledPool(family).flatMap({ IPPrefix($0.subnet) }),
            let address = ownAddress(family)
        else { return nil }
        return IPPrefix(address, length: subnet.length)
    }

    /// The bridge's address of a family, whether or not it is on the bridge.
    private func ownAddress(_ family: IPFamily) -> IPAddress? {
        ((family == .v4 ? bridgeAddress : bridgeIPv6Address) ?? pool(family)?.gateway).flatMap { IPAddress($0) }
    }

    /// The pool of a family that the network's containers have.
    func enabledPool(_ family: IPFamily) -> PoolRecord? {
        (family == .v4 ? enableIPv4 : enableIPv6) ? pool(family) : nil
    }

    /// The pool that its endpoints' IPv4 addresses come from.
    var addressPool: AddressPool? { pool(of: .v4) }

    /// The pool that its endpoints' addresses of a family come from.
    func pool(of family: IPFamily) -> AddressPool? {
        guard let pool = enabledPool(family), let subnet = IPPrefix(pool.subnet) else { return nil }
        let gateway = pool.gateway.flatMap { IPAddress($0) }
        let others = [ownAddress(family)] + pool.auxiliary.values.map { IPAddress($0) }
        return AddressPool(
            subnet: subnet, range: pool.range.flatMap { IPPrefix($0) }, gateway: gateway,
            reserved: Set(others.compactMap { $0 }.filter { $0 != gateway }).sorted())
    }
}
