import AddressAllocation
import IPAddressing

extension NetworkCreation {
    /// Chooses the subnets in force and their gateways.
    ///
    /// - Parameter wantsGateway: whether a family's containers or bridge have use for one where none is named.
    func choosePools(
        _ record: inout NetworkRecord, _ request: NetworkRequest, wantsGateway: (IPFamily) -> Bool
    ) throws(NetworkError) {
        if !record.enableIPv4, !record.enableIPv6 {
            throw NetworkError(.invalid, "IPv4 or IPv6 must be enabled")
        }
        var pools: [PoolRecord] = []
        for family in IPFamily.allCases where family == .v4 ? record.enableIPv4 : record.enableIPv6 {
            let wishes = request.pools.filter { IPPrefix($0.subnet)?.family == family }
            if wishes.count > 1 {
                throw NetworkError(.forbidden, "\(record.driver) driver doesn't support multiple subnets")
            }
            let wish = wishes.first ?? NetworkRequest.PoolWish()
            let bridge = record.options[BridgeOptions.Key.name] ?? ""
            pools.append(try pool(wish, family, wantsGateway: wantsGateway(family), bridge: bridge))
        }
        record.pools = pools
    }

    private func pool(
        _ wish: NetworkRequest.PoolWish, _ family: IPFamily, wantsGateway: Bool, bridge: String
    ) throws(NetworkError) -> PoolRecord {
        let named = IPPrefix(wish.subnet)
        let isSize = named?.networkAddress.isUnspecified == true
        if let named, named.length == 0 {
            throw NetworkError(.invalid, "\(family == .v4 ? "ipv4" : "ipv6") pool is empty")
        }
        let subnet: IPPrefix
        if let named, !isSize {
            subnet = named.network
            try checkOverlap(subnet, bridge: bridge)
        } else {
            subnet = try freeSubnet(family, length: named?.length)
        }
        let range = IPPrefix(wish.range)
        guard var pool = AddressPool(subnet: subnet, range: range) else {
            throw NetworkError(.system, "failed to allocate a pool of \(subnet): \(ranges(range)) does not lie in it")
        }
        var record = PoolRecord(subnet: subnet.description, range: range?.description, auxiliary: wish.auxiliary)
        record.isSubnetGiven = named != nil && !isSize
        if let gateway = IPAddress(wish.gateway) {
            do throws(AddressError) { try pool.reserve(gateway) } catch {
                throw NetworkError(.system, "failed to allocate gateway (\(gateway)): Address already in use")
            }
            record.gateway = gateway.description
        } else if wantsGateway {
            // Addresses that are set aside cannot be it.
            var free = AddressPool(
                subnet: subnet, range: range, reserved: wish.auxiliary.values.compactMap { IPAddress($0) })
            guard let gateway = free?.allocate() else {
                throw NetworkError(.system, "failed to allocate gateway (): no available addresses on this pool")
            }
            record.gateway = gateway.description
            do throws(AddressError) { try pool.reserve(gateway) } catch { throw .address(error, inUse: .system) }
        }
        for (name, text) in wish.auxiliary.sorted(by: { $0.key < $1.key }) {
            guard let address = IPAddress(text) else { continue }
            do throws(AddressError) { try pool.reserve(address) } catch {
                throw NetworkError(
                    .system, "failed to allocate secondary ip address (\(name):\(text)): Address already in use")
            }
        }
        return record
    }

    private func ranges(_ range: IPPrefix?) -> String { range.map(\.description) ?? "the range" }

    /// Docker refuses what another network has. What only a route of the host has, the user may want to shadow.
    private func checkOverlap(_ subnet: IPPrefix, bridge: String) throws(NetworkError) {
        for record in existing where !record.isConfigOnly {
            for family in IPFamily.allCases {
                guard let other = record.enabledPool(family).flatMap({ IPPrefix($0.subnet) }) else { continue }
                if other.overlaps(subnet) {
                    throw NetworkError(
                        .forbidden, "invalid pool request: Pool overlaps with other one on this address space")
                }
            }
        }
        if case .v6(let address) = subnet.address {
            if address.isMulticast { throw NetworkError(.invalid, "multicast subnet '\(subnet)' is not allowed") }
            if let local = IPPrefix("fe80::/64"), local != subnet, local.overlaps(subnet) {
                throw NetworkError(.invalid, "clash with the Link-Local prefix 'fe80::/64'")
            }
        }
        if let taken = situation.overlap(with: subnet, except: bridge) {
            notice("\(subnet) overlaps \(taken.prefix) of \(taken.device): containers cannot reach addresses there")
        }
    }

    /// The first subnet of the pools that no network and no route of the host uses.
    private func freeSubnet(_ family: IPFamily, length: Int?) throws(NetworkError) -> IPPrefix {
        var pools = configuration.pools.filter { $0.base.family == family }
        if family == .v6, pools.isEmpty {
            pools = [EngineIdentity(configuration, situation).localPool].compactMap { $0 }
        }
        if let length { pools = pools.compactMap { SubnetPool(base: $0.base, size: length) } }
        var all = situation
        all.add(existing)
        let chooser = SubnetChooser(pools: pools)
        guard let subnet = chooser.choose(avoiding: all.taken.map(\.prefix), family: family) else {
            throw NetworkError(.invalid, "all predefined address pools have been fully subnetted")
        }
        return subnet
    }
}
