import ContainerRuntime
public import EngineAPI
import ImageStore
import SystemCalls

extension Engine {
    /// `POST /commit`.
    public func commit(_ request: CommitRequest) async throws -> String {
        let container = try containers.resolve(request.container)
        let images = images
        return try await translating {
            let reference = try reference(request)
            var config = request.config ?? container.record.config
            try ImageStore.apply(changes: request.changes, to: &config)
            config = ImageDefaults.merge(config, image: container.record.config)
            // What is the container's own, and no image's.
            config.hostname = ""
            config.domainname = ""
            config.macAddress = nil
            let input = CommitInput(
                container: container.id, config: config,
                createdBy: (container.record.config.cmd ?? []).joined(separator: " "), author: request.author,
                comment: request.comment, reference: reference)
            let id = try await container.lifecycle.withLock {
                let pauses = request.pauses && container.record.status == .running
                if pauses {
                    try await runtime.pause(container.id)
                    publish(.pause, of: container)
                }
                do {
                    let id = try await BlockingWork.run { try images.commit(input) }
                    if pauses { try await unpauseAfterCommit(container) }
                    return id
                } catch {
                    if pauses { try? await unpauseAfterCommit(container) }
                    throw error
                }
            }
            publish("image", "create", id: id, ["name": id])
            if let reference { publish("image", "tag", id: id, ["name": reference.familiarName]) }
            publish(
                .commit, of: container,
                ["comment": request.comment, "imageID": id, "imageRef": reference?.familiarName ?? ""])
            return id
        }
    }

    private func reference(_ request: CommitRequest) throws(ImageError) -> ImageReference? {
        if request.repository.isEmpty { return nil }
        return try ImageReference(
            parsing: request.tag.isEmpty ? request.repository : "\(request.repository):\(request.tag)")
    }

    private func unpauseAfterCommit(_ container: Container) async throws {
        try await runtime.unpause(container.id)
        publish(.unpause, of: container)
    }

    /// `GET /system/df`.
    public func diskUsage(_ kinds: Set<DiskUsageKind>) async throws -> DiskUsage {
        var usage = DiskUsage()
        let images = images
        if kinds.contains(.image) {
            let layers = try await BlockingWork.run { images.layerUsage() }
            usage.layersSize = layers.total
            usage.images = try await imageList(all: true, filters: Filters()).map { summary in
                var summary = summary
                summary.sharedSize = layers.shared[summary.id] ?? 0
                return summary
            }
        }
        if kinds.contains(.container) {
            usage.containers = try await containerList(all: true, limit: nil, size: true, filters: Filters())
        }
        if kinds.contains(.volume) {
            var found: [VolumeInspect] = []
            for record in volumes.all {
                var volume = inspect(record)
                volume.usageData = VolumeUsage(
                    refCount: Int64(volumes.owners(of: record.name).count), size: try await volumeSize(record))
                found.append(volume)
            }
            usage.volumes = found
        }
        if kinds.contains(.buildCache) { usage.buildCache = [] }
        return usage
    }
}
