import ContainerNetworking
public import EngineAPI
import ImageStore
import SystemCalls

extension Engine {
    /// `GET /containers/json`.
    public func containerList(all: Bool, limit: Int?, size: Bool, filters: Filters) async throws -> [ContainerSummary] {
        var networks: Set<String> = []
        for wanted in filters.values("network") {
            if let name = await network.network(wanted)?.name { networks.insert(name) }
        }
        let filter = try ContainerFilter(filters, containers: containers, images: images, networks: networks)
        var summaries: [ContainerSummary] = []
        let showsAll = all || filter.namesStates || (limit ?? 0) > 0
        for container in containers.all {
            if let limit, limit > 0, summaries.count == limit { break }
            let record = container.record
            guard showsAll || record.isRunning || record.status == .restarting, filter.matches(record) else { continue }
            summaries.append(await summary(of: record, size: size))
        }
        return summaries
    }

    private func summary(of record: ContainerRecord, size: Bool) async -> ContainerSummary {
        var summary = ContainerSummary()
        summary.id = record.id
        summary.names = ["/" + record.name]
        summary.imageID = record.imageID
        // A tag that has moved on leaves the id.
        let image = images.find(record.config.image)
        summary.image = image?.id == record.imageID ? record.config.image : record.imageID
        summary.command = ([record.path] + record.arguments).map(Self.quoted).joined(separator: " ")
        summary.created = record.created.unixSeconds
        if size {
            let images = images
            let id = record.id
            let writable = (try? await BlockingWork.run { images.writableSize(container: id) }) ?? 0
            summary.sizeRw = writable == 0 ? nil : writable
            summary.sizeRootFs = writable + (images.find(record.imageID)?.size ?? 0)
        }
        summary.ports = PublishedPorts.summary(record)
        summary.labels = record.config.labels ?? [:]
        summary.state = record.status.rawValue
        summary.status = StatusText.make(record, now: .now)
        summary.hostConfig = ContainerSummaryHostConfig(networkMode: record.hostConfig.networkMode)
        summary.networkSettings = ContainerSummaryNetworks(networks: await endpointSettings(of: record))
        summary.mounts = record.mounts
        return summary
    }

    /// A word of a command line as Docker lists it.
    private static func quoted(_ word: String) -> String {
        word.contains(" ") ? "'" + word.replacing("'", with: "'\\''") + "'" : word
    }
}

/// `Up 5 seconds`, `Exited (0) 2 minutes ago`: the status that Docker lists.
enum StatusText {
    static func make(_ record: ContainerRecord, now: Timestamp) -> String {
        switch record.status {
        case .running: "Up \(duration(from: record.startedAt, to: now))\(health(record))"
        case .paused: "Up \(duration(from: record.startedAt, to: now)) (Paused)"
        case .restarting:
            "Restarting (\(record.exitCode)) \(duration(from: record.finishedAt, to: now)) ago"
        case .removing: "Removal In Progress"
        case .dead: "Dead"
        case .created: "Created"
        case .exited: "Exited (\(record.exitCode)) \(duration(from: record.finishedAt, to: now)) ago"
        }
    }

    /// ` (healthy)`, ` (unhealthy)` or ` (health: starting)` for a container with a check.
    private static func health(_ record: ContainerRecord) -> String {
        guard let status = record.health?.status else { return "" }
        return status == HealthCheck.Status.starting.rawValue ? " (health: starting)" : " (\(status))"
    }

    /// A length of time in the largest fitting unit, in Docker's words.
    static func duration(from start: Timestamp, to end: Timestamp) -> String {
        let seconds = max(0, end.nanosecondsSince(start) / 1_000_000_000)
        let minutes = seconds / 60
        let hours = (seconds + 1800) / 3600
        switch seconds {
        case 0: return "Less than a second"
        case 1: return "1 second"
        case ..<60: return "\(seconds) seconds"
        default: break
        }
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(hours / 24 / 365) years"
    }
}
