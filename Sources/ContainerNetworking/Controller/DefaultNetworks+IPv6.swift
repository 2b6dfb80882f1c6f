import AddressAllocation
import IPAddressing

extension DefaultNetworks {
    /// The default bridge's IPv6 side (`--ipv6`).
    ///
    /// - Parameter former: what the bridge had by the record of an earlier daemon.
    static func fillIPv6(
        _ record: inout NetworkRecord, former: IPPrefix?, _ configuration: NetworkConfiguration,
        _ situation: HostSituation, _ notice: (String) -> Void
    ) throws(NetworkError) {
        record.enableIPv6 = configuration.ipv6
        guard configuration.ipv6 else { return record.bridgeIPv6Address = nil }
        let own = try address(former, configuration, situation, notice)
        guard case .v6 = own.address, own.length < 128, own.address != own.networkAddress else {
            throw NetworkError(
                .invalid, "\(own) cannot be the bridge's IPv6 address: it names the subnet, or there is no room in it")
        }
        let gateway = configuration.defaultGatewayV6.map { IPAddress.v6($0) } ?? own.address
        if let range = configuration.fixedCIDRv6, !own.contains(range) {
            throw NetworkError(.invalid, "fixed-cidr-v6 \(range) does not lie in the bridge's subnet \(own.network)")
        }
        guard own.contains(gateway) else {
            throw NetworkError(
                .invalid, "default-gateway-v6 \(gateway) does not lie in the bridge's subnet \(own.network)")
        }
        record.pools.append(
            PoolRecord(
                subnet: own.network.description, range: configuration.fixedCIDRv6?.network.description,
                gateway: gateway.description))
        record.bridgeIPv6Address = own.address.description
    }

    /// From the options, else what the bridge has, else what it had, else the first free pool.
    private static func address(
        _ former: IPPrefix?, _ configuration: NetworkConfiguration, _ situation: HostSituation,
        _ notice: (String) -> Void
    ) throws(NetworkError) -> IPPrefix {
        let name = configuration.bridgeName
        if let bip = configuration.bip6 {
            if let taken = situation.overlap(with: bip.network, except: name) {
                notice(
                    "--bip6 \(bip) overlaps \(taken.prefix) of \(taken.device): containers cannot reach addresses there"
                )
            }
            return bip
        }
        let range = configuration.fixedCIDRv6
        let present = (situation.bridges[name] ?? []).filter { $0.family == .v6 }
        // An address that --fixed-cidr-v6 lies beside is one of an earlier setting.
        if let present = present.first(where: { range.map($0.contains) ?? true }) { return present }
        if configuration.bridgeIsUsers {
            throw NetworkError(
                .invalid,
                "the bridge \(name) has no IPv6 address\(range.map { " with \($0) in its subnet" } ?? ""); add one with "
                    + "`ip addr add 2001:db8::1/64 dev \(name)` or the like, or leave --ipv6 out")
        }
        if let range { return try first(of: range.network) }
        if let former, situation.overlap(with: former.network, except: name) == nil { return former }
        var pools = configuration.pools.filter { $0.base.family == .v6 }
        if pools.isEmpty { pools = [EngineIdentity(configuration, situation).localPool].compactMap { $0 } }
        let blocks = situation.taken.filter { $0.device != name }.map(\.prefix)
        guard let subnet = SubnetChooser(pools: pools).choose(avoiding: blocks, family: .v6) else {
            throw NetworkError(
                .exhausted,
                "every IPv6 address pool overlaps a route of this host; name a free subnet with --fixed-cidr-v6 or "
                    + "--default-address-pool")
        }
        return try first(of: subnet)
    }

    private static func first(of subnet: IPPrefix) throws(NetworkError) -> IPPrefix {
        guard let first = AddressPool.firstAddress(of: subnet), let prefix = IPPrefix(first, length: subnet.length)
        else { throw NetworkError(.invalid, "there is no room in the subnet \(subnet)") }
        return prefix
    }
}
