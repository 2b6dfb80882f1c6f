/// An address with a prefix length, as in `172.17.0.1/16`: a subnet, or an interface's address in it.
public struct IPPrefix: Hashable, Comparable, Sendable, CustomStringConvertible, LosslessStringConvertible {
    /// The address; its host bits may be set.
    public let address: IPAddress
    /// How many leading bits name the network: 0...32 or 0...128.
    public let length: Int

    /// Joins the two; nil where the length does not fit the family.
    public init?(_ address: IPAddress, length: Int) {
        guard (0...address.family.bits).contains(length) else { return nil }
        self.address = address
        self.length = length
    }

    /// The subnet that holds an address and nothing else.
    public init(only address: IPAddress) {
        self.address = address
        length = address.family.bits
    }

    /// Reads CIDR notation (RFC 4632); nil for anything else, a missing length included.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...3).contains(parts[1].utf8.count),
            parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let address = IPAddress(String(parts[0])),
            let length = Int(parts[1])
        else { return nil }
        self.init(address, length: length)
    }

    /// Which family.
    public var family: IPFamily { address.family }

    /// The bits of the host's part, all set.
    private var hostMask: UInt128 {
        let hostBits = family.bits - length
        return hostBits == 128 ? .max : (UInt128(1) << hostBits) - 1
    }

    /// The lowest address.
    public var networkAddress: IPAddress { IPAddress(family, rawValue: address.rawValue & ~hostMask) }
    /// The highest address: for IPv4 and lengths up to 30, the broadcast address.
    public var lastAddress: IPAddress { IPAddress(family, rawValue: address.rawValue | hostMask) }
    /// The same subnet with no host bits set.
    public var network: IPPrefix { IPPrefix(networkAddress, length: length) ?? self }
    /// Whether no host bits are set.
    public var isNetwork: Bool { address.rawValue & hostMask == 0 }
    /// How many addresses it spans less one; an IPv6 /0 fits too.
    public var span: UInt128 { hostMask }

    /// `255.255.0.0` for an IPv4 /16; for IPv6 the mask written as an address.
    public var netmask: IPAddress {
        let all: UInt128 = family == .v4 ? 0xFFFF_FFFF : .max
        return IPAddress(family, rawValue: all & ~hostMask)
    }

    /// Whether the address lies in the subnet.
    public func contains(_ other: IPAddress) -> Bool {
        other.family == family && other.rawValue & ~hostMask == address.rawValue & ~hostMask
    }

    /// Whether the whole of another subnet lies in this one.
    public func contains(_ other: IPPrefix) -> Bool { other.length >= length && contains(other.address) }

    /// Whether the two share an address.
    public func overlaps(_ other: IPPrefix) -> Bool { contains(other) || other.contains(self) }

    /// The address that many places after the lowest; nil where it would leave the subnet.
    public func address(at offset: UInt128) -> IPAddress? {
        offset > hostMask ? nil : IPAddress(family, rawValue: networkAddress.rawValue + offset)
    }

    /// CIDR notation.
    public var description: String { "\(address)/\(length)" }

    /// By address, then the wider one first.
    public static func < (left: IPPrefix, right: IPPrefix) -> Bool {
        left.address == right.address ? left.length < right.length : left.address < right.address
    }
}
