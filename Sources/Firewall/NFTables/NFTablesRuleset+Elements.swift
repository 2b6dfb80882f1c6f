import IPAddressing
import NFTables

/// What one network adds to a family's table: elements, and no rule.
struct NetworkElements {
    private let network: BridgeFirewall
    private let family: IPFamily
    private let subnets: [IPPrefix]
    private let comment: String

    init(_ network: BridgeFirewall, _ family: IPFamily) {
        self.network = network
        self.family = family
        subnets = network.subnets.filter { $0.family == family }.map(\.network)
        comment = "network \(network.networkName)"
    }

    private typealias SetName = NFTablesRuleset.SetName

    func insert(into table: inout NFTablesTable) {
        if subnets.isEmpty { return }
        let bridge = NFTablesValue.interface(network.bridge)
        func add(_ set: String, _ key: NFTablesValue..., to value: NFTablesElement.Value = .none) {
            table.insert(NFTablesElement(key, to: value, comment: comment), into: set)
        }
        let mode = family == .v4 ? network.gatewayModeIPv4 : network.gatewayModeIPv6
        add(SetName.bridges, bridge)
        add(SetName.within, bridge, bridge, to: .verdict(network.icc ? .accept : .goto("icc_off")))
        for link in network.links where link.server.family == family && link.client.family == family {
            table.insert(link.element(comment), into: SetName.links)
        }
        if network.internal || mode == .isolated {
            add(SetName.isolated, bridge)
            return
        }
        for subnet in subnets { add(SetName.ownAddresses, bridge, .prefix(subnet)) }
        switch mode {
        case .natUnprotected: add(SetName.open, bridge)
        case .routed: add(SetName.routed, bridge)
        case .nat, .isolated: break
        }
        if network.allowsDirectRouting { add(SetName.direct, bridge) }
        for interface in network.trustedInterfaces { add(SetName.trusted, .interface(interface), bridge) }
        if mode != .routed, network.masquerade {
            for subnet in subnets { add(SetName.masqueraded, bridge, .prefix(subnet)) }
            if let source = network.sourceAddresses.first(where: { $0.family == family }) {
                add(SetName.sources, bridge, to: .values([.address(source)]))
            }
        }
        for port in network.publishedPorts where port.containerAddress.family == family {
            insert(port, isTranslated: mode != .routed, into: &table)
        }
    }

    private func insert(_ port: PublishedPort, isTranslated: Bool, into table: inout NFTablesTable) {
        let comment = "endpoint \(port.endpointID.prefix(12))"
        let transport = NFTablesValue.transport(port.transport.number)
        table.insert(
            NFTablesElement(
                [
                    .interface(network.bridge), .address(port.containerAddress), transport, .port(port.containerPort),
                ], comment: comment), into: SetName.published)
        guard isTranslated, port.hostAddress.family == family else { return }
        // The kernel has no way from ::1 to another machine.
        if family == .v6, port.hostAddress.isLoopback { return }
        let target = NFTablesElement.Value.values([.address(port.containerAddress), .port(port.containerPort)])
        if port.hostAddress.isUnspecified {
            table.insert(
                NFTablesElement([transport, .port(port.hostPort)], to: target, comment: comment),
                into: SetName.anyAddress)
        } else {
            table.insert(
                NFTablesElement(
                    [.address(port.hostAddress), transport, .port(port.hostPort)], to: target, comment: comment),
                into: SetName.translations)
        }
    }
}
