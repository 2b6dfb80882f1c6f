/// Appends JSON text while values are encoded; nothing is kept in between.
///
/// What is open is a stack. A container knows how deep it lies: before it writes, it closes whatever was opened
/// inside it.
final class JSONWriter {
    var output: JSONOutput
    /// How deep the value that is being encoded begins.
    private var base = 0
    private var kinds: [ObjectIdentifier: Kind] = [:]

    init(pretty: Bool) {
        output = JSONOutput(pretty: pretty)
    }

    /// Writes any value. Types are told apart by comparing metatypes, which is far cheaper than a cast.
    func write<Value: Encodable>(_ value: Value) throws {
        if Value.self == String.self, let text = value as? String { return output.write(text) }
        if Value.self == Int.self, let number = value as? Int { return output.write(Int64(number)) }
        if Value.self == Int64.self, let number = value as? Int64 { return output.write(number) }
        if Value.self == Bool.self, let flag = value as? Bool { return output.write(flag) }
        if Value.self == Timestamp.self, let time = value as? Timestamp { return output.write(time) }
        let kind = Kind.of(Value.self, in: &kinds)
        if kind == .integer, let number = value as? any BinaryInteger { return output.writeText(number.description) }
        if kind == .fraction { return try write(fraction: (value as? Double) ?? Double((value as? Float) ?? 0)) }

        let start = output.bytes.count
        let outer = base
        base = output.depth
        defer { base = outer }
        if kind == .dictionary, let dictionary = value as? any StringKeyed {
            try dictionary.writeMembers(to: self)
        } else {
            try value.encode(to: self)
        }
        output.close(to: base)
        if output.bytes.count == start { output.writeText("{}") }
    }

    private func write(fraction number: Double) throws {
        guard number.isFinite else {
            throw EncodingError.invalidValue(
                number, .init(codingPath: [], debugDescription: "JSON has no number for \(number)"))
        }
        if let integer = Int64(exactly: number) { output.write(integer) } else { output.writeText(number.description) }
    }

    /// How a type is written.
    private enum Kind {
        case integer, fraction, dictionary, other

        /// What a type is; found out once for every type that a document has.
        static func of(_ type: any Any.Type, in known: inout [ObjectIdentifier: Kind]) -> Kind {
            if let kind = known[ObjectIdentifier(type)] { return kind }
            let kind: Kind =
                switch type {
                case is any BinaryInteger.Type: .integer
                case is Double.Type, is Float.Type: .fraction
                case is any StringKeyed.Type: .dictionary
                default: .other
                }
            known[ObjectIdentifier(type)] = kind
            return kind
        }
    }

    /// Opens an object or a list for the value that is being encoded; again, where it is open already.
    ///
    /// - Returns: how deep its members lie.
    func open(object: Bool) -> Int {
        output.open(object: object, at: base)
        return base + 1
    }

    /// Hands out an encoder for a value that is due now.
    func encoderForNextValue() -> JSONWriter {
        base = output.depth
        return self
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
            writer.output.member(name, at: depth)
            try writer.write(value)
        }
    }
}
