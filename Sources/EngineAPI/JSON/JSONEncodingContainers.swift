/// Writes an object's members.
struct JSONMembersWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: JSONWriter
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) throws {
        writer.output.member(key.stringValue, at: depth)
        writer.output.writeNull()
    }

    mutating func encode(_ value: String, forKey key: Key) throws {
        writer.output.member(key.stringValue, at: depth)
        writer.output.write(value)
    }

    mutating func encode(_ value: Int, forKey key: Key) throws {
        writer.output.member(key.stringValue, at: depth)
        writer.output.write(Int64(value))
    }

    mutating func encode(_ value: Int64, forKey key: Key) throws {
        writer.output.member(key.stringValue, at: depth)
        writer.output.write(value)
    }

    mutating func encode(_ value: Bool, forKey key: Key) throws {
        writer.output.member(key.stringValue, at: depth)
        writer.output.write(value)
    }

    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        writer.output.member(key.stringValue, at: depth)
        try writer.write(value)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        writer.output.member(key.stringValue, at: depth)
        writer.output.begin(object: true)
        return KeyedEncodingContainer(JSONMembersWriter<Nested>(writer: writer, depth: depth + 1))
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        writer.output.member(key.stringValue, at: depth)
        writer.output.begin(object: false)
        return JSONElementsWriter(writer: writer, depth: depth + 1)
    }

    mutating func superEncoder() -> any Encoder {
        writer.output.member("super", at: depth)
        return writer.encoderForNextValue()
    }

    mutating func superEncoder(forKey key: Key) -> any Encoder {
        writer.output.member(key.stringValue, at: depth)
        return writer.encoderForNextValue()
    }
}

/// Writes a list's elements.
struct JSONElementsWriter: UnkeyedEncodingContainer {
    let writer: JSONWriter
    let depth: Int
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(writer: JSONWriter, depth: Int) {
        self.writer = writer
        self.depth = depth
    }

    private mutating func begin() {
        writer.output.element(at: depth)
        count += 1
    }

    mutating func encodeNil() throws {
        begin()
        writer.output.writeNull()
    }

    mutating func encode(_ value: String) throws {
        begin()
        writer.output.write(value)
    }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        begin()
        try writer.write(value)
    }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        begin()
        writer.output.begin(object: true)
        return KeyedEncodingContainer(JSONMembersWriter<Key>(writer: writer, depth: depth + 1))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        begin()
        writer.output.begin(object: false)
        return JSONElementsWriter(writer: writer, depth: depth + 1)
    }

    mutating func superEncoder() -> any Encoder {
        begin()
        return writer.encoderForNextValue()
    }
}

/// Writes one value.
struct JSONSingleWriter: SingleValueEncodingContainer {
    let writer: JSONWriter
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() throws { writer.output.writeNull() }

    mutating func encode<Value: Encodable>(_ value: Value) throws { try writer.write(value) }
}
