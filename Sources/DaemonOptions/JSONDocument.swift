/// A value of JSON (RFC 8259), objects in their written order.
indirect enum JSONDocument: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As written, so that nothing is lost.
    case number(String)
    case string(String)
    case array([JSONDocument])
    case object([Member])

    /// One key and its value.
    struct Member: Hashable, Sendable {
        let key: String
        let value: JSONDocument
    }

    /// What it is, for messages.
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value as Go's `%v` prints it, which is how dockerd's messages show it.
    var goText: String {
        switch self {
        case .null: "<nil>"
        case .bool(let value): String(value)
        case .number(let text): text
        case .string(let text): text
        case .array(let values): "[" + values.map(\.goText).joined(separator: " ") + "]"
        case .object(let members):
            "map[" + members.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.goText)" }.joined(separator: " ")
                + "]"
        }
    }
}

/// Where JSON is broken.
struct JSONSyntaxError: Error, Hashable {
    let line: Int
    let column: Int
    let reason: String
}

/// Reads JSON, strictly, and says where it breaks.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    /// The deepest nesting that is read.
    private static let depthLimit = 64

    /// Reads one value and nothing after it.
    static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONDocument {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        if reader.position < bytes.count { throw reader.fail("something follows the end of the document") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func fail(_ reason: String, at place: Int? = nil) -> JSONSyntaxError {
        let before = bytes[..<(place ?? min(position, bytes.count))]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
        return JSONSyntaxError(line: line, column: column, reason: reason)
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONDocument {
        if depth > Self.depthLimit { throw fail("it is nested too deeply") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"): return try number()
        case let byte? where (0x30...0x39).contains(byte): return try number()
        case nil: throw fail("the document ends where a value should be")
        case let byte?: throw fail("a value cannot begin with \(Self.name(byte))")
        }
    }

    private static func name(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }

    private mutating func word(_ text: String, _ value: JSONDocument) throws(JSONSyntaxError) -> JSONDocument {
        guard bytes[position...].starts(with: text.utf8) else { throw fail("this is no value; is \(text) meant?") }
        position += text.utf8.count
        return value
    }

    private mutating func object(_ depth: Int) throws(JSONSyntaxError) -> JSONDocument {
        position += 1
        var members: [JSONDocument.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw fail("a key in double quotes should be here") }
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw fail("a colon should be here, after the key \"\(key)\"") }
            members.append(.init(key: key, value: try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw fail("a comma or a closing brace should be here") }
        }
    }

    private mutating func array(_ depth: Int) throws(JSONSyntaxError) -> JSONDocument {
        position += 1
        var values: [JSONDocument] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(values) }
            guard take(UInt8(ascii: ",")) else { throw fail("a comma or a closing bracket should be here") }
        }
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONDocument {
        let start = position
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) {
            guard isDigit(current) else { throw fail("a digit should be here") }
            while isDigit(current) { position += 1 }
        } else if isDigit(current) {
            throw fail("a number cannot begin with 0")
        }
        if take(UInt8(ascii: ".")) {
            guard isDigit(current) else { throw fail("a digit should be here") }
            while isDigit(current) { position += 1 }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard isDigit(current) else { throw fail("a digit should be here") }
            while isDigit(current) { position += 1 }
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw fail("the text is not UTF-8", at: start)
                }
                return string
            case UInt8(ascii: "\\"): try escape(&text)
            case 0..<0x20: throw fail("a text cannot hold a line's end or control characters", at: position - 1)
            default: text.append(byte)
            }
        }
        throw fail("the text that begins here does not end", at: start)
    }

    private mutating func escape(_ text: inout [UInt8]) throws(JSONSyntaxError) {
        let start = position - 1
        guard let byte = current else { throw fail("the text does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "u"):
            var unit = try hexUnit(start)
            if (0xD800..<0xDC00).contains(unit), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
                let low = try hexUnit(start)
                guard (0xDC00..<0xE000).contains(low) else { throw fail("half of a surrogate pair", at: start) }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = UnicodeScalar(unit) else { throw fail("half of a surrogate pair", at: start) }
            text += Array(String(Character(scalar)).utf8)
        default: throw fail("no escape begins with \\ and \(Self.name(byte))", at: start)
        }
    }

    private mutating func hexUnit(_ start: Int) throws(JSONSyntaxError) -> UInt32 {
        let digits = bytes[position..<min(position + 4, bytes.count)]
        guard digits.count == 4, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fail("four hex digits should follow \\u", at: start) }
        position += 4
        return unit
    }
}
