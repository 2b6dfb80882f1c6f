import ContainerNetworking
import EngineAPI
import ImageStore

/// The filters of `GET /containers/json`.
struct ContainerFilter {
    private let filters: Filters
    private let imageIDs: Set<String>?
    private let before: Timestamp?
    private let since: Timestamp?
    /// Names of the networks that the filter means by name or id.
    private let networks: Set<String>?
    private let isTask: Bool
    private let published: [PortFilter]
    private let exposed: [PortFilter]

    /// Checks the filters; one that does not exist, or a value that cannot be, is a 400.
    ///
    /// - Parameter networks: the names of the networks that `network` means.
    init(
        _ filters: Filters, containers: ContainerTable, images: ImageStore, networks: Set<String> = []
    ) throws(APIError) {
        try filters.validate(allowed: [
            "ancestor", "before", "exited", "expose", "health", "id", "isolation", "is-task", "label", "name",
            "network",
            "publish", "since", "status", "volume",
        ])
        self.filters = filters
        for status in filters.values("status") where ContainerStatus(rawValue: status) == nil {
            throw .badRequest(
                "invalid filter 'status=\(status)': invalid value for state (\(status)): must be one of created, running, paused, restarting, removing, exited, dead"
            )
        }
        for code in filters.values("exited") where Int(code) == nil {
            throw .badRequest(
                "invalid filter 'exited=\(code)': strconv.Atoi: parsing \"\(code)\": invalid syntax")
        }
        for health in filters.values("health") where health != "none" && HealthCheck.Status(rawValue: health) == nil {
            throw .badRequest(
                "invalid filter 'health=\(health)': invalid value for health (\(health)): must be one of none, starting, healthy, unhealthy"
            )
        }
        self.networks = filters.values("network").isEmpty ? nil : networks.union(filters.values("network"))
        published = try filters.values("publish").map { (text) throws(APIError) in try PortFilter(text, of: "publish") }
        exposed = try filters.values("expose").map { (text) throws(APIError) in try PortFilter(text, of: "expose") }
        isTask = try filters.flag("is-task", default: false)
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
    var namesStates: Bool { !filters.values("status").isEmpty }

    func matches(_ record: ContainerRecord) -> Bool {
        func any(_ key: String, _ test: (String) -> Bool) -> Bool {
            let wanted = filters.values(key)
            return wanted.isEmpty || wanted.contains(where: test)
        }
        return any("id") { record.id.hasPrefix($0) }
            && any("name") { Self.nameMatches(record.name, $0) }
            && any("status") { $0 == record.status.rawValue }
            && any("exited") { record.status == .exited && Int($0) == record.exitCode }
            && (networks.map { $0.contains { record.networks[$0] != nil } } ?? true)
            && any("volume") { wanted in
                record.mounts.contains { $0.destination == wanted || $0.source == wanted || $0.name == wanted }
            }
            && matchesPorts(record)
            && any("health") { $0 == record.health?.status ?? "none" }
            // No container here belongs to a swarm.
            && !isTask
            && imageIDs.map { $0.contains(record.imageID) } ?? true
            && before.map { record.created < $0 } ?? true
            && since.map { record.created > $0 } ?? true
            && filters.matchesLabels(record.config.labels ?? [:])
    }

    /// `publish` looks at ports of the host, `expose` at those inside; one that fits is enough.
    private func matchesPorts(_ record: ContainerRecord) -> Bool {
        if published.isEmpty, exposed.isEmpty { return true }
        var ports = PublishedPorts.summary(record)
        if !record.isRunning {
            ports = (record.config.exposedPorts ?? [:]).keys.compactMap { PortFilter.port($0) }
                .map { PortSummary(privatePort: $0.number, type: $0.transport) }
        }
        return ports.contains { port in
            published.contains { $0.matches(port.publicPort, port.type) }
                || exposed.contains { $0.matches(port.privatePort, port.type) }
        }
    }

    /// Docker takes the value as a regular expression that may match anywhere in `/name`; anchors and plain words are
    /// what clients send.
    private static func nameMatches(_ name: String, _ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern) else { return name.contains(pattern) }
        return name.contains(expression) || ("/" + name).contains(expression)
    }
}

/// `80`, `80/udp`, `8000-8080/tcp`: the value of the filters `publish` and `expose`.
struct PortFilter: Hashable {
    private var ports: ClosedRange<Int>
    private var transport: String

    /// - Throws: 400 for anything else.
    init(_ text: String, of filter: String) throws(APIError) {
        let parts = text.split(separator: "/", maxSplits: 1)
        let ends = (parts.first ?? "").split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        let transport = parts.count > 1 ? parts[1].lowercased() : "tcp"
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last,
            ["tcp", "udp", "sctp"].contains(transport)
        else {
            throw .badRequest(
                "error while looking up for \(filter) \(text): strconv.ParseUint: parsing \"\(text)\": invalid syntax")
        }
        ports = Int(first)...Int(last)
        self.transport = transport
    }

    func matches(_ port: Int?, _ transport: String) -> Bool {
        port.map { ports.contains($0) } == true && transport == self.transport
    }

    /// `80/tcp` as its parts.
    static func port(_ text: String) -> (number: Int, transport: String)? {
        let parts = text.split(separator: "/")
        guard let number = parts.first.flatMap({ Int($0) }) else { return nil }
        return (number, parts.count > 1 ? String(parts[1]) : "tcp")
    }
}
