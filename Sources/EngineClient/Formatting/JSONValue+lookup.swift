public import EngineAPI

/// Looking things up in replies of any engine, whatever its version adds or leaves out: what is missing has Go's zero
/// value.
extension JSONValue {
    /// Parses a reply.
    public init(parsing bytes: [UInt8]) throws(ClientError) {
        do {
            self = try JSONText.decode(JSONValue.self, from: bytes)
        } catch {
            throw ClientError(.transport, "the daemon sent no JSON: \(error.message)")
        }
    }

    /// The text of a string, nil for anything else.
    public var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The value of a whole number, nil for anything else.
    public var integer: Int64? { if case .int(let number) = self { number } else { nil } }

    /// The value of a boolean, nil for anything else.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The elements of an array; none for anything else.
    public var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }

    /// The members of an object; none for anything else.
    public var members: [Member] { if case .object(let members) = self { members } else { [] } }

    /// The strings of an array of strings.
    public var strings: [String] { elements.compactMap(\.string) }

    /// Text of a member, empty where it is missing.
    public func text(_ name: String) -> String { self[name]?.string ?? "" }

    /// Number of a member, zero where it is missing.
    public func number(_ name: String) -> Int64 { self[name]?.integer ?? 0 }

    /// Boolean of a member, false where it is missing.
    public func flag(_ name: String) -> Bool { self[name]?.bool ?? false }

    /// The members of an object of strings, sorted by name.
    public var pairs: [(name: String, text: String)] {
        members.map { ($0.name, $0.value.string ?? "") }.sorted { $0.0 < $1.0 }
    }

    /// The value as text without spaces, as Docker's `{{json .}}` prints it.
    public var compact: String {
        (try? JSONText.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
