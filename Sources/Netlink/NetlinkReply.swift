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
        payload.number(at: offset)
    }
}

/// Attributes (struct nlattr) by type. Of two with the same type the later one counts.
public struct NetlinkAttributes: Sendable, Hashable, Sequence {
    private let bytes: ArraySlice<UInt8>

    /// Reads attributes; whatever is malformed ends the list.
    public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// One attribute after another.
    public struct Iterator: IteratorProtocol {
        private let bytes: ArraySlice<UInt8>
        private var position: Int

        init(_ bytes: ArraySlice<UInt8>) {
            self.bytes = bytes
            position = bytes.startIndex
        }

        /// Its type, without the flags for nesting and byte order, and its value.
        public mutating func next() -> (type: Int, value: ArraySlice<UInt8>)? {
            guard let (type, range) = NetlinkAttributes.attribute(at: &position, in: bytes) else { return nil }
            return (type, bytes[range])
        }
    }

    /// One attribute after another.
    public func makeIterator() -> Iterator { Iterator(bytes) }

    /// The type and the value's place of the attribute at a position, which is moved on; nil at the end of what is well
    /// formed.
    private static func attribute(at position: inout Int, in bytes: ArraySlice<UInt8>) -> (Int, Range<Int>)? {
        let left = bytes.endIndex - position
        guard left >= 4 else { return nil }
        let length = Int(bytes[position]) | Int(bytes[position + 1]) << 8
        let type = (Int(bytes[position + 2]) | Int(bytes[position + 3]) << 8) & 0x3FFF
        guard length >= 4, length <= left else { return nil }
        let range = position + 4..<position + length
        position = Swift.min(position + (length + 3) & ~3, bytes.endIndex)
        return (type, range)
    }

    /// An attribute's value.
    public subscript(type: Int) -> ArraySlice<UInt8>? {
        var found: Range<Int>?
        var position = bytes.startIndex
        while let (other, range) = Self.attribute(at: &position, in: bytes) { if other == type { found = range } }
        return found.map { bytes[$0] }
    }

    /// An attribute as a number in the machine's byte order.
    public func number<Number: FixedWidthInteger>(_ type: Int, as kind: Number.Type = Number.self) -> Number? {
        self[type]?.number()
    }

    /// An attribute as a number in network byte order.
    public func bigEndian<Number: FixedWidthInteger>(_ type: Int, as kind: Number.Type = Number.self) -> Number? {
        number(type, as: kind).map { Number(bigEndian: $0) }
    }

    /// An attribute as text, up to its zero byte.
    public func text(_ type: Int) -> String? {
        self[type]?.text
    }

    /// The attributes inside an attribute; none where it is missing.
    public func nested(_ type: Int) -> NetlinkAttributes { NetlinkAttributes(self[type] ?? []) }
}

/// An attribute's value.
extension ArraySlice<UInt8> {
    /// The number at the start, in the machine's byte order; nil where there are too few bytes.
    @inlinable
    public func number<Number: FixedWidthInteger>(as type: Number.Type = Number.self) -> Number? {
        let width = Number.bitWidth / 8
        guard count >= width else { return nil }
        var number: Number = 0
        for place in 0..<width { number |= Number(truncatingIfNeeded: self[startIndex + place]) << (8 * place) }
        return number
    }

    /// The number at an offset; zero where there are too few bytes.
    func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number {
        dropFirst(offset).number() ?? 0
    }

    /// The text up to its zero byte.
    public var text: String { String(decoding: prefix { $0 != 0 }, as: UTF8.self) }
}

extension NetlinkReply {
    /// The messages of one datagram, for those who read a socket of events themselves. Malformed rests are left out.
    public static func all(in datagram: ArraySlice<UInt8>) -> [NetlinkReply] {
        NetlinkMessage.parse(datagram).map(\.reply)
    }
}
