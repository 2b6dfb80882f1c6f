/// An Ethernet address, 48 bits (IEEE 802).
public struct MACAddress: Hashable, Comparable, Sendable, CustomStringConvertible, LosslessStringConvertible {
    /// The address as a number; the upper 16 bits are zero.
    public let rawValue: UInt64

    /// Wraps a number; its upper 16 bits are dropped.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue & 0xFFFF_FFFF_FFFF
    }

    /// Reads six pairs of hex digits, parted by colons or dashes; nil for anything else.
    public init?(_ text: String) {
        let dashes = text.contains("-")
        let parts = text.split(separator: dashes ? "-" : ":", omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            guard part.utf8.count == 2, part.first != "+", let byte = UInt8(part, radix: 16) else { return nil }
            value = value << 8 | UInt64(byte)
        }
        rawValue = value
    }

    /// From six bytes; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The address that Docker derives for an endpoint: 02:42 and the four bytes of its IPv4 address.
    public init(endpoint address: IPv4Address) {
        rawValue = 0x0242_0000_0000 | UInt64(address.rawValue)
    }

    /// A random address that begins 02:42, for a bridge.
    public static func randomForBridge() -> MACAddress {
        MACAddress(rawValue: 0x0242_0000_0000 | UInt64(UInt32.random(in: 0 ... .max)))
    }

    /// A random unicast address, locally administered, for the host end of a veth pair.
    public static func randomLocal() -> MACAddress {
        MACAddress(rawValue: UInt64.random(in: 0 ... .max) & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000)
    }

    /// Six bytes.
    public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * $0)) } }

    /// Whether it names a group of stations.
    public var isMulticast: Bool { rawValue >> 40 & 1 == 1 }

    /// `02:42:ac:11:00:02`.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    /// By number.
    public static func < (left: MACAddress, right: MACAddress) -> Bool { left.rawValue < right.rawValue }
}
