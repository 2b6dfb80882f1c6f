/// An IPv6 address, 128 bits (RFC 4291).
public struct IPv6Address: Hashable, Comparable, Sendable, CustomStringConvertible, LosslessStringConvertible {
    /// The address as a number.
    public var rawValue: UInt128

    /// Wraps a number.
    public init(rawValue: UInt128) {
        self.rawValue = rawValue
    }

    /// Takes 16 bytes in network order; nil where there are not exactly 16.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// Reads the text forms of RFC 4291 section 2.2, the dotted tail included; nil for anything else. A zone is refused.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 45 else { return nil }
        let halves = text.components(separatedBy: "::")
        guard halves.count <= 2 else { return nil }
        guard let head = Self.groups(halves[0]) else { return nil }
        guard halves.count == 2 else {
            guard head.count == 8 else { return nil }
            rawValue = head.reduce(0) { $0 << 16 | UInt128($1) }
            return
        }
        guard let tail = Self.groups(halves[1]), head.count + tail.count <= 7 else { return nil }
        if halves[0].contains(".") { return nil }
        let all = head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
        rawValue = all.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// The groups of one side of `::`.
    private static func groups(_ text: String) -> [UInt16]? {
        if text.isEmpty { return [] }
        var result: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.contains(".") {
                guard index == parts.count - 1, let tail = IPv4Address(String(part)) else { return nil }
                result += [UInt16(tail.rawValue >> 16), UInt16(tail.rawValue & 0xFFFF)]
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(Self.isHexDigit) else { return nil }
                guard let group = UInt16(part, radix: 16) else { return nil }
                result.append(group)
            }
        }
        return result
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// 16 bytes in network order.
    public var bytes: [UInt8] { (0..<16).map { UInt8(truncatingIfNeeded: rawValue >> (120 - 8 * $0)) } }

    /// The canonical text of RFC 5952: lower case, the longest run of two or more zero groups as `::`.
    public var description: String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: rawValue >> (112 - 16 * $0)) }
        if isIPv4Mapped { return "::ffff:\(IPv4Address(rawValue: UInt32(truncatingIfNeeded: rawValue)))" }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > best.count, end - start >= 2 { best = start..<end }
            start = max(end, start + 1)
        }
        func join(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        if best.isEmpty { return join(groups[...]) }
        return join(groups[..<best.lowerBound]) + "::" + join(groups[best.upperBound...])
    }

    /// ::1.
    public var isLoopback: Bool { rawValue == 1 }
    /// ::.
    public var isUnspecified: Bool { rawValue == 0 }
    /// fe80::/10.
    public var isLinkLocal: Bool { rawValue >> 118 == 0xFE80 >> 6 }
    /// ff00::/8.
    public var isMulticast: Bool { rawValue >> 120 == 0xFF }
    /// fc00::/7 (RFC 4193).
    public var isUniqueLocal: Bool { rawValue >> 121 == 0xFC >> 1 }
    /// ::ffff:0:0/96.
    public var isIPv4Mapped: Bool { rawValue >> 32 == 0xFFFF }

    /// By number.
    public static func < (left: IPv6Address, right: IPv6Address) -> Bool { left.rawValue < right.rawValue }
}

extension String {
    /// Splits at every occurrence of a separator, keeping empty parts; without Foundation.
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
