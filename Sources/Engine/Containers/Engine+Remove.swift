import ContainerNetworking
import CrashPoints
public import EngineAPI
import EngineStore
import ImageStore
import Logging
import SystemCalls

extension Engine {
    /// `DELETE /containers/{id}`.
    public func containerRemove(_ reference: String, force: Bool, volumes: Bool, link: Bool) async throws {
        if link { return try await removeLink(reference) }
        let container = try containers.resolve(reference)
        try await container.lifecycle.withLock {
            let record = container.record
            if record.isRunning || record.status == .restarting {
                guard force else {
                    let state = record.status.rawValue
                    let advice = record.status == .paused ? "unpause and then stop" : "stop"
                    throw APIError.conflict(
                        "cannot remove container \"\(reference)\": container is \(state): \(advice) the container before removing or force remove"
                    )
                }
                try await stopForRemoval(container, volumes: volumes)
            }
            // With --rm the end of the run removes it; whoever comes second finds it gone.
            guard containers.container(id: container.id) != nil else { return }
            try await removeStopped(container, volumes: volumes)
        }
    }

    /// Ends a container that is to be removed. On record first: an engine that ends in between goes on with it.
    private func stopForRemoval(_ container: Container, volumes: Bool) async throws {
        container.update { $0.removesVolumes = volumes }
        await saveOrLog(container)
        CrashPoint.removeByForceNoted.reached()
        do {
            try await stop(container, signal: SignalName.kill, timeout: 10)
        } catch {
            container.update { $0.removesVolumes = nil }
            await saveOrLog(container)
            throw error
        }
    }

    /// Removes a container that does not run: its root file system, its files, its record, its name.
    /// The caller holds its lifecycle.
    ///
    /// - Parameter volumes: whether the volumes go that were made for it without a name; nil means with `--rm`.
    func removeStopped(_ container: Container, volumes: Bool? = nil) async throws {
        guard containers.container(id: container.id) != nil else { return }
        container.schedule(nil)
        let former = container.record
        let removing = volumes ?? (former.hostConfig.autoRemove || former.removesVolumes == true)
        container.update {
            $0.status = .removing
            $0.removesVolumes = removing
        }
        // From here on it goes, whatever becomes of the engine. A full disk is no reason to keep it.
        await saveOrLog(container)
        CrashPoint.removeNoted.reached()
        let images = images
        let directory = paths.directory(of: container.id)
        try await translating {
            try await BlockingWork.run {
                try images.removeRoot(container: container.id)
                CrashPoint.removeRootGone.reached()
                try FileSystem.removeTree(directory)
                CrashPoint.removeFolderGone.reached()
            }
        }
        await network.release(containerID: container.id, on: nil)
        await releaseVolumes(of: container.record, removing: removing)
        CrashPoint.removeVolumesReleased.reached()
        let store = store
        try await BlockingWork.run {
            try container.forget { try store.remove(.container, id: container.id) }
        }
        CrashPoint.removeForgotten.reached()
        for pending in container.takePendingAttachments() { pending.resolve(nil) }
        forgetExecs(of: container)
        containers.remove(container)
        publish(.destroy, of: container)
        container.removed.fulfil(WaitResponse(statusCode: container.record.exitCode))
    }

    /// `POST /containers/prune`.
    public func containerPrune(filters: Filters) async throws -> (deleted: [String], reclaimed: Int64) {
        try filters.validate(allowed: ["label", "label!", "until"])
        var deleted: [String] = []
        var reclaimed: Int64 = 0
        let images = images
        for container in containers.all {
            let record = container.record
            guard !record.isRunning, record.status != .restarting, try prunable(record, filters) else { continue }
            let size = try await BlockingWork.run { images.writableSize(container: record.id) }
            do {
                try await container.lifecycle.withLock {
                    guard !container.record.isRunning else { return }
                    try await removeStopped(container, volumes: false)
                    deleted.append(record.id)
                    reclaimed += size
                }
            } catch {
                logger.warning("prune left a container", metadata: ["id": "\(record.id)", "error": "\(error)"])
            }
        }
        publish("container", "prune", id: "", ["reclaimed": "\(reclaimed)"])
        return (deleted, reclaimed)
    }

    private func prunable(_ record: ContainerRecord, _ filters: Filters) throws -> Bool {
        let labels = record.config.labels ?? [:]
        guard filters.matchesLabels(labels) else { return false }
        // `label!` spares who has any of these.
        for spared in filters.values("label!") {
            if Filters(["label": [spared]]).matchesLabels(labels) { return false }
        }
        guard let until = filters.values("until").first else { return true }
        guard let limit = Timestamp.parse(until, relativeTo: .now) else {
            throw APIError.badRequest("failed to parse value as time or duration: \"\(until)\"")
        }
        return record.created < limit
    }
}
