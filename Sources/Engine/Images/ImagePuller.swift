import CrashPoints
import EngineAPI
import ImageStore
import Logging
import RegistryClient
import SystemCalls

/// Brings an image from its registry into the store.
struct ImagePuller: Sendable {
    let images: ImageStore
    let registry: RegistryClient
    let credentials: RegistryCredentials
    /// What was asked for; nil is what this machine runs.
    let platform: Platform?
    let report: @Sendable (ProgressMessage) -> Void

    /// What a pull came to.
    struct Outcome: Sendable {
        /// The name, with its tag or digest.
        let reference: ImageReference
        /// Whether the image was not there before.
        let isNew: Bool
    }

    /// Pulls what a reference names: a tag, a digest, or, where it has neither, all tags of its repository.
    func pull(_ reference: ImageReference) async throws -> [Outcome] {
        let outcomes = try await registry.session(
            host: reference.domain, repository: reference.path, purpose: .pull, credentials: credentials
        ) { session in
            if reference.tag != nil || reference.digest != nil { return [try await pull(reference, session)] }
            var outcomes: [Outcome] = []
            for tag in try await session.tags() {
                guard let tagged = try? ImageReference(parsing: reference.repository + ":" + tag) else { continue }
                outcomes.append(try await pull(tagged, session))
            }
            return outcomes
        }
        let isNew = outcomes.contains(where: \.isNew)
        report(
            ProgressMessage(
                status: "Status: "
                    + (isNew ? "Downloaded newer image for " : "Image is up to date for ") + reference.familiar))
        return outcomes
    }

    private func pull(_ reference: ImageReference, _ session: RegistrySession) async throws -> Outcome {
        let top = try await session.manifest(reference.digest ?? reference.tag ?? "latest")
        report(
            ProgressMessage(
                status: "Pulling from \(reference.path)", id: reference.digest ?? reference.tag ?? "latest"))
        let manifest = try await image(top, session, depth: 0)
        let names = [reference.digest == nil ? reference : nil, reference.with(digest: top.digest)].compactMap { $0 }
        let isNew: Bool
        if let known = images.find(manifest.config.digest) {
            try checkPlatform(
                Platform(architecture: known.architecture, os: known.os, variant: known.variant), reference)
            isNew = images.image(named: names[0])?.id != known.id
            if names.contains(where: { images.image(named: $0)?.id != known.id }) {
                let images = images
                try await BlockingWork.run { for name in names { try images.tag(known.id, as: name) } }
            }
        } else {
            try await bring(manifest, names, reference, session)
            isNew = true
        }
        report(ProgressMessage(status: "Digest: \(top.digest)"))
        return Outcome(reference: reference, isNew: isNew)
    }

    /// The image's manifest behind a manifest or an index.
    private func image(
        _ fetched: FetchedManifest, _ session: RegistrySession, depth: Int
    ) async throws -> ImageManifest {
        switch fetched.document {
        case .image(let manifest): return manifest
        case .index(let manifests):
            guard depth < 3 else { throw RegistryError(.damaged, "the registry's indexes are nested too deeply") }
            let machine = platform ?? .current
            let chosen = try manifests.choose(
                for: RegistryPlatform(
                    architecture: machine.architecture, os: machine.os, variant: machine.variant))
            let next = try await session.manifest(chosen.digest)
            guard Int64(next.bytes.count) == chosen.size else {
                throw RegistryError(
                    .damaged, "the manifest \(chosen.digest) has \(next.bytes.count) bytes, not \(chosen.size)")
            }
            return try await image(next, session, depth: depth + 1)
        }
    }

    private func checkPlatform(_ found: Platform, _ reference: ImageReference) throws(APIError) {
        guard let platform else { return }
        let wanted = RegistryPlatform(
            architecture: platform.architecture, os: platform.os, variant: platform.variant)
        let own = RegistryPlatform(architecture: found.architecture, os: found.os, variant: found.variant)
        if !wanted.runs(own) {
            throw .notFound(
                "image with reference \(reference.familiar) was found but does not match the specified platform: "
                    + "wanted \(platform), actual: \(found)")
        }
    }

    /// Downloads and unpacks an image that the store does not have.
    private func bring(
        _ manifest: ImageManifest, _ names: [ImageReference], _ reference: ImageReference,
        _ session: RegistrySession
    ) async throws {
        let config = try await session.document(manifest.config)
        let images = images
        let pull = try await BlockingWork.run { try images.beginPull(config: config) }
        do {
            try checkPlatform(pull.platform, reference)
            guard pull.layers.count == manifest.layers.count else {
                throw RegistryError(
                    .damaged,
                    "invalid manifest, layers length mismatch: expected \(pull.layers.count), got \(manifest.layers.count)"
                )
            }
            try await bring(manifest.layers, pull, session)
            try Task.checkCancellation()
            try await BlockingWork.run { try pull.commit(as: names) }
        } catch {
            await end(pull)
            throw error
        }
        await end(pull)
        let noted = zip(pull.layers, manifest.layers).filter { MediaType.isGzipLayer($0.1.mediaType) }.map {
            (diffID: $0.0, digest: $0.1.digest, size: $0.1.size)
        }
        try await BlockingWork.run { images.origins.note(noted, in: reference.repository) }
    }

    private func end(_ pull: ImagePull) async {
        // It cannot throw: what cannot be removed is swept at the next start.
        try? await BlockingWork.run { pull.end() }
    }

    /// Downloads side by side, unpacks in order.
    private func bring(_ layers: [BlobDescriptor], _ pull: ImagePull, _ session: RegistrySession) async throws {
        for (index, layer) in layers.enumerated() {
            tell(index < pull.presentLayers ? "Already exists" : "Pulling fs layer", layer)
        }
        try await withThrowingTaskGroup(of: (Int, DownloadedBlob).self) { group in
            for index in pull.presentLayers..<layers.count {
                let layer = layers[index]
                group.addTask { (index, try await download(layer, session)) }
            }
            var arrived: [Int: DownloadedBlob] = [:]
            var next = pull.presentLayers
            while let (index, blob) = try await group.next() {
                arrived[index] = blob
                while let blob = arrived.removeValue(forKey: next) {
                    try await extract(layers[next], blob, pull)
                    next += 1
                }
            }
        }
    }

    private func download(_ layer: BlobDescriptor, _ session: RegistrySession) async throws -> DownloadedBlob {
        let meter = ProgressMeter("Downloading", layer.digest, total: layer.size, report)
        let images = images
        let blob = try await registry.download(
            layer, from: session, makePath: { images.scratchFile("blob") }
        ) { event in
            switch event {
            case .waiting: tell("Waiting", layer)
            case .received(let count): meter.move(to: count)
            case .retrying(let seconds): tell("Retrying in \(seconds) second\(seconds == 1 ? "" : "s")", layer)
            case .verifying: tell("Verifying Checksum", layer)
            }
        }
        CrashPoint.imageBlobFetched.reached()
        tell("Download complete", layer)
        return blob
    }

    private func extract(_ layer: BlobDescriptor, _ blob: DownloadedBlob, _ pull: ImagePull) async throws {
        let meter = ProgressMeter("Extracting", layer.digest, total: layer.size, report)
        try await withTaskCancellationHandler {
            try await BlockingWork.run { try pull.extract(from: blob.path) { meter.move(to: $0) } }
        } onCancel: {
            pull.cancel()
        }
        tell("Pull complete", layer)
    }

    private func tell(_ status: String, _ layer: BlobDescriptor) {
        report(ProgressMessage(status: status, progressDetail: ProgressDetail(), id: BlobDigest.short(layer.digest)))
    }
}
