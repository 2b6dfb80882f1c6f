import Firewall
import IPAddressing

extension NetworkCreation {
    /// Fills in what a bridge network has of its own.
    func fillBridge(_ record: inout NetworkRecord, _ request: NetworkRequest) throws(NetworkError) {
        let options = try BridgeOptions(record.options)
        let name = options.name ?? "br-" + record.id.prefix(12)
        // What the kernel answers, which Docker passes on.
        if name.utf8.count > 15 { throw NetworkError(.system, "numerical result out of range") }
        if !InterfaceName.isValid(name) { throw NetworkError(.system, "invalid argument") }
        let isThere = situation.bridges[name] != nil
        if !isThere, situation.devices.contains(name) {
            throw NetworkError(.system, "existing interface \(name) is not a bridge")
        }
        if !record.isInternal, [options.gatewayModeIPv4, options.gatewayModeIPv6].contains(.isolated) {
            throw NetworkError(.system, "gateway mode 'isolated' can only be used for an internal network")
        }
        let needsNoIPv4 = options.inhibitsIPv4 && record.isInternal
        try choosePools(&record, request) { family in
            options.gatewayMode(family) != .isolated && !(family == .v4 && needsNoIPv4)
        }
        if let other = existing.first(where: { $0.bridgeName == name }) {
            throw NetworkError(
                .forbidden,
                "cannot create network \(record.id) (\(name)): conflicts with network \(other.id) (\(name)): "
                    + "networks have same bridge name")
        }
        if options.isDefaultBridge, !isThere {
            throw NetworkError(.forbidden, "bridge device with non default name \(name) must be created manually")
        }
        moveDefaultGateways(&record)
        let mac = EngineIdentity(configuration, situation).bridgeMAC(name)
        record.bridgeName = name
        // A bridge that a failed removal of ours left is ours still.
        record.isBridgeForeign = isThere && situation.bridgeMACs[name] != mac
        record.bridgeMAC = record.isBridgeForeign ? situation.bridgeMACs[name]?.description : mac.description
        record.mtu = options.mtu ?? configuration.mtu ?? situation.uplinkMTU.map { min($0, 65535) }
    }

    /// `--aux-address DefaultGatewayIPv4=ADDRESS` names a router for containers that is not the bridge.
    private func moveDefaultGateways(_ record: inout NetworkRecord) {
        for index in record.pools.indices {
            guard let family = IPPrefix(record.pools[index].subnet)?.family,
                let router = record.pools[index].auxiliary["DefaultGateway" + family.name]
            else { continue }
            if family == .v4 {
                record.bridgeAddress = record.pools[index].gateway
            } else {
                record.bridgeIPv6Address = record.pools[index].gateway
            }
            record.pools[index].gateway = router
        }
    }

    /// Fills in what a macvlan or ipvlan network has of its own.
    func fillVlan(_ record: inout NetworkRecord, _ request: NetworkRequest) throws(NetworkError) {
        let parent: String?
        let isPassthru: Bool
        if record.driver == "macvlan" {
            let options = try MacvlanOptions(record.options)
            (parent, isPassthru, record.mtu) = (options.parent, options.mode == .passthru, options.mtu)
        } else {
            let options = try IPVlanOptions(record.options)
            (parent, isPassthru, record.mtu) = (options.parent, false, options.mtu)
        }
        let leadsOut = parent != nil && !record.isInternal
        try choosePools(&record, request) { _ in leadsOut }
        try checkParent(record, parent, isPassthru: isPassthru)
        guard let device = record.vlanParent else { return }
        record.isParentOurs =
            !situation.devices.contains(device) || existing.contains { $0.vlanParent == device && $0.isParentOurs }
    }

    private func checkParent(
        _ record: NetworkRecord, _ parent: String?, isPassthru: Bool
    ) throws(NetworkError) {
        guard let parent else { return }
        for other in existing where ["macvlan", "ipvlan"].contains(other.driver) && other.vlanParent == parent {
            if record.driver != other.driver {
                // The kernel lets a device have ports of one of the two kinds only.
                throw NetworkError(
                    .system,
                    "\(other.driver) network \(other.id) is already using parent interface \(parent)")
            }
            if record.driver == "ipvlan" {
                throw NetworkError(.system, "network \(other.id) is already using parent interface \(parent)")
            }
            if isPassthru {
                throw NetworkError(
                    .system,
                    "cannot use mode passthru, macvlan network \(other.id) is already using parent interface \(parent)")
            }
            if other.macvlanOptions.mode == .passthru {
                throw NetworkError(
                    .system,
                    "macvlan network \(other.id) is already using parent interface \(parent) in mode passthru")
            }
        }
        if situation.devices.contains(parent) { return }
        guard let vlan = VlanParent(name: parent).vlan else {
            throw NetworkError(
                .system, "invalid subinterface vlan name \(parent), example formatting is eth0.10")
        }
        if !situation.devices.contains(vlan.device) {
            throw NetworkError(.system, "-o parent interface was not found on the host: \(vlan.device)")
        }
    }
}

extension NetworkRecord {
    /// The host's device that a macvlan or ipvlan network's containers share; nil for other drivers. One that names none
    /// has a device of its own, without a way out.
    public var vlanParent: String? {
        switch driver {
        case "macvlan": macvlanOptions.parent ?? "dm-" + id.prefix(12)
        case "ipvlan": ipvlanOptions.parent ?? "di-" + id.prefix(12)
        default: nil
        }
    }

    /// Whether its containers get no default route: an internal network, and one whose parent leads nowhere.
    public var leadsNowhere: Bool {
        switch driver {
        case "macvlan": isInternal || macvlanOptions.parent == nil
        case "ipvlan": isInternal || ipvlanOptions.parent == nil
        default: isInternal
        }
    }
}
