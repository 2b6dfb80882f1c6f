import Crypto

/// Digests as registries write them: `sha256:` and 64 lower-case hex digits.
public enum BlobDigest {
    /// Whether `text` is a digest.
    public static func isValid(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst(7)
        return text.hasPrefix("sha256:") && digits.count == 64
            && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// The digest of some bytes.
    public static func of(_ bytes: [UInt8]) -> String {
        var hasher = BlobHasher()
        hasher.update(bytes)
        return hasher.digest
    }

    /// The first twelve hex digits, as people see ids.
    public static func short(_ digest: String) -> String { String(digest.dropFirst(7).prefix(12)) }
}

/// Makes a digest of bytes that come piece by piece.
struct BlobHasher: Sendable {
    private var hash = SHA256()

    mutating func update(_ bytes: [UInt8]) { hash.update(data: bytes) }

    /// `sha256:…` of what came so far.
    var digest: String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("sha256:".utf8)
        for byte in hash.finalize() {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
