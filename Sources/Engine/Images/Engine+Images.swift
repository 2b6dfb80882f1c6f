import CrashPoints
public import EngineAPI
import ImageStore
import Logging
import SystemCalls

extension Engine {
    /// The image that a client means by a name, an id or a prefix of one.
    func findImage(_ name: String) -> StoredImage? { images.find(name) }

    /// An image store's error in the API's words.
    func imageFailure(_ error: ImageError) -> APIError {
        switch error.kind {
        case .notFound: .notFound(error.message)
        case .invalid: .badRequest(error.message)
        case .conflict: .conflict(error.message)
        case .io: .internalFailure(error.message)
        }
    }

    /// Runs `body` and puts the image store's error into the API's words.
    func translate<Value>(_ body: () throws(ImageError) -> Value) throws(APIError) -> Value {
        do { return try body() } catch { throw imageFailure(error) }
    }

    func requireImage(_ name: String) throws(APIError) -> StoredImage {
        guard let image = findImage(name) else { throw .notFound("No such image: \(ImageReference.displayName(name))") }
        return image
    }

    /// How many containers each image has, by the image's id.
    private var useCounts: [String: Int] {
        containers.all.reduce(into: [:]) { $0[$1.record.imageID, default: 0] += 1 }
    }

    // MARK: Reading

    /// `GET /images/json`.
    public func imageList(all: Bool, filters: Filters) async throws -> [ImageSummary] {
        try filters.validate(allowed: ["before", "dangling", "label", "reference", "since", "until"])
        let images = images
        let stored = try await BlockingWork.run { images.list() }
        let uses = useCounts
        let filter = try ImageFilter(filters, images: images)
        return stored.filter(filter.matches).map { image in
            var summary = ImageSummary()
            summary.containers = uses[image.id] ?? 0
            summary.created = Timestamp(image.created)?.unixSeconds ?? 0
            summary.id = image.id
            summary.labels = image.config.labels
            summary.parentID = image.parent
            summary.repoDigests = image.repoDigests
            summary.repoTags = filter.tags(of: image)
            summary.sharedSize = -1
            summary.size = image.size
            return summary
        }.sorted { $0.created > $1.created }
    }

    /// `GET /images/{name}/json`.
    public func imageInspect(_ name: String) async throws -> ImageInspect {
        let image = try requireImage(name)
        var inspect = ImageInspect()
        inspect.id = image.id
        inspect.repoTags = image.repoTags
        inspect.repoDigests = image.repoDigests
        inspect.parent = image.parent
        inspect.comment = image.comment
        inspect.created = image.created
        inspect.dockerVersion = image.dockerVersion
        inspect.author = image.author
        inspect.architecture = image.architecture
        inspect.variant = image.variant
        inspect.os = image.os
        inspect.size = image.size
        inspect.graphDriver = GraphDriver(
            data: ["UpperDir": image.layerDirectories.first ?? ""].merging(
                image.layerDirectories.count > 1
                    ? ["LowerDir": image.layerDirectories.dropFirst().joined(separator: ":")] : [:]
            ) { $1 }, name: "overlay2")
        inspect.rootFS = ImageRootFS(type: "layers", layers: image.layers)
        inspect.metadata = ImageMetadata(lastTagTime: image.lastTagTime)
        inspect.config = ImageConfig(image.config)
        return inspect
    }

    /// `GET /images/{name}/history`.
    public func imageHistory(_ name: String) async throws -> [ImageHistoryItem] {
        let image = try requireImage(name)
        let images = images
        return try await translating { try await BlockingWork.run { try images.history(image.id) } }
    }

    // MARK: Changing

    /// `POST /images/{name}/tag`.
    public func imageTag(_ name: String, repository: String, tag: String) async throws {
        try await translating {
            let reference = try ImageReference(parsing: tag.isEmpty ? repository : "\(repository):\(tag)")
            let image = try requireImage(name)
            let images = images
            try await BlockingWork.run { try images.tag(image.id, as: reference) }
            publish("image", "tag", id: image.id, ["name": reference.familiarName])
        }
    }

    /// `DELETE /images/{name}`.
    public func imageRemove(_ name: String, force: Bool, prune: Bool) async throws -> [ImageDeleteItem] {
        let images = images
        let containers = containers
        return try await translating {
            let image = try requireImage(name).id
            let removed = try await BlockingWork.run {
                try images.remove(name, force: force) { id in
                    containers.all.map(\.record).filter { $0.imageID == id }
                        .map { ImageUser(container: $0.id, isRunning: $0.isRunning) }
                }
            }
            publishRemoval(removed, of: image)
            return removed
        }
    }

    /// Tells what went with a removal: names and the image, by its id.
    func publishRemoval(_ removed: [ImageDeleteItem], of image: String) {
        for item in removed {
            if item.untagged != nil { publish("image", "untag", id: image, ["name": image]) }
            // The others are layers.
            if item.deleted == image { publish("image", "delete", id: image, ["name": image]) }
        }
    }

    /// `POST /images/load`: received whole first, so that what is refused leaves nothing.
    public func imageLoad(_ body: @escaping ByteSource, quiet: Bool) async throws -> ProgressSource {
        let path = try await receive(body)
        let images = images
        return progress { [self] report in
            defer { discard(path) }
            let loaded = try await BlockingWork.run {
                try images.load(archive: path) { message in
                    if !quiet || message.stream != nil { report(message) }
                }
            }
            for image in loaded { publish("image", "load", id: image.id, ["name": image.id]) }
        }
    }

    /// `POST /images/create?fromSrc=-`.
    public func imageImport(
        _ body: @escaping ByteSource, repository: String, tag: String, message: String, changes: [String],
        platform: String?
    ) async throws -> ProgressSource {
        let reference = try translate { () throws(ImageError) in
            repository.isEmpty ? nil : try ImageReference(parsing: tag.isEmpty ? repository : "\(repository):\(tag)")
        }
        let path = try await receive(body)
        let images = images
        return progress { [self] report in
            defer { discard(path) }
            let id = try await BlockingWork.run {
                try images.importRoot(
                    archive: path, reference: reference, changes: changes, message: message, platform: platform)
            }
            if let reference { publish("image", "tag", id: id, ["name": reference.familiarName]) }
            publish("image", "import", id: id, ["name": id])
            report(ProgressMessage(status: id))
        }
    }

    /// `GET /images/get`.
    public func imageSave(_ names: [String]) async throws -> ByteSource {
        var saved: [String] = []
        for name in names {
            guard let image = findImage(name) else { throw APIError.notFound("No such image: \(name)") }
            if !saved.contains(image.id) { saved.append(image.id) }
        }
        for id in saved { publish("image", "save", id: id, ["name": id]) }
        let pipe = try FileDescriptor.pipe()
        return pipe.split { reading, writing in
            let source = SharedFileDescriptor(reading)
            let sink = SharedFileDescriptor(writing)
            let images = images
            let done = Promise<APIError?>()
            Task {
                do {
                    try await BlockingWork.run { [sink] in try images.save(names, to: sink.rawValue) }
                    done.fulfil(nil)
                } catch {
                    done.fulfil(self.engineError(error))
                }
            }
            return { [weak sink] in
                _ = sink
                let bytes = try await BlockingWork.run { try source.withDescriptor { try $0.read(upTo: 1 << 17) } }
                if !bytes.isEmpty { return bytes }
                if let failure = try await done.get() { throw failure }
                return nil
            }
        }
    }

    // MARK: Support

    /// Writes a body to a file of its own and returns its path.
    private func receive(_ body: ByteSource) async throws -> String {
        let path = paths.spool + "/upload-" + Identifier.make().prefix(16)
        do {
            let file = SharedFileDescriptor(try FileDescriptor.open(path, 0o1102, mode: 0o600))
            while let bytes = try await body() {
                try await BlockingWork.run { try file.withDescriptor { try $0.writeAll(bytes) } }
            }
            CrashPoint.imageReceived.reached()
            return path
        } catch {
            discard(path)
            throw engineError(error)
        }
    }

    private func discard(_ path: String) {
        do { try FileSystem.removeFile(path) } catch {
            logger.warning("an upload was left", metadata: ["path": "\(path)"])
        }
    }

    /// Runs work that reports as it goes, as something to pull from. An error comes after the last report. Where nobody
    /// pulls any more, the work is cancelled.
    func progress(
        _ work: @escaping @Sendable (_ report: @escaping @Sendable (ProgressMessage) -> Void) async throws -> Void
    ) -> ProgressSource {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ProgressMessage.self)
        let task = Task {
            do {
                try await work { continuation.yield($0) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: self.engineError(error))
            }
        }
        continuation.onTermination = { reason in
            if case .cancelled = reason { task.cancel() }
        }
        return { try await Self.first(of: stream) }
    }

    private static func first(of stream: AsyncThrowingStream<ProgressMessage, any Error>) async throws
        -> ProgressMessage?
    {
        for try await message in stream { return message }
        return nil
    }
}
