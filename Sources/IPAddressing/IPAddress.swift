/// Which of the two internet protocols.
public enum IPFamily: Hashable, Sendable, CaseIterable {
    /// IPv4, 32 bits.
    case v4
    /// IPv6, 128 bits.
    case v6

    /// An address' width: 32 or 128.
    public var bits: Int { self == .v4 ? 32 : 128 }
}

/// An address of either family.
public enum IPAddress: Hashable, Comparable, Sendable, CustomStringConvertible, LosslessStringConvertible {
    /// An IPv4 address.
    case v4(IPv4Address)
    /// An IPv6 address.
    case v6(IPv6Address)

    /// Reads either text form; nil for anything else.
    public init?(_ text: String) {
        if let address = IPv4Address(text) {
            self = .v4(address)
        } else if let address = IPv6Address(text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    /// From 4 or 16 bytes in network order; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        if let address = IPv4Address(bytes: bytes) {
            self = .v4(address)
        } else if let address = IPv6Address(bytes: bytes) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    /// A number as an address of that family; its upper bits are dropped where they do not fit.
    public init(_ family: IPFamily, rawValue: UInt128) {
        switch family {
        case .v4: self = .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: rawValue)))
        case .v6: self = .v6(IPv6Address(rawValue: rawValue))
        }
    }

    /// Which family.
    public var family: IPFamily {
        switch self {
        case .v4: .v4
        case .v6: .v6
        }
    }

    /// The address as a number.
    public var rawValue: UInt128 {
        switch self {
        case .v4(let address): UInt128(address.rawValue)
        case .v6(let address): address.rawValue
        }
    }

    /// 4 or 16 bytes in network order.
    public var bytes: [UInt8] {
        switch self {
        case .v4(let address): address.bytes
        case .v6(let address): address.bytes
        }
    }

    /// The canonical text.
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        switch self {
        case .v4(let address): address.isLoopback
        case .v6(let address): address.isLoopback
        }
    }

    /// 0.0.0.0 or ::.
    public var isUnspecified: Bool { rawValue == 0 }
}
