/// The ids of containers, networks, execs and endpoints: 64 hex digits, the first twelve of which people see.
enum Identifier {
    /// How many digits people see.
    static let shortLength = 12

    /// A new id from the system's random source. Its short form is never all digits, since tools would take that for
    /// a number (a container's hostname is its short id).
    static func make() -> String {
        while true {
            var digits: [UInt8] = []
            digits.reserveCapacity(64)
            for _ in 0..<4 {
                let word = UInt64.random(in: 0 ... .max)
                for shift in stride(from: 60, through: 0, by: -4) {
                    digits.append(hex[Int(word >> UInt64(shift) & 15)])
                }
            }
            if digits.prefix(shortLength).contains(where: { $0 > UInt8(ascii: "9") }) {
                return String(decoding: digits, as: UTF8.self)
            }
        }
    }

    /// The first twelve digits.
    static func short(_ id: String) -> String {
        String(bare(id).prefix(shortLength))
    }

    /// Without the algorithm's name.
    static func bare(_ id: String) -> Substring {
        id.hasPrefix("sha256:") ? id.dropFirst(7) : Substring(id)
    }

    private static let hex = Array("0123456789abcdef".utf8)
}

extension Identifier {
    /// A random UUID (RFC 9562, version 4) in its usual text.
    static func uuid() -> String {
        let high = UInt64.random(in: 0 ... .max) & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = UInt64.random(in: 0 ... .max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = [high, low].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var parts: [Substring] = []
        var rest = Substring(digits)
        for count in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return parts.joined(separator: "-")
    }
}
