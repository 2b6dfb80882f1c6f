/// A message of the kernel's: its type and what follows its header.
public struct NetlinkReply: Sendable, Hashable {
    /// `RTM_NEWLINK` and the like.
    public let type: UInt16
    /// Whether NLM_F_DUMP_INTR is set: the list changed while it was told.
    public let wasInterrupted: Bool
    /// The family's fixed header and the attributes.
    public let payload: ArraySlice<UInt8>
    /// `NLM_F_*`.
    public var flags: UInt16 = 0
    /// For news, the port of the socket by which the change was asked for, where the kernel tells: by custom the process
    /// id of its owner. 0 is the kernel.
    public var port: UInt32 = 0

    /// The attributes after a fixed header of that many bytes.
    public func attributes(after headerLength: Int) -> NetlinkAttributes {
        NetlinkAttributes(payload.dropFirst((headerLength + 3) & ~3))
    }

    /// A number of the fixed header at this offset; zero where the header is shorter.
    public func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number {
        payload.dropFirst(offset).number()
    }
}

/// Attributes (struct nlattr) by type. Of two with the same type the later one counts.
public struct NetlinkAttributes: Sendable, Hashable, Sequence {
    private let bytes: ArraySlice<UInt8>

    /// Reads attributes; whatever is malformed ends the list.
    public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Type, without the flags for nesting and byte order, and value of one attribute after another.
    public func makeIterator() -> AnyIterator<(type: Int, value: ArraySlice<UInt8>)> {
        var rest = bytes
        return AnyIterator {
            guard rest.count >= 4 else { return nil }
            let length = Int(rest.number(as: UInt16.self))
            let type = Int(rest.dropFirst(2).number(as: UInt16.self) & 0x3FFF)
            guard length >= 4, length <= rest.count else { return nil }
            let value = rest.dropFirst(4).prefix(length - 4)
            rest = rest.dropFirst((length + 3) & ~3)
            return (type, value)
        }
    }

    /// An attribute's value.
    public subscript(type: Int) -> ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        for attribute in self where attribute.type == type { found = attribute.value }
        return found
    }

    /// An attribute as a number in the machine's byte order.
    public func number<Number: FixedWidthInteger>(_ type: Int, as kind: Number.Type = Number.self) -> Number? {
        guard let value = self[type], value.count >= Number.bitWidth / 8 else { return nil }
        return value.number()
    }

    /// An attribute as a number in network byte order.
    public func bigEndian<Number: FixedWidthInteger>(_ type: Int, as kind: Number.Type = Number.self) -> Number? {
        number(type, as: kind).map { Number(bigEndian: $0) }
    }

    /// An attribute as text, up to its zero byte.
    public func text(_ type: Int) -> String? {
        self[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The attributes inside an attribute; none where it is missing.
    public func nested(_ type: Int) -> NetlinkAttributes { NetlinkAttributes(self[type] ?? []) }
}

extension ArraySlice<UInt8> {
    /// The number at the start, in the machine's byte order; zero where there are too few bytes.
    func number<Number: FixedWidthInteger>(as type: Number.Type = Number.self) -> Number {
        let width = Number.bitWidth / 8
        guard count >= width else { return 0 }
        return prefix(width).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}

extension NetlinkReply {
    /// The messages of one datagram, for those who read a socket of events themselves. Malformed rests are left out.
    public static func all(in datagram: ArraySlice<UInt8>) -> [NetlinkReply] {
        NetlinkMessage.parse(datagram).map(\.reply)
    }
}
