import AddressAllocation
import IPAddressing

/// The three networks that every engine has: `bridge`, `host` and `none`. Pure.
enum DefaultNetworks {
    /// Makes them, or takes them over from an earlier daemon with their ids and the bridge's Ethernet address.
    ///
    /// - Parameter notice: told what the user may want to know, such as another subnet than usual.
    static func make(
        _ configuration: NetworkConfiguration, known: [NetworkRecord], situation: HostSituation, now: String,
        notice: (String) -> Void
    ) throws(NetworkError) -> [NetworkRecord] {
        func record(_ name: String, _ driver: String) -> NetworkRecord {
            known.first { $0.name == name && $0.driver == driver }
                ?? NetworkRecord(id: RandomID.make(), name: name, driver: driver, created: now)
        }
        var records = [record("host", "host"), record("none", "null")]
        if !configuration.isBridgeDisabled {
            var bridge = record("bridge", "bridge")
            try fill(&bridge, configuration, situation, notice)
            records.insert(bridge, at: 0)
        }
        return records
    }

    private static func fill(
        _ record: inout NetworkRecord, _ configuration: NetworkConfiguration, _ situation: HostSituation,
        _ notice: (String) -> Void
    ) throws(NetworkError) {
        let name = configuration.bridgeName
        if configuration.bridgeIsUsers, situation.bridges[name] == nil {
            throw NetworkError(
                .notFound,
                "the bridge \(name) that --bridge names does not exist; make it with `ip link add \(name) type bridge` "
                    + "and give it an address, or leave --bridge out"
            )
        }
        let own = try address(record, configuration, situation, notice)
        if own.length < 31, own.address == own.networkAddress || own.address == own.lastAddress {
            throw NetworkError(
                .invalid, "\(own) cannot be the bridge's address: it names the subnet or is its broadcast address")
        }
        let gateway = configuration.defaultGateway.map { IPAddress.v4($0) } ?? own.address
        if let range = configuration.fixedCIDR, !own.contains(range) {
            throw NetworkError(.invalid, "fixed-cidr \(range) does not lie in the bridge's subnet \(own.network)")
        }
        guard own.contains(gateway) else {
            throw NetworkError(
                .invalid, "default-gateway \(gateway) does not lie in the bridge's subnet \(own.network)")
        }
        let former = record.bridgePrefix(.v6)
        record.pools = [
            PoolRecord(
                subnet: own.network.description, range: configuration.fixedCIDR?.description,
                gateway: gateway.description)
        ]
        record.bridgeAddress = own.address.description
        try fillIPv6(&record, former: former, configuration, situation, notice)
        record.bridgeName = name
        record.bridgeMAC =
            record.bridgeMAC ?? situation.bridgeMACs[name]?.description ?? MACAddress.randomForBridge().description
        if configuration.bridgeIsUsers, let mac = situation.bridgeMACs[name] { record.bridgeMAC = mac.description }
        let mtu = configuration.mtu ?? situation.uplinkMTU.map { min($0, 65535) } ?? configuration.bridgeMTU
        record.mtu = mtu
        record.options = [
            "com.docker.network.bridge.default_bridge": "true",
            "com.docker.network.bridge.enable_icc": "\(configuration.icc)",
            "com.docker.network.bridge.enable_ip_masquerade": "\(configuration.masquerade)",
            "com.docker.network.bridge.host_binding_ipv4": configuration.hostBinding,
            "com.docker.network.bridge.name": name,
            "com.docker.network.driver.mtu": "\(mtu)",
        ]
    }

    /// The bridge's own address with its subnet: from the options, else what the bridge has, else what it had, else
    /// the first pool that no route of the host overlaps.
    private static func address(
        _ record: NetworkRecord, _ configuration: NetworkConfiguration, _ situation: HostSituation,
        _ notice: (String) -> Void
    ) throws(NetworkError) -> IPPrefix {
        let name = configuration.bridgeName
        if let bip = configuration.bip {
            if let taken = situation.overlap(with: bip.network, except: name) {
                notice(
                    "--bip \(bip) overlaps \(taken.prefix) of \(taken.device): containers cannot reach addresses there")
            }
            return bip
        }
        if let present = situation.bridges[name]?.first(where: { $0.family == .v4 }) { return present }
        if configuration.bridgeIsUsers {
            throw NetworkError(
                .invalid,
                "the bridge \(name) has no IPv4 address; add one with `ip addr add 192.0.2.1/24 dev \(name)` "
                    + "or the like"
            )
        }
        if let range = configuration.fixedCIDR, let first = AddressPool.firstAddress(of: range.network),
            let prefix = IPPrefix(first, length: range.length)
        {
            return prefix
        }
        if let former = record.bridgePrefix {
            guard let taken = situation.overlap(with: former.network, except: name) else { return former }
            notice(
                "the bridge's subnet \(former.network) overlaps \(taken.prefix) of \(taken.device) by now; "
                    + "taking another"
            )
        }
        let blocks = situation.taken.filter { $0.device != name }.map(\.prefix)
        guard let subnet = SubnetChooser(pools: configuration.pools).choose(avoiding: blocks),
            let first = AddressPool.firstAddress(of: subnet), let prefix = IPPrefix(first, length: subnet.length)
        else {
            throw NetworkError(
                .exhausted,
                "every default address pool overlaps a route of this host; name a free subnet with --bip or "
                    + "--default-address-pool"
            )
        }
        if let usual = configuration.pools.first?.base, let taken = situation.overlap(with: usual, except: name),
            usual != subnet
        {
            notice("\(usual) overlaps \(taken.prefix) of \(taken.device): the bridge \(name) takes \(subnet)")
        }
        return prefix
    }
}
