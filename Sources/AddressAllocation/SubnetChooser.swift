public import IPAddressing

/// A block of addresses that networks' subnets are cut from: dockerd's `--default-address-pool base=…,size=…`.
public struct SubnetPool: Hashable, Sendable {
    /// The block, without host bits.
    public let base: IPPrefix
    /// The prefix length of the subnets cut from it, at least the block's own.
    public let size: Int

    /// Describes a block; nil where the subnets would be larger than the block or longer than an address.
    public init?(base: IPPrefix, size: Int) {
        guard (base.length...base.family.bits).contains(size), size > 0 else { return nil }
        self.base = base.network
        self.size = size
    }
}

/// Finds a free subnet for a network that names none.
public struct SubnetChooser: Hashable, Sendable {
    /// The blocks, in the order in which they are tried.
    public let pools: [SubnetPool]

    /// Docker's own blocks: 172.17.0.0/16 to 172.31.0.0/16 as /16, then 192.168.0.0/16 as /20.
    public static let dockerPools: [SubnetPool] =
        [
            "172.17.0.0/16", "172.18.0.0/16", "172.19.0.0/16", "172.20.0.0/14", "172.24.0.0/14", "172.28.0.0/14",
        ].compactMap { text in IPPrefix(text).flatMap { SubnetPool(base: $0, size: 16) } }
        + [IPPrefix("192.168.0.0/16").flatMap { SubnetPool(base: $0, size: 20) }].compactMap { $0 }

    /// Sets up a chooser.
    ///
    /// - Parameter pools: the blocks; the first that has room wins.
    public init(pools: [SubnetPool] = dockerPools) {
        self.pools = pools
    }

    /// The first subnet that shares no address with any of `taken`, or nil where the blocks are used up.
    ///
    /// - Parameters:
    ///   - taken: subnets of other networks, and routes and addresses of the host. A default route (length 0) is not
    ///     counted: it is the way to everywhere.
    ///   - family: which blocks to look at.
    public func choose(avoiding taken: [IPPrefix], family: IPFamily = .v4) -> IPPrefix? {
        let obstacles = taken.filter { $0.length > 0 && $0.family == family }.map(\.network)
        for pool in pools where pool.base.family == family {
            if let subnet = Self.firstFree(in: pool, obstacles) { return subnet }
        }
        return nil
    }

    /// Steps from obstacle to obstacle, so that the cost grows with their number and not with the block's size.
    private static func firstFree(in pool: SubnetPool, _ obstacles: [IPPrefix]) -> IPPrefix? {
        let sorted = obstacles.filter { $0.overlaps(pool.base) }.sorted()
        let step = UInt128(1) << UInt128(pool.base.family.bits - pool.size)
        let end = pool.base.lastAddress.rawValue
        var start = pool.base.networkAddress.rawValue
        for obstacle in sorted {
            if obstacle.networkAddress.rawValue > start + (step - 1) { break }
            let last = obstacle.lastAddress.rawValue
            if last < start { continue }
            // The next subnet begins after the obstacle, at a multiple of the subnet's size.
            let (next, overflow) = (last | (step - 1)).addingReportingOverflow(1)
            if overflow || next > end { return nil }
            start = next
        }
        return IPPrefix(IPAddress(pool.base.family, rawValue: start), length: pool.size)
    }
}
