public import IPAddressing

/// The addresses of one subnet and who may still have one: a value without side effects.
///
/// Like Docker's default allocator, it hands out the lowest free address, so that the address of a container that is
/// gone is the next one's. The network's address, the broadcast address and the gateway's are never handed out.
/// Costs grow with the number of gaps between addresses in use, not with the subnet's size: a /8 and an IPv6 /64 are as
/// cheap as a /24.
public struct AddressPool: Hashable, Sendable {
    /// The whole subnet, without host bits.
    public let subnet: IPPrefix
    /// Where `allocate` looks: the subnet, or a part of it (`--ip-range`, dockerd's `--fixed-cidr`).
    public let range: IPPrefix
    /// The bridge's own address, if it has one.
    public let gateway: IPAddress?
    /// Addresses set aside by the caller.
    public let reserved: [IPAddress]
    /// All that cannot be handed out: in use or reserved.
    private var taken = AddressSet()
    private var inUse = AddressSet()

    /// Sets up a pool.
    ///
    /// - Parameters:
    ///   - subnet: the subnet; host bits do not matter.
    ///   - range: the part of it to hand out from; nil is all of it.
    ///   - gateway: an address of the subnet that is the bridge's.
    ///   - reserved: addresses of the subnet that nobody is to have.
    /// - Returns: nil where the range does not lie in the subnet, or the gateway or a reserved address outside of it.
    public init?(
        subnet: IPPrefix, range: IPPrefix? = nil, gateway: IPAddress? = nil, reserved: [IPAddress] = []
    ) {
        let network = subnet.network
        if let range, !network.contains(range) { return nil }
        if let gateway, !network.contains(gateway) { return nil }
        if !reserved.allSatisfy({ network.contains($0) }) { return nil }
        self.subnet = network
        self.range = range?.network ?? network
        self.gateway = gateway
        self.reserved = reserved
        for address in [networkAddress, broadcastAddress, gateway].compactMap({ $0 }) + reserved {
            taken.insert(address.rawValue)
        }
    }

    /// The first address, which names the network; for IPv6 it belongs to all routers (RFC 4291 section 2.6.1). A /31
    /// and a /32 have none (RFC 3021), nor has a /128.
    private var networkAddress: IPAddress? {
        let hostBits = subnet.family.bits - subnet.length
        return hostBits > (subnet.family == .v4 ? 1 : 0) ? subnet.networkAddress : nil
    }

    /// The last address of an IPv4 subnet; a /31 and a /32 have none.
    private var broadcastAddress: IPAddress? {
        subnet.family == .v4 && subnet.length < 31 ? subnet.lastAddress : nil
    }

    /// Hands out the lowest free address of the range, or nil where all are taken.
    public mutating func allocate() -> IPAddress? {
        let span = range.networkAddress.rawValue...range.lastAddress.rawValue
        guard let number = taken.lowestMissing(in: span) else { return nil }
        taken.insert(number)
        inUse.insert(number)
        return IPAddress(subnet.family, rawValue: number)
    }

    /// Hands out this address, which may lie outside of the range but not of the subnet.
    ///
    /// - Throws: which address and why not.
    public mutating func reserve(_ address: IPAddress) throws(AddressError) {
        func refuse(_ kind: AddressError.Kind) -> AddressError {
            AddressError(address: address, subnet: subnet, kind: kind)
        }
        guard subnet.contains(address) else { throw refuse(.outOfSubnet) }
        if inUse.contains(address.rawValue) { throw refuse(.inUse) }
        if let reservation = reservation(of: address) { throw refuse(.reserved(reservation)) }
        taken.insert(address.rawValue)
        inUse.insert(address.rawValue)
    }

    /// Takes an address back. One that was never handed out is left as it is: giving back twice does no harm, and a
    /// reserved address stays reserved.
    ///
    /// - Returns: whether somebody had it.
    @discardableResult
    public mutating func release(_ address: IPAddress) -> Bool {
        guard subnet.contains(address), inUse.remove(address.rawValue) else { return false }
        taken.remove(address.rawValue)
        return true
    }

    /// Whether somebody has the address.
    public func isInUse(_ address: IPAddress) -> Bool {
        subnet.contains(address) && inUse.contains(address.rawValue)
    }

    /// What the address is set aside for; nil where it may be handed out.
    public func reservation(of address: IPAddress) -> AddressError.Reservation? {
        if address == networkAddress { return .network }
        if address == broadcastAddress { return .broadcast }
        if address == gateway { return .gateway }
        return reserved.contains(address) ? .auxiliary : nil
    }

    /// How many addresses are handed out.
    public var usedCount: UInt128 { inUse.count }

    /// The addresses that are handed out, lowest first.
    public var used: [IPAddress] {
        inUse.ranges.flatMap { range in range.map { IPAddress(subnet.family, rawValue: $0) } }
    }

    /// The first address that `allocate` could give on a fresh pool without a gateway: what Docker makes the gateway
    /// where none is named, such as 172.17.0.1 for 172.17.0.0/16. nil for a subnet too small to have one.
    public static func firstAddress(of subnet: IPPrefix, range: IPPrefix? = nil) -> IPAddress? {
        var pool = AddressPool(subnet: subnet, range: range)
        return pool?.allocate()
    }
}
