/// A terminal's size in characters, height and width: always two numbers, 0 where a client leaves them out.
@propertyWrapper
public struct TerminalSize: Codable, Hashable, Sendable {
    /// Height and width.
    public var wrappedValue: [Int] {
        didSet { wrappedValue = Self.two(wrappedValue) }
    }

    /// Wraps the numbers; more than two are dropped, as in Go.
    public init(wrappedValue: [Int]) {
        self.wrappedValue = Self.two(wrappedValue)
    }

    /// Reads a list.
    public init(from decoder: any Decoder) throws {
        self.init(wrappedValue: try [Int](from: decoder))
    }

    /// Writes a list of two.
    public func encode(to encoder: any Encoder) throws {
        try wrappedValue.encode(to: encoder)
    }

    private static func two(_ numbers: [Int]) -> [Int] {
        Array((numbers + [0, 0]).prefix(2))
    }
}

extension KeyedDecodingContainer {
    func decode(_ type: TerminalSize.Type, forKey key: Key) throws -> TerminalSize {
        try decodeIfPresent(TerminalSize.self, forKey: key) ?? TerminalSize(wrappedValue: [0, 0])
    }
}
