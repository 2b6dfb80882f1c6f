import ContainerNetworking
import EngineAPI
import IPAddressing
import Logging

extension Engine {
    /// Starts containers that are down and whose restart policies want them up: those that others lean on first, the rest
    /// side by side. Each has the addresses again that it had.
    func startByPolicy(except running: Set<String>) async {
        let due = containers.all.filter { container in
            let record = container.record
            let policy = record.hostConfig.restartPolicy
            return !running.contains(container.id) && record.startedAt != .zero
                && (record.isRestarting == true
                    || RestartDecision.startsWithDaemon(
                        policy: policy.name, maximumRetries: policy.maximumRetryCount, exitCode: record.exitCode,
                        stoppedByUser: record.stoppedByUser, restarts: record.restartCount))
        }
        for container in due { await holdAddresses(of: container.record) }
        let needs = Dictionary(due.map { ($0.id, predecessors(of: $0.record)) }) { first, _ in first }
        var starts: [String: Task<Void, Never>] = [:]
        for id in StartOrder.sorted(needs) {
            guard let container = containers.container(id: id) else { continue }
            let before = (needs[id] ?? []).compactMap { starts[$0] }
            starts[id] = Task {
                for start in before { await start.value }
                await startAgain(container)
            }
        }
    }

    /// Containers that have to run before this one can: those whose network or other namespaces it shares, and those
    /// that it links to.
    private func predecessors(of record: ContainerRecord) -> Set<String> {
        var needs = Set((record.links ?? [:]).values)
        let host = record.hostConfig
        for joined in [host.joinedContainer, host.pidContainer, host.ipcContainer] {
            if let joined, let target = try? containers.resolve(joined) { needs.insert(target.id) }
        }
        return needs
    }

    private func startAgain(_ container: Container) async {
        do {
            try await container.lifecycle.withLock {
                guard !container.record.isRunning else { return }
                try await start(container)
            }
        } catch {
            logger.error("a container did not start again", metadata: ["id": "\(container.id)", "error": "\(error)"])
        }
        await letGoOfAddresses(of: container.record)
    }

    // MARK: Addresses from before

    /// Sets aside the addresses that a container had when it ended with the host or the engine, so that none that starts
    /// beside it gets them. Addresses that the user asked for are set aside anyway.
    private func holdAddresses(of record: ContainerRecord) async {
        for (networkID, texts) in record.keptAddresses ?? [:] {
            guard let found = await network.network(networkID),
                record.networks[found.name]?.requestedAddresses.isEmpty == true
            else { continue }
            do throws(NetworkError) {
                try await network.reserve(texts.compactMap { IPAddress($0) }, on: networkID, for: record.id)
            } catch {
                logger.info(
                    "a container gets another address than before",
                    metadata: ["container": "\(record.name)", "why": "\(error.message)"])
            }
        }
    }

    /// They are set aside no longer; those that the container has taken, it keeps while it runs.
    private func letGoOfAddresses(of record: ContainerRecord) async {
        for (name, settings) in record.networks where settings.requestedAddresses.isEmpty {
            guard let found = await network.network(name) else { continue }
            await network.release(containerID: record.id, on: found.id)
        }
    }
}
