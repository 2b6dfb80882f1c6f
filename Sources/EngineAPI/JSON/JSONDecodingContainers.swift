/// An object's members. Names are matched exactly first, then without regard to case, as in Go.
struct JSONMembersContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let members: [JSONValue.Member]
    private let decoder: JSONValueDecoder
    /// Where each name is; only for objects with many members.
    private let index: [String: Int]?

    var codingPath: [any CodingKey] { decoder.codingPath }

    init(_ members: [JSONValue.Member], decoder: JSONValueDecoder) {
        self.members = members
        self.decoder = decoder
        guard members.count > 16 else {
            index = nil
            return
        }
        index = Dictionary(members.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
    }

    var allKeys: [Key] {
        // Go takes the last of equal names.
        var seen: Set<String> = []
        return members.reversed().filter { seen.insert($0.name).inserted }.reversed().compactMap {
            Key(stringValue: $0.name)
        }
    }

    private func find(_ key: some CodingKey) -> JSONValue? {
        let name = key.stringValue
        if let index {
            if let position = index[name] { return members[position].value }
        } else if let member = members.last(where: { $0.name == name }) {
            return member.value
        }
        return members.last { Self.equalWithoutCase($0.name, name) }?.value
    }

    private static func equalWithoutCase(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { $0 == $1 || isLetter($0) && $0 ^ $1 == 0x20 }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { find(key) ?? .null == .null }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try child(key, expected: type).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try child(key, expected: JSONValue.self).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try child(key, expected: [JSONValue].self).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try superDecoder(named: NameKey(stringValue: "super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder(named: key) }

    private func superDecoder(named key: some CodingKey) throws -> any Decoder {
        try child(key, expected: JSONValue.self)
    }

    private func child(_ key: some CodingKey, expected: any Any.Type) throws -> JSONValueDecoder {
        guard let value = find(key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "no such field"))
        }
        return JSONValueDecoder(value, expected: expected, path: codingPath + [key])
    }
}

/// A list's elements.
struct JSONElementsContainer: UnkeyedDecodingContainer {
    private let elements: [JSONValue]
    private let decoder: JSONValueDecoder
    private(set) var currentIndex = 0

    init(_ elements: [JSONValue], decoder: JSONValueDecoder) {
        self.elements = elements
        self.decoder = decoder
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try next(expected: type).decode(type)
    }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try next(expected: JSONValue.self).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next(expected: [JSONValue].self).unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try next(expected: JSONValue.self) }

    private mutating func next(expected: any Any.Type) throws -> JSONValueDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                expected, .init(codingPath: codingPath, debugDescription: "the list ends too early"))
        }
        defer { currentIndex += 1 }
        return JSONValueDecoder(elements[currentIndex], expected: expected, path: codingPath)
    }
}
