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
    /// Ways between containers that stay open where a network keeps them apart.
    public var links: [LinkFirewall] = []
    /// Families whose forwarding the engine itself has switched on.
    var ownForwarding: Set<IPFamily> = []

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
        if configuration.ipForward {
            if bridged.contains(where: \.enableIPv4) { state.sysctls[Parameter.forwarding] = "1" }
            if bridged.contains(where: \.enableIPv6) { state.sysctls[Parameter.forwardingIPv6] = "1" }
        }
        // Without them, iptables does not see what goes from port to port of one bridge; nftables has a family for it.
        let apart = configuration.firewallBackend == .iptables ? bridged.filter { !$0.bridgeOptions.icc } : []
        if configuration.iptables, apart.contains(where: \.enableIPv4) { state.sysctls[Parameter.bridgeFilter] = "1" }
        if configuration.ip6tables, apart.contains(where: \.enableIPv6) {
            state.sysctls[Parameter.bridgeFilterIPv6] = "1"
        }
        for network in bridged {
            guard let name = network.bridgeName else { continue }
            state.bridges[name] = bridge(name, of: network)
        }
        for network in networks where network.isParentOurs {
            guard let parent = network.vlanParent else { continue }
            let vlan = VlanParent(name: parent).vlan
            state.parents[parent] = vlan.map { .vlan(device: $0.device, number: $0.number) } ?? .dummy
        }
        for endpoint in endpoints {
            guard let bridge = bridged.first(where: { $0.id == endpoint.networkID })?.bridgeName else { continue }
            state.ports[endpoint.hostInterface] = PortState(
                bridge: bridge, isUp: true, isHairpin: !endpoint.ports.isEmpty)
        }
        return state
    }

    /// A bridge of ours is wanted in all its properties; of the default bridge that is the user's own only that it is
    /// up. A user's bridge that a network names keeps what it is, and gets the network's addresses, as with Docker.
    private func bridge(_ name: String, of network: NetworkRecord) -> BridgeState {
        let local = publishes(network) ? [Parameter.routeLoopback(name): "1"] : [:]
        if configuration.bridgeIsUsers, name == configuration.bridgeName {
            return BridgeState(isUp: true, addresses: [], parameters: local)
        }
        let addresses = IPFamily.allCases.compactMap { network.bridgePrefix($0) }
        let routes = Set(addresses.filter { $0.length < $0.family.bits }.map(\.network))
        if network.isBridgeForeign {
            return BridgeState(isUp: true, addresses: addresses, parameters: local, routes: routes)
        }
        return BridgeState(
            mac: network.bridgeMAC.flatMap { MACAddress($0) }, mtu: network.mtu ?? configuration.bridgeMTU, isUp: true,
            addresses: addresses, parameters: local.merging(ipv6Parameters(name, of: network)) { $1 }, routes: routes)
    }

    /// A bridge takes no router's word: else a container could make itself the host's IPv6 router (CVE-2020-13401).
    /// An isolated one has no address at all, not even a link-local one.
    private func ipv6Parameters(_ name: String, of network: NetworkRecord) -> [String: String] {
        var parameters = [Parameter.acceptAdvertisements(name): "0"]
        let isOn = network.enableIPv6 && network.bridgeOptions.gatewayModeIPv6 != .isolated
        if network.enableIPv6 { parameters[Parameter.disableIPv6(name)] = isOn ? "0" : "1" }
        // The host asks for its containers' Ethernet addresses by the bridge's link-local one: without it, until the
        // kernel is sure that nobody else has it, a second and more, packets from outside are lost.
        if isOn { parameters[Parameter.detectsDuplicates(name)] = "0" }
        if network.bridgeOptions.gatewayModeIPv4 == .isolated, !isOn {
            parameters[Parameter.addressGeneration(name)] = "1"
        }
        return parameters
    }

    /// Whether a port of the host leads into the network. Then the host is to reach it on 127.0.0.1, too, which takes
    /// `route_localnet` on the bridge, and a rule that keeps containers off the host's loopback addresses.
    func publishes(_ network: NetworkRecord) -> Bool {
        configuration.iptables && endpoints.contains { $0.networkID == network.id && !$0.ports.isEmpty }
    }

    /// What the firewall is to be like. Pure.
    ///
    /// - Parameters:
    ///   - forwardingWasOff: whether the engine is about to switch forwarding on. Only then is FORWARD's policy to be
    ///     DROP: who had forwarding on before routes for others, and that is none of our business (as dockerd).
    ///   - forwardingIPv6WasOff: the same of IPv6.
    public func firewall(forwardingWasOff: Bool = false, forwardingIPv6WasOff: Bool = false) -> FirewallIntent {
        let drops = configuration.ipForward && !configuration.ipForwardNoDrop
        // Who opened the host for forwarding sees to it that it stays closed for others'.
        let own = ownForwarding
        return FirewallIntent(
            networks: bridged.compactMap { bridgeFirewall($0) },
            forwardPolicyDrop: drops && (forwardingWasOff || own.contains(.v4)),
            forwardPolicyDropIPv6: drops && configuration.ip6tables && (forwardingIPv6WasOff || own.contains(.v6)))
    }

    /// The endpoints of each container that has several.
    private var siblings: [String: [EndpointRecord]] {
        Dictionary(grouping: endpoints, by: \.sandboxPath).filter { $0.value.count > 1 }
    }

    private func bridgeFirewall(_ network: NetworkRecord) -> BridgeFirewall? {
        guard let bridge = network.bridgeName else { return nil }
        let options = network.bridgeOptions
        let families: [IPFamily] = configuration.ip6tables ? [.v4, .v6] : [.v4]
        let plugged = endpoints.filter { $0.networkID == network.id }.sorted { $0.id < $1.id }
        var firewall = BridgeFirewall(
            networkID: network.id, networkName: network.name, bridge: bridge,
            subnets: families.compactMap { network.enabledPool($0).flatMap { IPPrefix($0.subnet) } },
            icc: options.icc, masquerade: options.masquerade, internal: network.isInternal,
            sourceAddresses: families.compactMap { $0 == .v4 ? options.hostIPv4 : options.hostIPv6 },
            publishedPorts: plugged.flatMap { endpoint in endpoint.ports.compactMap { $0.published(for: endpoint) } })
        firewall.gatewayModeIPv4 = options.gatewayModeIPv4
        firewall.gatewayModeIPv6 = options.gatewayModeIPv6
        firewall.trustedInterfaces = options.trustedInterfaces
        firewall.allowsDirectRouting = configuration.allowsDirectRouting
        firewall.preventsSpoofing = options.preventsSpoofing
        let bySandbox = siblings
        firewall.endpoints = plugged.compactMap { $0.guarded(beside: bySandbox[$0.sandboxPath] ?? []) }
        firewall.links =
            options.icc ? [] : links.filter { link in firewall.subnets.contains { $0.contains(link.server) } }
        return firewall
    }

    /// Names of kernel parameters.
    enum Parameter {
        static let forwarding = "net.ipv4.ip_forward"
        static let forwardingIPv6 = "net.ipv6.conf.all.forwarding"
        static let bridgeFilter = "net.bridge.bridge-nf-call-iptables"
        static let bridgeFilterIPv6 = "net.bridge.bridge-nf-call-ip6tables"
        static let bridgeFilters: Set = [bridgeFilter, bridgeFilterIPv6]
        /// By slashes: a device's name may hold dots.
        static func acceptAdvertisements(_ device: String) -> String { "net/ipv6/conf/\(device)/accept_ra" }
        static func addressGeneration(_ device: String) -> String { "net/ipv6/conf/\(device)/addr_gen_mode" }
        static func detectsDuplicates(_ device: String) -> String { "net/ipv6/conf/\(device)/accept_dad" }
        static func disableIPv6(_ device: String) -> String { "net/ipv6/conf/\(device)/disable_ipv6" }
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
