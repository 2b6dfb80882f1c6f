/// The `filters` of a query: `{"label":["a=b"]}`, or as Docker's CLI sends them `{"label":{"a=b":true}}`.
public struct Filters: Hashable, Sendable {
    private var fields: [String: [String]]

    /// From names and values.
    public init(_ fields: [String: [String]] = [:]) {
        self.fields = fields
    }

    /// Reads the query's text; nothing and the empty text are no filter.
    ///
    /// - Throws: status 400, `invalid filter`.
    public init(query: String?) throws(APIError) {
        fields = [:]
        guard let query, !query.isEmpty else { return }
        guard let value = try? JSONText.decode(JSONValue.self, from: Array(query.utf8)) else {
            throw .badRequest("invalid filter")
        }
        if value == .null { return }
        guard case .object(let members) = value else { throw .badRequest("invalid filter") }
        for member in members { fields[member.name] = try Self.values(of: member.value) }
    }

    private static func values(of value: JSONValue) throws(APIError) -> [String] {
        switch value {
        case .null: return []
        case .array(let elements):
            var values: [String] = []
            for element in elements {
                guard case .string(let text) = element else { throw .badRequest("invalid filter") }
                values.append(text)
            }
            return values
        case .object(let members):
            var values: [String] = []
            for member in members {
                guard case .bool(let isOn) = member.value else { throw .badRequest("invalid filter") }
                if isOn { values.append(member.name) }
            }
            return values
        default: throw .badRequest("invalid filter")
        }
    }

    /// Whether there is no filter.
    public var isEmpty: Bool { fields.isEmpty }

    /// The filters' names, sorted.
    public var keys: [String] { fields.keys.sorted() }

    /// The values of one filter; any of them may hold. Empty where it was not asked for.
    public func values(_ key: String) -> [String] { fields[key] ?? [] }

    /// Whether a filter was asked for.
    public func contains(_ key: String) -> Bool { fields[key] != nil }

    /// Refuses filters that the operation does not have.
    ///
    /// - Throws: status 400, `invalid filter 'x'`.
    public func validate(allowed: Set<String>) throws(APIError) {
        for key in keys where !allowed.contains(key) { throw .badRequest("invalid filter '\(key)'") }
    }

    /// Whether the value is among those of the filter, or the filter was not asked for.
    public func matches(_ key: String, _ value: String) -> Bool {
        guard let values = fields[key], !values.isEmpty else { return true }
        return values.contains(value)
    }

    /// Whether any of several values of an object is among those of the filter, or the filter was not asked for.
    public func matchesAny(_ key: String, of candidates: some Sequence<String>) -> Bool {
        guard let values = fields[key], !values.isEmpty else { return true }
        return candidates.contains { values.contains($0) }
    }

    /// Whether an object's labels have every `name` or `name=value` of the filter.
    public func matchesLabels(_ labels: [String: String], key: String = "label") -> Bool {
        values(key).allSatisfy { wanted in
            guard let separator = wanted.firstIndex(of: "=") else { return labels[wanted] != nil }
            return labels[String(wanted[..<separator])] == String(wanted[wanted.index(after: separator)...])
        }
    }

    /// The filter's value as a switch: `1`, `true`, `0`, `false` and their like.
    ///
    /// - Throws: status 400, Docker's words.
    public func flag(_ key: String, default fallback: Bool) throws(APIError) -> Bool {
        let values = values(key)
        guard !values.isEmpty else { return fallback }
        let flags = Set(values.map { QueryFlag.strict($0) })
        guard flags.count == 1, let flag = flags.first ?? nil else {
            throw .badRequest("invalid filter '\(key)=[\(values.joined(separator: " "))]'")
        }
        return flag
    }
}
