import ContainerRuntime
public import EngineAPI
import ImageStore
import Synchronization
import SystemCalls

extension Engine {
    /// `HEAD /containers/{id}/archive`.
    public func archiveStatus(_ reference: String, path: String) async throws -> PathStatus {
        let container = try containers.resolve(reference)
        return try await fileErrors(reference, path) {
            try await lookInto(container) { view in try view.status(path) }
        }
    }

    /// `GET /containers/{id}/archive`.
    public func archiveGet(
        _ reference: String, path: String
    ) async throws -> (status: PathStatus, archive: ByteSource) {
        let container = try containers.resolve(reference)
        let opened = Promise<Result<PathStatus, APIError>>()
        let archive = try outgoing { [self] sink in
            do {
                try await fileErrors(reference, path) {
                    try await lookInto(container) { view in
                        opened.fulfil(.success(try view.status(path)))
                        try view.pack(path) { bytes throws(SystemCallError) in try sink.write(bytes) }
                    }
                }
            } catch {
                let failure = engineError(error)
                opened.fulfil(.failure(failure))
                throw failure
            }
        }
        let status = try await opened.get().get()
        publish(.archivePath, of: container)
        return (status, archive)
    }

    /// `PUT /containers/{id}/archive`.
    public func archivePut(
        _ reference: String, path: String, keepsKinds: Bool, ownedByUser: Bool, body: @escaping ByteSource
    ) async throws {
        let container = try containers.resolve(reference)
        let record = container.record
        let (source, sink) = try PipeEnd.make()
        async let received: Void = receive(body, into: sink)
        do {
            try await fileErrors(reference, path) {
                try await lookInto(container) { view in
                    defer { source.close() }
                    var options = ExtractOptions()
                    options.keepsKinds = keepsKinds
                    if ownedByUser, !record.config.user.isEmpty {
                        let user = try ContainerUser.resolve(
                            record.config.user, passwd: view.text("/etc/passwd") ?? "",
                            group: view.text("/etc/group") ?? "")
                        options.owner = (user.uid, user.gid)
                    }
                    guard let input = source.descriptor else { return }
                    try view.unpack(
                        into: path, from: input, options: options, rootIsReadOnly: record.hostConfig.readonlyRootfs)
                }
            }
        } catch {
            source.close()
            _ = try? await received
            throw error
        }
        try await received
        publish(.extractToDir, of: container)
    }

    /// `GET /containers/{id}/export`.
    public func containerExport(_ reference: String) async throws -> ByteSource {
        let container = try containers.resolve(reference)
        publish(.export, of: container)
        return try outgoing { [self] sink in
            try await lookInto(container, volumes: false) { view in
                try view.packRoot { bytes throws(SystemCallError) in try sink.write(bytes) }
            }
        }
    }

    /// `GET /containers/{id}/changes`.
    public func containerChanges(_ reference: String) async throws -> [FilesystemChange] {
        let container = try containers.resolve(reference)
        let images = images
        return try await translating {
            try await BlockingWork.run { try images.changes(container: container.id) }
        }
    }

    // MARK: Support

    /// Runs `body` on a container's files. One that does not run cannot be started or removed meanwhile.
    private func lookInto<Value: Sendable>(
        _ container: Container, volumes withVolumes: Bool = true,
        _ body: @escaping @Sendable (ContainerView) throws -> Value
    ) async throws -> Value {
        if container.record.isRunning { return try await view(of: container, withVolumes, body) }
        return try await container.lifecycle.withLock { try await view(of: container, withVolumes, body) }
    }

    private func view<Value: Sendable>(
        of container: Container, _ withVolumes: Bool, _ body: @escaping @Sendable (ContainerView) throws -> Value
    ) async throws -> Value {
        let record = container.record
        let images = images
        guard let root = images.root(container: record.id) else {
            throw APIError.notFound("No such container: \(record.id)")
        }
        let user = "view-" + Identifier.make()
        let points = withVolumes ? record.mounts.filter { $0.type != "tmpfs" } : []
        var used: [String] = []
        // While the container runs they are mounted.
        let imageNumbers =
            record.isRunning || !withVolumes ? [] : record.mounts.indices.filter { record.mounts[$0].type == "image" }
        func release() async {
            for number in imageNumbers { await unmountImage(number: number, of: record) }
            let used = used
            if used.isEmpty { return }
            await volumes.changes.withLock { for name in used { endUse(user, of: name) } }
        }
        do {
            for number in imageNumbers { try await mountImage(number: number, of: record) }
            for point in points {
                guard point.type == "volume", let volume = volumes[point.name ?? ""] else { continue }
                try await volumes.changes.withLock { try await begin(use: user, of: volume) }
                used.append(volume.name)
            }
            let mounts =
                points.map { point in
                    ViewMount(
                        source: point.source, destination: point.destination, readOnly: !point.rw,
                        subpath: record.mountDetails?[point.destination]?.subpath)
                }.sorted { $0.destination.utf8.count < $1.destination.utf8.count }
                + (withVolumes ? nameFiles(of: record) : [])
            let isRunning = record.isRunning
            let value = try await BlockingWork.run {
                try body(try ContainerView.open(root, isMounted: isRunning, mounts: mounts))
            }
            await release()
            return value
        } catch {
            await release()
            throw error
        }
    }

    /// `/etc/hosts` and its like, as the container has them.
    private func nameFiles(of record: ContainerRecord) -> [ViewMount] {
        let asked = Set(record.mounts.map(\.destination))
        return [
            (record.hostsPath(in: paths), "/etc/hosts"), (record.hostnamePath(in: paths), "/etc/hostname"),
            (record.resolvConfPath(in: paths), "/etc/resolv.conf"),
        ].filter { !asked.contains($0.1) && record.startedAt != .zero }
            .map { ViewMount(source: $0.0, destination: $0.1, readOnly: false) }
    }

    /// Puts what goes wrong with a path into Docker's words.
    private func fileErrors<Value>(
        _ reference: String, _ path: String, _ body: () async throws -> Value
    ) async throws(APIError) -> Value {
        do {
            return try await body()
        } catch let error as ImageError {
            switch error.kind {
            case .notFound: throw .notFound("Could not find the file \(path) in container \(reference)")
            case .conflict: throw .forbidden(error.message)
            default: throw imageFailure(error)
            }
        } catch {
            throw engineError(error)
        }
    }

    /// Runs what writes a body, as something to pull from. Where the client goes away, its next write fails.
    private func outgoing(_ work: @escaping @Sendable (PipeEnd) async throws -> Void) throws -> ByteSource {
        let (source, sink) = try PipeEnd.make()
        let done = Promise<APIError?>()
        Task {
            do {
                try await work(sink)
                done.fulfil(nil)
            } catch {
                done.fulfil(self.engineError(error))
            }
            sink.close()
        }
        return {
            let bytes = try await BlockingWork.run { try source.read() }
            if !bytes.isEmpty { return bytes }
            if let failure = try await done.get() { throw failure }
            return nil
        }
    }

    /// Hands a body on. Where nobody reads any more, the rest is not wanted.
    private func receive(_ body: @escaping ByteSource, into sink: PipeEnd) async throws {
        defer { sink.close() }
        while let bytes = try await body() {
            do {
                try await BlockingWork.run { try sink.write(bytes) }
            } catch {
                return
            }
        }
    }
}

/// One end of a pipe that can be closed before its last owner lets go.
private final class PipeEnd: Sendable {
    private let state: Mutex<SharedFileDescriptor?>

    private init(_ descriptor: SharedFileDescriptor) {
        state = Mutex(descriptor)
    }

    static func make() throws(SystemCallError) -> (source: PipeEnd, sink: PipeEnd) {
        try FileDescriptor.pipe().split { reading, writing in
            (PipeEnd(SharedFileDescriptor(reading)), PipeEnd(SharedFileDescriptor(writing)))
        }
    }

    /// The descriptor, or nil once closed.
    var descriptor: SharedFileDescriptor? { state.withLock { $0 } }

    /// Lets go; the descriptor is closed when the call that uses it returns.
    func close() {
        state.withLock { $0 = nil }
    }

    func write(_ bytes: [UInt8]) throws(SystemCallError) {
        guard let descriptor else { return }
        try descriptor.withDescriptor { (descriptor) throws(SystemCallError) in try descriptor.writeAll(bytes) }
    }

    /// An empty result is the end.
    func read() throws(SystemCallError) -> [UInt8] {
        guard let descriptor else { return [] }
        return try descriptor.withDescriptor { (descriptor) throws(SystemCallError) in
            try descriptor.read(upTo: 1 << 17)
        }
    }
}
