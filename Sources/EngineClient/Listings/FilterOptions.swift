import EngineAPI

/// `--filter name=value`, any number of times.
public enum FilterOptions {
    /// The option.
    public static func flag(_ help: String = "Filter output based on conditions provided") -> Flag {
        Flag(
            "filter", "f",
            .values("filter") { text throws(ValueError) in
                if !text.isEmpty, !text.contains("=") {
                    throw ValueError("bad format of filter (expected name=value)")
                }
            }, help)
    }

    /// The filters as the API takes them, `{"name":{"value":true}}`, or nil where there are none.
    public static func query(_ options: ParsedArguments, adding more: [(String, String)] = []) -> String? {
        var filters: [(name: String, values: [JSONValue.Member])] = []
        let given = options.list("filter").filter { !$0.isEmpty }.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (parts[0].trimmingSpaces.lowercased(), (parts.count > 1 ? parts[1] : "").trimmingSpaces)
        }
        for (name, value) in given + more {
            let member = JSONValue.Member(value, .bool(true))
            if let index = filters.firstIndex(where: { $0.name == name }) {
                filters[index].values.append(member)
            } else {
                filters.append((name, [member]))
            }
        }
        if filters.isEmpty { return nil }
        return JSONValue.object(filters.map { JSONValue.Member($0.name, .object($0.values)) }).compact
    }
}
