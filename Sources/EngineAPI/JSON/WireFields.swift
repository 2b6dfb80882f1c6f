/// A type with a value that stands for a field left out: what Go calls its zero value.
public protocol ZeroValue {
    /// The value of a field that is missing or null.
    static var zeroValue: Self { get }
}

/// A field that is always written, and takes its zero value where a client leaves it out or sends null.
@propertyWrapper
public struct Lenient<Value: ZeroValue & Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    /// The field's value.
    public var wrappedValue: Value

    /// Wraps a value.
    public init(wrappedValue: Value) {
        self.wrappedValue = wrappedValue
    }

    /// Reads the value, or its zero value from null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? Value.zeroValue : try container.decode(Value.self)
    }

    /// Writes the value as it is.
    public func encode(to encoder: any Encoder) throws {
        try wrappedValue.encode(to: encoder)
    }
}

/// A field whose nil is written as `null`, where a plain optional is left out. Reads null and nothing as nil.
@propertyWrapper
public struct Nullable<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    /// The field's value; nil is null.
    public var wrappedValue: Value?

    /// Wraps a value.
    public init(wrappedValue: Value?) {
        self.wrappedValue = wrappedValue
    }

    /// Reads the value or null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    /// Writes the value or null.
    public func encode(to encoder: any Encoder) throws {
        if let wrappedValue {
            try wrappedValue.encode(to: encoder)
        } else {
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        }
    }
}

/// A command and its arguments: a list, or one string, which is a list of one. Nil is written as `null`.
@propertyWrapper
public struct CommandWords: Codable, Hashable, Sendable {
    /// The words; nil is null.
    public var wrappedValue: [String]?

    /// Wraps the words.
    public init(wrappedValue: [String]?) {
        self.wrappedValue = wrappedValue
    }

    /// Reads a list, a string or null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            wrappedValue = nil
        } else if let word = try? container.decode(String.self) {
            wrappedValue = [word]
        } else {
            wrappedValue = try container.decode([String].self)
        }
    }

    /// Writes a list or null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

// The compiler's synthesized code picks these in place of the general methods: a missing key is not an error, and a
// string or number is written without a detour.
extension KeyedDecodingContainer {
    func decode<Value>(_ type: Lenient<Value>.Type, forKey key: Key) throws -> Lenient<Value> {
        Lenient(wrappedValue: try decodeIfPresent(Value.self, forKey: key) ?? Value.zeroValue)
    }

    func decode<Value>(_ type: Nullable<Value>.Type, forKey key: Key) throws -> Nullable<Value> {
        Nullable(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
    }

    func decode(_ type: CommandWords.Type, forKey key: Key) throws -> CommandWords {
        try decodeIfPresent(CommandWords.self, forKey: key) ?? CommandWords(wrappedValue: nil)
    }
}

extension KeyedEncodingContainer {
    mutating func encode(_ field: Lenient<String>, forKey key: Key) throws {
        try encode(field.wrappedValue, forKey: key)
    }

    mutating func encode(_ field: Lenient<Bool>, forKey key: Key) throws {
        try encode(field.wrappedValue, forKey: key)
    }

    mutating func encode(_ field: Lenient<Int>, forKey key: Key) throws {
        try encode(field.wrappedValue, forKey: key)
    }

    mutating func encode(_ field: Lenient<Int64>, forKey key: Key) throws {
        try encode(field.wrappedValue, forKey: key)
    }

    mutating func encode<Value>(_ field: Lenient<Value>, forKey key: Key) throws {
        try encode(field.wrappedValue, forKey: key)
    }

    mutating func encode<Value>(_ field: Nullable<Value>, forKey key: Key) throws {
        if let value = field.wrappedValue { try encode(value, forKey: key) } else { try encodeNil(forKey: key) }
    }
}
