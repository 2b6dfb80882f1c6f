/// What nftables keeps for userspace beside its objects: type, length and value, a byte each for the first two
/// (`libnftnl/udata.h`). The kernel does not look at it, `nft list` does.
struct NFTablesUserData {
    /// Type 0 of rules, elements, tables and chains: a text, ended by a zero byte, 128 bytes at most.
    static let comment: UInt8 = 0
    /// NFTNL_UDATA_SET_COMMENT.
    static let setComment: UInt8 = 7
    /// NFTNL_UDATA_SET_KEYBYTEORDER and _DATABYTEORDER.
    static let keyByteOrder: UInt8 = 0
    static let dataByteOrder: UInt8 = 1
    /// A rule's fingerprint: a type of our own, far from nft's, which nft passes over.
    static let fingerprint: UInt8 = 0xCA

    private(set) var bytes: [UInt8] = []

    mutating func put(_ type: UInt8, _ value: [UInt8]) { bytes += [type, UInt8(value.count)] + value }

    mutating func put(_ type: UInt8, text: String) {
        if text.isEmpty { return }
        var value = Array(text.utf8.prefix(127))
        // A character is not cut in two.
        while String(validating: value, as: UTF8.self) == nil { value.removeLast() }
        put(type, value + [0])
    }

    static func read(_ bytes: ArraySlice<UInt8>?) -> [UInt8: [UInt8]] {
        var rest = bytes ?? []
        var found: [UInt8: [UInt8]] = [:]
        while rest.count >= 2 {
            let start = rest.startIndex
            let length = Int(rest[start + 1])
            guard rest.count >= 2 + length else { break }
            found[rest[start]] = Array(rest[(start + 2)..<(start + 2 + length)])
            rest = rest.dropFirst(2 + length)
        }
        return found
    }

    static func text(_ value: [UInt8]?) -> String {
        String(decoding: (value ?? []).prefix { $0 != 0 }, as: UTF8.self)
    }
}
