/// JSON as the daemon sent it: members in their order, numbers in their own words. For printing and for looking things
/// up in replies of any engine, whatever its version adds or leaves out.
public enum JSONTree: Hashable, Sendable {
    /// One member of an object.
    public struct Member: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: JSONTree

        /// Joins the two.
        public init(_ name: String, _ value: JSONTree) {
            self.name = name
            self.value = value
        }
    }

    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number, as it was written.
    case number(String)
    /// A string, escapes resolved.
    case string(String)
    /// An array.
    case array([JSONTree])
    /// An object.
    case object([Member])

    /// A member of an object; nil where there is none, or where this is no object.
    public subscript(name: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a string, nil for anything else.
    public var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The value of a number without a fraction, nil for anything else.
    public var integer: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }

    /// The value of a boolean, nil for anything else.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The elements of an array; none for anything else.
    public var elements: [JSONTree] { if case .array(let elements) = self { elements } else { [] } }

    /// The members of an object; none for anything else.
    public var members: [Member] { if case .object(let members) = self { members } else { [] } }

    /// The strings of an array of strings.
    public var strings: [String] { elements.compactMap(\.string) }

    /// Text of a member, empty where it is missing: Go's zero value.
    public func text(_ name: String) -> String { self[name]?.string ?? "" }

    /// Number of a member, zero where it is missing.
    public func number(_ name: String) -> Int64 { self[name]?.integer ?? 0 }

    /// Boolean of a member, false where it is missing.
    public func flag(_ name: String) -> Bool { self[name]?.bool ?? false }

    /// Object of strings to strings, sorted by name.
    public var pairs: [(String, String)] {
        members.map { ($0.name, $0.value.string ?? "") }.sorted { $0.0 < $1.0 }
    }

    /// The text without spaces, as Go writes it for Docker's `{{json .}}`: `<`, `>` and `&` stay as they are.
    public var compact: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .number(let text): bytes += text.utf8
        case .string(let text): JSONTree.quote(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONTree.quote(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func quote(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 8: bytes += "\\b".utf8
            case 9: bytes += "\\t".utf8
            case 10: bytes += "\\n".utf8
            case 12: bytes += "\\f".utf8
            case 13: bytes += "\\r".utf8
            case 0..<32:
                let digits = String(byte, radix: 16)
                bytes += ("\\u00" + (digits.utf8.count < 2 ? "0" : "") + digits).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
