/// Decodes types from a parsed value, and refuses in the words of Go's `encoding/json`.
struct JSONValueDecoder: Decoder {
    let value: JSONValue
    /// The type that is being read, for the words of a refusal.
    let expected: any Any.Type
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ value: JSONValue, expected: any Any.Type, path: [any CodingKey] = []) {
        self.value = value
        self.expected = expected
        codingPath = path
    }

    /// The value as a scalar of that type, or as whatever the type makes of it.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let scalar = try scalar(type) { return scalar }
        return try Value(from: self)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch value {
        case .object(let members): KeyedDecodingContainer(JSONMembersContainer(members, decoder: self))
        // In Go, null leaves a struct as it is.
        case .null: KeyedDecodingContainer(JSONMembersContainer([], decoder: self))
        default: throw mismatch()
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch() }
        return JSONElementsContainer(elements, decoder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// Go's words for a value of the wrong kind.
    func mismatch() -> DecodingError {
        let fields = codingPath.filter { $0.intValue == nil }.map { "." + $0.stringValue }.joined()
        let place = fields.isEmpty ? "Go value" : "Go struct field \(fields)"
        var kind = value.kind
        // Go names the number where its kind is right and its size or fraction is not.
        if expected is any BinaryInteger.Type {
            switch value {
            case .int(let number): kind = "number \(number)"
            case .double(let number): kind = "number \(number)"
            default: break
            }
        }
        let words = "json: cannot unmarshal \(kind) into \(place) of type \(GoTypeName.of(expected))"
        return .typeMismatch(expected, DecodingError.Context(codingPath: codingPath, debugDescription: words))
    }

    private func scalar<Value>(_ type: Value.Type) throws -> Value? {
        if type == String.self {
            guard case .string(let text) = value else { throw mismatch() }
            return text as? Value
        }
        if type == Bool.self {
            guard case .bool(let flag) = value else { throw mismatch() }
            return flag as? Value
        }
        if type == JSONValue.self { return value as? Value }
        if let integer = type as? any FixedWidthInteger.Type {
            guard let number = self.integer(integer) as? Value else { throw mismatch() }
            return number
        }
        if type == Double.self || type == Float.self {
            let number: Double
            switch value {
            case .int(let integer): number = Double(integer)
            case .double(let double): number = double
            default: throw mismatch()
            }
            return type == Double.self ? number as? Value : Float(number) as? Value
        }
        return nil
    }

    private func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        switch value {
        case .int(let number): Number(exactly: number)
        // Beyond Int64 only; a fraction is refused.
        case .double(let number) where number.magnitude >= 0x1p63: Number(exactly: number)
        default: nil
        }
    }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == .null }
}

/// What Go calls a type, for the words of refusals.
enum GoTypeName {
    static func of(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "string"
        case is Bool.Type: "bool"
        case is Int.Type: "int"
        case is Double.Type: "float64"
        case is any GoNamed.Type: (type as? any GoNamed.Type)?.goName ?? "\(type)"
        default:
            "\(type)".lowercased().hasPrefix("int") || "\(type)".hasPrefix("UInt")
                ? "\(type)".lowercased() : "\(type)"
        }
    }
}

private protocol GoNamed {
    static var goName: String { get }
}

extension Array: GoNamed {
    static var goName: String { "[]\(GoTypeName.of(Element.self))" }
}

extension Dictionary: GoNamed {
    static var goName: String { "map[\(GoTypeName.of(Key.self))]\(GoTypeName.of(Value.self))" }
}

extension Optional: GoNamed {
    static var goName: String { GoTypeName.of(Wrapped.self) }
}

extension CommandWords: GoNamed {
    static var goName: String { "[]string" }
}
