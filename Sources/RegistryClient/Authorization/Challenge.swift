/// One way in which a registry wants to be asked for access: an element of `WWW-Authenticate` (RFC 9110, 11.6.1).
public struct Challenge: Hashable, Sendable {
    /// `basic` or `bearer`, in lower case.
    public var scheme: String
    /// Parameters; names in lower case.
    public var parameters: [String: String]

    /// Reads the values of all `WWW-Authenticate` fields. What cannot be read is left out.
    public static func parse(_ fields: [String]) -> [Challenge] {
        fields.flatMap { field in
            var parser = Parser(bytes: Array(field.utf8))
            return parser.challenges()
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var current: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func skip(_ set: String) {
            while let byte = current, set.utf8.contains(byte) { position += 1 }
        }

        /// `token` of RFC 9110, 5.6.2.
        mutating func token() -> String {
            let start = position
            while let byte = current,
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            {
                position += 1
            }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }

        mutating func quoted() -> String {
            position += 1
            var text: [UInt8] = []
            while let byte = current {
                position += 1
                if byte == UInt8(ascii: "\"") { break }
                if byte == UInt8(ascii: "\\"), let next = current {
                    text.append(next)
                    position += 1
                } else {
                    text.append(byte)
                }
            }
            return String(decoding: text, as: UTF8.self)
        }

        mutating func challenges() -> [Challenge] {
            var found: [Challenge] = []
            while true {
                skip(" \t,")
                let word = token()
                if word.isEmpty { return found }
                skip(" \t")
                // `name=value` belongs to the scheme before it, any other word begins the next.
                if current == UInt8(ascii: "="), !found.isEmpty {
                    position += 1
                    skip(" \t")
                    let value = current == UInt8(ascii: "\"") ? quoted() : token()
                    found[found.count - 1].parameters[word.lowercased()] = value
                } else {
                    found.append(Challenge(scheme: word.lowercased(), parameters: [:]))
                }
            }
        }
    }
}
