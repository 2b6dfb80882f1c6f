import EngineAPI
import ImageStore
import RegistryClient
import Synchronization
import SystemCalls

/// Sends images to their registry.
struct ImagePusher: Sendable {
    let images: ImageStore
    let registry: RegistryClient
    let credentials: RegistryCredentials
    let report: @Sendable (ProgressMessage) -> Void

    /// Pushes a tag, or, where the reference has none, all tags of its repository.
    ///
    /// - Returns: the names that were pushed.
    func push(_ reference: ImageReference) async throws -> [ImageReference] {
        report(ProgressMessage(status: "The push refers to repository [\(reference.repository)]"))
        let tags = reference.tag == nil ? images.tags(of: reference) : [reference]
        guard !tags.isEmpty else {
            throw APIError.notFound(
                "An image does not exist locally with the tag: \(reference.familiarRepository)")
        }
        var found: [(ImageReference, String)] = []
        for tag in tags {
            guard let image = images.image(named: tag) else {
                let isKnown = !images.tags(of: reference).isEmpty
                throw APIError.notFound(
                    isKnown
                        ? "tag does not exist: \(tag.familiarName)"
                        : "An image does not exist locally with the tag: \(reference.familiarRepository)")
            }
            found.append((tag, image.id))
        }
        let all = found
        try await registry.session(
            host: reference.domain, repository: reference.path, purpose: .push, credentials: credentials
        ) { session in
            for (tag, id) in all { try await push(id, tag, session) }
        }
        return tags
    }

    private func push(_ id: String, _ reference: ImageReference, _ session: RegistrySession) async throws {
        let images = images
        let push = try await BlockingWork.run { try images.beginPush(id) }
        do {
            try await send(push, reference, session)
        } catch {
            await end(push)
            throw error
        }
        await end(push)
    }

    private func end(_ push: ImagePush) async {
        // It cannot throw: what cannot be removed is swept at the next start.
        try? await BlockingWork.run { push.end() }
    }

    private func send(_ push: ImagePush, _ reference: ImageReference, _ session: RegistrySession) async throws {
        // The uppermost first, as Docker lists them; the same layer twice is sent once.
        var distinct: [PushLayer] = []
        for layer in push.layers.reversed() where !distinct.contains(where: { $0.diffID == layer.diffID }) {
            distinct.append(layer)
        }
        for layer in distinct { tell("Preparing", layer) }
        var sent: [String: BlobDescriptor] = [:]
        try await withThrowingTaskGroup(of: (String, BlobDescriptor).self) { group in
            for layer in distinct {
                group.addTask {
                    try await registry.upload(onWait: { tell("Waiting", layer) }) {
                        (layer.diffID, try await send(layer, of: push, reference, session))
                    }
                }
            }
            while let (diffID, descriptor) = try await group.next() { sent[diffID] = descriptor }
        }
        let config = BlobDescriptor(
            mediaType: MediaType.dockerConfig, digest: push.id, size: Int64(push.config.count))
        if try await !session.has(config.digest) { try await session.upload(push.config, digest: config.digest) }
        let manifest = ImageManifest(config: config, layers: push.layers.compactMap { sent[$0.diffID] }).dockerJSON
        let tag = reference.tag ?? "latest"
        let digest = try await session.putManifest(manifest, type: MediaType.dockerManifest, tag: tag)
        let noted = sent.map { (diffID: $0.key, digest: $0.value.digest, size: $0.value.size) }
        let images = images
        try await BlockingWork.run {
            images.origins.note(noted, in: reference.repository)
            try images.tag(push.id, as: reference.with(digest: digest))
        }
        report(ProgressMessage(status: "\(tag): digest: \(digest) size: \(manifest.count)"))
        report(
            ProgressMessage(
                progressDetail: ProgressDetail(),
                aux: .object([
                    .init("Tag", .string(tag)), .init("Digest", .string(digest)),
                    .init("Size", .int(Int64(manifest.count))),
                ])))
    }

    /// Sees to it that the repository has a layer: it may have it already, another repository of the registry may
    /// have it, or it is sent.
    private func send(
        _ layer: PushLayer, of push: ImagePush, _ reference: ImageReference, _ session: RegistrySession
    ) async throws -> BlobDescriptor {
        let images = images
        let forms = try await BlockingWork.run {
            images.origins.forms(of: layer.diffID, in: reference.repository).prefix(3)
        }
        func descriptor(_ digest: String, _ size: Int64) -> BlobDescriptor {
            BlobDescriptor(mediaType: MediaType.dockerLayer, digest: digest, size: size)
        }
        for form in forms where try await session.has(form.digest) {
            tell("Layer already exists", layer)
            return descriptor(form.digest, form.size)
        }
        var begun: UploadLocation?
        search: for form in forms {
            let prefix = reference.domain + "/"
            for source in form.repositories.prefix(3) where source.hasPrefix(prefix) && source != reference.repository {
                let path = String(source.dropFirst(prefix.count))
                // Where it may not be read, it is sent.
                guard let result = try? await session.mount(form.digest, from: path) else { continue }
                switch result {
                case .mounted:
                    tell("Mounted from \(path)", layer)
                    return descriptor(form.digest, form.size)
                case .refused(let location):
                    begun = location
                    break search
                }
            }
        }
        try Task.checkCancellation()
        let isCancelled = CancelFlag()
        let packed = try await withTaskCancellationHandler {
            try await BlockingWork.run { try push.compress(layer) { isCancelled.isSet } }
        } onCancel: {
            isCancelled.set()
        }
        do {
            try await send(packed, layer, begun, session)
            await remove(packed.path)
        } catch {
            await remove(packed.path)
            throw error
        }
        return descriptor(packed.digest, packed.size)
    }

    private func send(
        _ packed: (path: String, digest: String, size: Int64), _ layer: PushLayer, _ begun: UploadLocation?,
        _ session: RegistrySession
    ) async throws {
        if try await session.has(packed.digest) {
            tell("Layer already exists", layer)
            return
        }
        let meter = ProgressMeter("Pushing", layer.diffID, total: packed.size, report)
        try await session.upload(packed.path, digest: packed.digest, size: packed.size, begun: begun) {
            meter.move(to: $0)
        }
        tell("Pushed", layer)
    }

    private func remove(_ path: String) async {
        // What stays goes at the next start.
        try? await BlockingWork.run { try FileSystem.removeFile(path) }
    }

    private func tell(_ status: String, _ layer: PushLayer) {
        report(
            ProgressMessage(status: status, progressDetail: ProgressDetail(), id: BlobDigest.short(layer.diffID)))
    }
}

/// A flag that a cancelled task sets for work on another thread.
final class CancelFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
