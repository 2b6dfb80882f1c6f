import IPAddressing

/// A domain name as it travels: labels with their lengths before them, and the root's empty label (RFC 1035 section
/// 3.1). At most 255 bytes.
struct WireName: Hashable, Sendable {
    /// The bytes, letters as they were given.
    let bytes: [UInt8]

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads `web.front`, with or without the last dot; nil where DNS cannot carry it: empty labels, labels of more than
    /// 63 bytes, more than 255 bytes in all.
    init?(_ text: String) {
        var labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true { labels.removeLast() }
        guard !labels.isEmpty, labels.allSatisfy({ (1...63).contains($0.count) }) else { return nil }
        let bytes = labels.reduce(into: [UInt8]()) { bytes, label in
            bytes.append(UInt8(label.count))
            bytes += label
        }
        guard bytes.count < 255 else { return nil }
        self.bytes = bytes + [0]
    }

    /// `web` and `front` make `web.front`; nil where that is too long.
    func within(_ domain: WireName) -> WireName? {
        let all = bytes.dropLast() + domain.bytes
        return all.count <= 255 ? WireName(bytes: Array(all)) : nil
    }

    /// The name under which an address' PTR record is asked for: RFC 1035 section 3.5, RFC 3596 section 2.5.
    static func reverse(of address: IPAddress) -> WireName {
        var bytes: [UInt8] = []
        func append(_ label: String) {
            bytes.append(UInt8(label.utf8.count))
            bytes += label.utf8
        }
        switch address {
        case .v4(let address):
            for byte in address.bytes.reversed() { append(String(byte)) }
            append("in-addr")
        case .v6(let address):
            for byte in address.bytes.reversed() {
                append(String(byte & 15, radix: 16))
                append(String(byte >> 4, radix: 16))
            }
            append("ip6")
        }
        append("arpa")
        return WireName(bytes: bytes + [0])
    }

    /// The name in lower case, which records are kept under.
    var key: NameKey {
        var key = NameKey()
        for byte in bytes { key.append(byte) }
        return key
    }
}

/// A wire-format name in lower case with its hash: what records are found by. Lives on the stack.
///
/// Lengths of labels are below 64 and letters above, so that one pass over the bytes lowers the letters alone.
struct NameKey: Sendable {
    private var bytes = InlineArray<256, UInt8>(repeating: 0)
    /// How many bytes, the root's label included.
    private(set) var count = 0
    /// FNV-1a over the bytes.
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Adds a byte of the wire format; what does not fit a name is dropped.
    mutating func append(_ byte: UInt8) {
        guard count < 255 else { return }
        let lowered = byte &- 65 < 26 ? byte | 0x20 : byte
        bytes[count] = lowered
        count += 1
        hash = (hash ^ UInt64(lowered)) &* 0x100_0000_01b3
    }

    /// Whether these are the bytes of the key.
    func equals(_ other: [UInt8]) -> Bool {
        guard other.count == count else { return false }
        for index in 0..<count where bytes[index] != other[index] { return false }
        return true
    }

    /// The bytes, for keeping.
    var stored: [UInt8] { (0..<count).map { bytes[$0] } }

    /// Whether the name is one label and the root.
    var isSingleLabel: Bool { count > 1 && Int(bytes[0]) + 2 == count }

    /// The name without a domain that it ends with; nil where it does not, or where nothing is left.
    func removing(_ domain: NameKey) -> NameKey? {
        let rest = count - domain.count
        guard rest > 0 else { return nil }
        for index in 0..<domain.count where bytes[rest + index] != domain.bytes[index] { return nil }
        var key = NameKey()
        var index = 0
        while index < rest {
            let length = Int(bytes[index])
            // The cut must fall between two labels.
            guard index + length + 1 <= rest else { return nil }
            for offset in 0...length { key.append(bytes[index + offset]) }
            index += length + 1
        }
        key.append(0)
        return key
    }
}
