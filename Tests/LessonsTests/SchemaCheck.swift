import EngineAPI
import EngineClient
import SystemCalls

/// Holds JSON against the files in docs/schema: the part of JSON Schema that they use, and no field that they do not name.
struct SchemaCheck {
    private let root: JSONValue

    /// - Parameter name: `map` for docs/schema/map.schema.json.
    init(_ name: String) throws {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try FileSystem.readText("/\(folder)/docs/schema/\(name).schema.json")
        root = try JSONValue(parsing: Array(text.utf8))
    }

    /// What does not fit, each with its place; empty where all does.
    func problems(_ bytes: [UInt8]) throws -> [String] { check(try JSONValue(parsing: bytes), root, "$") }

    private func check(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        if let name = schema["$ref"]?.string {
            let target = root["$defs"]?[String(name.dropFirst("#/$defs/".count))]
            return target.map { check(value, $0, place) } ?? ["\(place): no definition \(name)"]
        }
        if let choices = schema["anyOf"]?.elements {
            let found = choices.map { check(value, $0, place) }
            return found.contains([]) ? [] : found.first ?? []
        }
        let kinds = schema["type"].map { $0.string.map { [$0] } ?? $0.strings } ?? []
        guard kinds.contains(where: { Self.isKind(value, $0) }) else {
            return ["\(place): \(value.compact.prefix(60)) is no \(kinds.joined(separator: " or "))"]
        }
        if let allowed = schema["enum"]?.strings, let text = value.string, !allowed.contains(text) {
            return ["\(place): \(text) is not among \(allowed)"]
        }
        switch value {
        case .object(let members):
            let fields = schema["properties"]
            let missing = (schema["required"]?.strings ?? []).filter { value[$0] == nil }
            return missing.map { "\(place): \($0) is missing" }
                + members.flatMap { member in
                    fields?[member.name].map { check(member.value, $0, "\(place).\(member.name)") }
                        ?? ["\(place).\(member.name) is not documented"]
                }
        case .array(let elements):
            guard let item = schema["items"] else { return ["\(place): items are not documented"] }
            return elements.enumerated().flatMap { check($1, item, "\(place)[\($0)]") }
        default: return []
        }
    }

    private static func isKind(_ value: JSONValue, _ kind: String) -> Bool {
        switch value {
        case .null: kind == "null"
        case .bool: kind == "boolean"
        case .int: kind == "integer" || kind == "number"
        case .double: kind == "number"
        case .string: kind == "string"
        case .array: kind == "array"
        case .object: kind == "object"
        }
    }
}
