import ContainerNetworking
import EngineAPI
import ImageStore

/// The filters of `GET /containers/json`.
struct ContainerFilter {
    private let filters: Filters
    private let imageIDs: Set<String>?
    private let before: Timestamp?
    private let since: Timestamp?

    /// Checks the filters; one that does not exist, or a value that cannot be, is a 400.
    init(_ filters: Filters, containers: ContainerTable, images: ImageStore) throws(APIError) {
        try filters.validate(allowed: [
            "ancestor", "before", "exited", "expose", "health", "id", "isolation", "is-task", "label", "name",
            "network",
            "publish", "since", "status", "volume",
        ])
        self.filters = filters
        for status in filters.values("status") where ContainerStatus(rawValue: status) == nil {
            throw .badRequest("invalid filter 'status=\(status)'")
        }
        for code in filters.values("exited") where Int(code) == nil {
            throw .badRequest("invalid filter 'exited=\(code)'")
        }
        func time(_ key: String) throws(APIError) -> Timestamp? {
            guard let reference = filters.values(key).first else { return nil }
            return try containers.resolve(reference).record.created
        }
        before = try time("before")
        since = try time("since")
        let ancestors = filters.values("ancestor")
        imageIDs = ancestors.isEmpty ? nil : Set(ancestors.compactMap { images.find($0)?.id })
    }

    /// Whether the filters ask for containers that do not run.
    var namesStates: Bool { !filters.values("status").isEmpty || !filters.values("exited").isEmpty }

    func matches(_ record: ContainerRecord) -> Bool {
        func any(_ key: String, _ test: (String) -> Bool) -> Bool {
            let wanted = filters.values(key)
            return wanted.isEmpty || wanted.contains(where: test)
        }
        return any("id") { record.id.hasPrefix($0) || record.id.contains($0) }
            && any("name") { Self.nameMatches(record.name, $0) }
            && any("status") { $0 == record.status.rawValue }
            && any("exited") { record.status == .exited && Int($0) == record.exitCode }
            && any("network") { wanted in
                record.networks[wanted] != nil || record.endpoints.contains { $0.networkID.hasPrefix(wanted) }
            }
            && any("volume") { wanted in record.mounts.contains { $0.destination == wanted || $0.source == wanted } }
            && any("expose") { wanted in
                (record.config.exposedPorts ?? [:]).keys.contains { $0 == wanted || $0 == wanted + "/tcp" }
            }
            && any("publish") { wanted in
                (record.hostConfig.portBindings ?? [:]).keys.contains { $0 == wanted || $0 == wanted + "/tcp" }
            }
            && any("health") { $0 == "none" }
            && any("is-task") { ["false", "0"].contains($0) }
            && imageIDs.map { $0.contains(record.imageID) } ?? true
            && before.map { record.created < $0 } ?? true
            && since.map { record.created > $0 } ?? true
            && filters.matchesLabels(record.config.labels ?? [:])
    }

    /// Docker takes the value as a regular expression that may match anywhere in `/name`; anchors and plain words are
    /// what clients send.
    private static func nameMatches(_ name: String, _ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern) else { return name.contains(pattern) }
        return name.contains(expression) || ("/" + name).contains(expression)
    }
}
