/// Appends JSON text while values are encoded; nothing is kept in between.
///
/// What is open is a stack. A container knows how deep it lies: before it writes, it closes whatever was opened
/// inside it.
final class JSONWriter {
    private struct Level {
        var isObject: Bool
        var isEmpty = true
    }

    private(set) var bytes: [UInt8] = []
    private var levels: [Level] = []
    /// How deep the value that is being encoded begins.
    private var base = 0
    private let pretty: Bool

    init(pretty: Bool) {
        self.pretty = pretty
        bytes.reserveCapacity(512)
    }

    // MARK: Values

    /// Writes any value.
    func write<Value: Encodable>(_ value: Value) throws {
        if Value.self == String.self, let text = value as? String { return write(text) }
        if Value.self == Bool.self, let flag = value as? Bool { return write(flag) }
        if let number = value as? any BinaryInteger { return writeText(number.description) }
        if Value.self == Timestamp.self, let time = value as? Timestamp {
            bytes.append(UInt8(ascii: "\""))
            time.append(to: &bytes)
            bytes.append(UInt8(ascii: "\""))
            return
        }
        if Value.self == Double.self, let number = value as? Double { return try write(number) }
        if let number = value as? Float { return try write(Double(number)) }

        let start = bytes.count
        let depth = levels.count
        let outer = base
        base = depth
        defer { base = outer }
        if let dictionary = value as? any StringKeyed {
            try dictionary.writeMembers(to: self)
        } else {
            try value.encode(to: self)
        }
        close(to: depth)
        if bytes.count == start { writeText("{}") }
    }

    func write(_ flag: Bool) { writeText(flag ? "true" : "false") }

    func write(_ number: Double) throws {
        guard number.isFinite else {
            throw EncodingError.invalidValue(
                number, .init(codingPath: [], debugDescription: "JSON has no number for \(number)"))
        }
        if let integer = Int64(exactly: number) { writeText(String(integer)) } else { writeText(number.description) }
    }

    func writeNull() { writeText("null") }

    private func writeText(_ text: String) { bytes.append(contentsOf: text.utf8) }

    func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.allSatisfy(Self.isPlain) {
            bytes.append(contentsOf: text.utf8)
        } else {
            for scalar in text.unicodeScalars { writeEscaped(scalar) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// 0xE2 begins the two line separators that Go escapes.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != 0xE2
    }

    private func writeEscaped(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": writeText("\\\"")
        case "\\": writeText("\\\\")
        case "\n": writeText("\\n")
        case "\r": writeText("\\r")
        case "\t": writeText("\\t")
        case "\u{8}": writeText("\\b")
        case "\u{c}": writeText("\\f")
        case "\u{2028}": writeText("\\u2028")
        case "\u{2029}": writeText("\\u2029")
        case "\0"..<" ": writeText((scalar.value < 16 ? "\\u000" : "\\u00") + String(scalar.value, radix: 16))
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    // MARK: Objects and lists

    /// Opens an object or a list for the value that is being encoded; again, where it is open already.
    ///
    /// - Returns: how deep its members lie.
    func open(object: Bool) -> Int {
        if levels.count > base, levels[base].isObject == object {
            close(to: base + 1)
        } else {
            begin(object: object)
        }
        return base + 1
    }

    /// Opens an object or a list where a value is due.
    func begin(object: Bool) {
        bytes.append(UInt8(ascii: object ? "{" : "["))
        levels.append(Level(isObject: object))
    }

    /// Gets ready for a member's value.
    func member(_ name: String, at depth: Int) {
        element(at: depth)
        write(name)
        bytes.append(UInt8(ascii: ":"))
        if pretty { bytes.append(UInt8(ascii: " ")) }
    }

    /// Gets ready for an element.
    func element(at depth: Int) {
        close(to: depth)
        if levels[depth - 1].isEmpty {
            levels[depth - 1].isEmpty = false
        } else {
            bytes.append(UInt8(ascii: ","))
        }
        if pretty { breakLine() }
    }

    /// Hands out an encoder for a value that is due now.
    func encoderForNextValue() -> JSONWriter {
        base = levels.count
        return self
    }

    private func close(to depth: Int) {
        while levels.count > depth, let level = levels.popLast() {
            if pretty, !level.isEmpty { breakLine() }
            bytes.append(UInt8(ascii: level.isObject ? "}" : "]"))
        }
    }

    private func breakLine() {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * levels.count))
    }
}

extension JSONWriter: Encoder {
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(JSONMembersWriter<Key>(writer: self, depth: open(object: true)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        JSONElementsWriter(writer: self, depth: open(object: false))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        JSONSingleWriter(writer: self)
    }
}

/// Dictionaries, whose members are written in the order of their names.
private protocol StringKeyed {
    func writeMembers(to writer: JSONWriter) throws
}

extension Dictionary: StringKeyed where Key == String, Value: Encodable {
    func writeMembers(to writer: JSONWriter) throws {
        let depth = writer.open(object: true)
        for name in keys.sorted() {
            guard let value = self[name] else { continue }
            writer.member(name, at: depth)
            try writer.write(value)
        }
    }
}
