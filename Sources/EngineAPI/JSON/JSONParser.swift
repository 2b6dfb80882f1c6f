/// Reads JSON text (RFC 8259) into values. Refusals are in the words of Go's `encoding/json`, which clients know.
struct JSONParser {
    /// How deep lists and objects may lie in each other.
    static let maximumDepth = 128

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// One value, and nothing after it but white space.
    mutating func parseDocument() throws(APIError) -> JSONValue {
        skipSpace()
        if position == bytes.count { throw .badRequest("invalid JSON: got EOF while reading request body") }
        let value = try parseValue()
        skipSpace()
        if position < bytes.count { throw .badRequest("unexpected content after JSON") }
        return value
    }

    private mutating func parseValue() throws(APIError) -> JSONValue {
        skipSpace()
        switch try current() {
        case UInt8(ascii: "{"): return try nested { parser throws(APIError) in .object(try parser.parseMembers()) }
        case UInt8(ascii: "["): return try nested { parser throws(APIError) in .array(try parser.parseElements()) }
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        default: throw unexpected("looking for beginning of value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(APIError) -> JSONValue
    ) throws(APIError) -> JSONValue {
        depth += 1
        if depth > Self.maximumDepth { throw .badRequest("invalid JSON: exceeded max depth") }
        position += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func parseMembers() throws(APIError) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        skipSpace()
        if try take("}") { return members }
        while true {
            skipSpace()
            guard try current() == UInt8(ascii: "\"") else {
                throw unexpected("looking for beginning of object key string")
            }
            let name = try parseString()
            skipSpace()
            guard try take(":") else { throw unexpected("after object key") }
            members.append(JSONValue.Member(name, try parseValue()))
            skipSpace()
            if try take("}") { return members }
            guard try take(",") else { throw unexpected("after object key:value pair") }
        }
    }

    private mutating func parseElements() throws(APIError) -> [JSONValue] {
        var elements: [JSONValue] = []
        skipSpace()
        if try take("]") { return elements }
        while true {
            elements.append(try parseValue())
            skipSpace()
            if try take("]") { return elements }
            guard try take(",") else { throw unexpected("after array element") }
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(APIError) -> JSONValue {
        let text = word.description
        for byte in text.utf8 {
            guard try current() == byte else {
                throw unexpected("in literal \(text) (expecting '\(Character(UnicodeScalar(byte)))')")
            }
            position += 1
        }
        return value
    }

    private mutating func parseNumber() throws(APIError) -> JSONValue {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if try current() == UInt8(ascii: "0") { position += 1 } else { try skipDigits() }
        var isInteger = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try skipDigits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: "e") || bytes[position] == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .int(value) }
        return .double(Double(text) ?? .infinity)
    }

    private mutating func skipDigits() throws(APIError) {
        guard Self.isDigit(try current()) else { throw unexpected("in numeric literal") }
        while position < bytes.count, Self.isDigit(bytes[position]) { position += 1 }
    }

    /// The string that begins at the quote under the reader.
    private mutating func parseString() throws(APIError) -> String {
        position += 1
        let start = position
        while true {
            switch try current() {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return String(decoding: bytes[start..<position], as: UTF8.self)
            case UInt8(ascii: "\\"): return try parseEscapedString(from: start)
            case 0..<0x20: throw unexpected("in string literal")
            default: position += 1
            }
        }
    }

    private mutating func parseEscapedString(from start: Int) throws(APIError) -> String {
        var text = Array(bytes[start..<position])
        while true {
            let byte = try current()
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try parseEscape(into: &text)
            case 0..<0x20:
                position -= 1
                throw unexpected("in string literal")
            default: text.append(byte)
            }
        }
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws(APIError) {
        let byte = try current()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            let scalar = try parseUnicodeEscape()
            // A C string ends there: what is behind it would be checked and then not be used.
            guard scalar.value != 0 else {
                throw .badRequest("invalid JSON: a string holds the character \\u0000, which no name or path can")
            }
            text.append(contentsOf: Character(scalar).utf8)
            return
        default: throw unexpected("in string escape code")
        }
        position += 1
    }

    /// The scalar of `\uXXXX`, or of a surrogate pair; half a pair becomes U+FFFD, as in Go.
    private mutating func parseUnicodeEscape() throws(APIError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let first = try parseHex()
        guard (0xD800..<0xE000).contains(first) else { return Unicode.Scalar(first) ?? replacement }
        let resume = position
        guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return replacement }
        position += 2
        let second = try parseHex()
        guard (0xDC00..<0xE000).contains(second) else {
            position = resume
            return replacement
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? replacement
    }

    private mutating func parseHex() throws(APIError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(UnicodeScalar(try current())).hexDigitValue else {
                throw unexpected("in \\u hexadecimal character escape")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private func current() throws(APIError) -> UInt8 {
        guard position < bytes.count else { throw .badRequest("invalid JSON: unexpected EOF") }
        return bytes[position]
    }

    private mutating func take(_ scalar: Unicode.Scalar) throws(APIError) -> Bool {
        guard try current() == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private func unexpected(_ context: String) -> APIError {
        let byte = bytes[position]
        let shown: String
        switch byte {
        case UInt8(ascii: "'"): shown = "'\\''"
        case UInt8(ascii: "\n"): shown = "'\\n'"
        case UInt8(ascii: "\t"): shown = "'\\t'"
        case 0x20..<0x7f: shown = "'\(Character(UnicodeScalar(byte)))'"
        default: shown = "'\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) + "'"
        }
        return .badRequest("invalid JSON: invalid character \(shown) \(context)")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
