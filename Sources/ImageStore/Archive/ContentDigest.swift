import Crypto

/// Digests as registries and image configurations write them: `sha256:` and 64 lower-case hex digits.
enum ContentDigest {
    /// The digest of some bytes.
    static func of(_ bytes: [UInt8]) -> String {
        var hasher = ContentHasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    /// Whether `text` is a digest.
    static func isValid(_ text: String) -> Bool {
        text.hasPrefix("sha256:") && isHex(hex(text))
    }

    /// Whether `text` is what follows `sha256:` in a digest.
    static func isHex(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// The digits behind `sha256:`.
    static func hex(_ digest: String) -> String { String(digest.dropFirst("sha256:".count)) }

    /// The first twelve digits, as people see ids.
    static func short(_ digest: String) -> String { String(hex(digest).prefix(12)) }

    /// The chain id of a layer on top of others (OCI image specification, config.md, "Layer ChainID").
    static func chainID(_ diffID: String, on parent: String?) -> String {
        parent.map { of(Array("\($0) \(diffID)".utf8)) } ?? diffID
    }

    /// The chain ids of a stack of layers, lowest first.
    static func chainIDs(_ diffIDs: [String]) -> [String] {
        var chain: [String] = []
        for diffID in diffIDs { chain.append(chainID(diffID, on: chain.last)) }
        return chain
    }
}

/// Makes a digest of bytes that come piece by piece.
struct ContentHasher {
    private var hash = SHA256()

    /// Adds bytes.
    mutating func update(_ bytes: [UInt8]) {
        hash.update(data: bytes)
    }

    /// `sha256:…` of all bytes.
    func finish() -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("sha256:".utf8)
        for byte in hash.finalize() {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
