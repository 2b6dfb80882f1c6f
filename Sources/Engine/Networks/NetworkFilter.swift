import ContainerNetworking
import EngineAPI

/// The filters of `GET /networks`.
struct NetworkFilter {
    private let filters: Filters
    private let dangling: Bool?

    /// Checks the filters.
    ///
    /// - Throws: 400 in Docker's words.
    init(_ filters: Filters) throws(APIError) {
        try filters.validate(allowed: ["dangling", "driver", "id", "label", "name", "scope", "type"])
        for type in filters.values("type") where !["custom", "builtin"].contains(type) {
            throw .badRequest("invalid filter: 'type'='\(type)'")
        }
        do throws(APIError) {
            dangling = filters.contains("dangling") ? try filters.flag("dangling", default: false) : nil
        } catch {
            throw .badRequest(
                "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")")
        }
        self.filters = filters
    }

    /// Whether a network is wanted.
    ///
    /// - Parameter isUsed: whether a container is on it.
    func matches(_ record: NetworkRecord, isUsed: Bool) -> Bool {
        func any(_ key: String, _ test: (String) -> Bool) -> Bool {
            let wanted = filters.values(key)
            return wanted.isEmpty || wanted.contains(where: test)
        }
        if let dangling, dangling != (!record.isBuiltIn && !isUsed) { return false }
        return any("driver") { $0 == record.driver }
            && any("id") { record.id.hasPrefix($0) }
            && any("name") { record.name.contains($0) }
            && any("scope") { $0 == "local" }
            && any("type") { $0 == (record.isBuiltIn ? "builtin" : "custom") }
            && filters.matchesLabels(record.labels)
    }
}

extension NetworkRecord {
    /// Whether every engine has it.
    var isBuiltIn: Bool { Self.builtIn.contains(name) }
    /// Names that stand for themselves.
    static let builtIn: Set<String> = ["bridge", "host", "none"]
    /// Whether containers have names on it: not on the predefined ones.
    var isUserDefined: Bool { !isBuiltIn && name != "default" }
}
