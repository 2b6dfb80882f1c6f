import ContainerRuntime
public import EngineAPI
import Synchronization
import SystemCalls

extension Engine {
    /// `GET /containers/{id}/stats`: pulls one reading after another; nil when the container is gone, or after the one
    /// that was asked for.
    public func containerStats(
        _ reference: String, stream: Bool, oneShot: Bool
    ) async throws -> @Sendable () async throws -> ContainerStats? {
        let container = try containers.resolve(reference)
        let record = container.record
        if !stream, !record.isRunning {
            return Self.once { ContainerStats(name: "/" + record.name, id: record.id) }
        }
        if oneShot {
            return Self.once { try await BlockingWork.run { self.reading(of: container) } }
        }
        let readings = statistics.readings(of: container.id) { [weak self, weak container] in
            guard let self, let container, self.containers.container(id: container.id) != nil else { return nil }
            return self.reading(of: container)
        }
        let feed = StatisticsFeed(readings, skipsFirst: !stream)
        return { await feed.next(endsAfterOne: !stream) }
    }

    private static func once(
        _ body: @escaping @Sendable () async throws -> ContainerStats
    ) -> @Sendable () async throws -> ContainerStats? {
        let taken = Mutex(false)
        return {
            let isFirst = taken.withLock { taken in
                defer { taken = true }
                return !taken
            }
            guard isFirst else { return nil }
            return try await body()
        }
    }

    /// What a container uses now; all zero, but for its name, where it does not run. Blocks.
    private func reading(of container: Container) -> ContainerStats {
        let record = container.record
        var stats = ContainerStats(name: "/" + record.name, id: record.id)
        guard record.isRunning,
            let groups = runtime.cgroupReading(record.id, pid: record.pid, hostMemory: HostFacts.memoryTotal)
        else { return stats }
        let processors = HostReading.processors()
        stats.read = .now
        stats.pidsStats = groups.pids
        stats.blkioStats = groups.blocks
        stats.memoryStats = groups.memory
        stats.cpuStats = groups.cpu
        stats.cpuStats.systemCPUUsage = processors.time
        stats.cpuStats.onlineCPUs = processors.count
        if !record.endpoints.isEmpty || record.joined != nil {
            let traffic = HostReading.traffic(pid: record.pid)
            stats.networks = traffic.isEmpty ? nil : traffic
        }
        return stats
    }
}

/// Gives each reading the processor time of the one before: clients make percentages of the two.
private actor StatisticsFeed {
    private let readings: AsyncStream<ContainerStats>
    private var before: ContainerStats?
    private var skipsFirst: Bool
    private var hasEnded = false

    init(_ stream: AsyncStream<ContainerStats>, skipsFirst: Bool) {
        readings = stream
        self.skipsFirst = skipsFirst
    }

    func next(endsAfterOne: Bool) async -> ContainerStats? {
        while !hasEnded, var stats = await Self.first(of: readings) {
            let before = before
            self.before = stats
            if let before {
                stats.precpuStats = before.cpuStats
                stats.preread = before.read
            }
            if skipsFirst {
                skipsFirst = false
                continue
            }
            hasEnded = endsAfterOne
            return stats
        }
        return nil
    }

    private static func first(of stream: AsyncStream<ContainerStats>) async -> ContainerStats? {
        for await stats in stream { return stats }
        return nil
    }
}
