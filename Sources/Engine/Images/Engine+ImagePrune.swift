public import EngineAPI
import ImageStore
import Logging
import SystemCalls

extension Engine {
    /// `POST /images/prune`: images without a tag, or with `dangling=false` all, that no container was made of.
    public func imagePrune(filters: Filters) async throws -> ImagePruneResponse {
        try filters.validate(allowed: ["dangling", "label", "label!", "until"])
        let isOnlyDangling = try Self.isOnlyDangling(filters)
        var limit: Timestamp?
        if let until = filters.values("until").first {
            limit = Timestamp.parse(until, relativeTo: .now)
            if limit == nil { throw APIError.badRequest("failed to parse value as time or duration: \"\(until)\"") }
        }
        let images = images
        let containers = containers
        let before = images.layerBytes
        var response = ImagePruneResponse()
        for image in images.list() {
            if isOnlyDangling, !image.repoTags.isEmpty { continue }
            guard filters.matchesLabels(image.config.labels ?? [:]) else { continue }
            if let limit, Timestamp(image.created) ?? .zero > limit { continue }
            guard !containers.all.contains(where: { $0.record.imageID == image.id }) else { continue }
            do {
                let removed = try await BlockingWork.run {
                    try images.remove(image.id, force: true) { id in
                        // A container that was made meanwhile keeps its image, whether or not it runs.
                        containers.all.filter { $0.record.imageID == id }.map {
                            ImageUser(container: $0.id, isRunning: true)
                        }
                    }
                }
                publishRemoval(removed, of: image.id)
                response.imagesDeleted = (response.imagesDeleted ?? []) + removed
            } catch {
                logger.warning("prune left an image", metadata: ["id": "\(image.id)", "error": "\(error)"])
            }
        }
        response.spaceReclaimed = max(0, before - images.layerBytes)
        publish("image", "prune", id: "", ["reclaimed": "\(response.spaceReclaimed)"])
        return response
    }

    private static func isOnlyDangling(_ filters: Filters) throws(APIError) -> Bool {
        guard let value = filters.values("dangling").first else { return true }
        switch value.lowercased() {
        case "1", "t", "true": return true
        case "0", "f", "false": return false
        default: throw .badRequest("invalid filter 'dangling=[\(value)]'")
        }
    }
}
