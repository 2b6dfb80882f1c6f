import Synchronization
import SystemCalls

/// Downloads by digest: whoever wants a blob that is on its way shares the download. It goes on while anybody wants
/// it, and is broken off, its file removed, when the last one has gone.
final class SharedDownloads: Sendable {
    private struct Entry {
        let path: String
        var task: Task<Void, Never>?
        var users = 0
        var listeners: [Int: AsyncStream<Step>.Continuation] = [:]
        var last: Step?
    }

    /// What a listener is told.
    private enum Step: Sendable {
        case event(BlobEvent)
        case done
        case failed(any Error)

        var isLast: Bool {
            if case .event = self { false } else { true }
        }
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var next = 0
    }

    private let state = Mutex(State())
    private let gate: TransferGate

    init(gate: TransferGate) {
        self.gate = gate
    }

    /// Downloads a blob, or joins its download, and lends the file while `body` runs.
    ///
    /// - Parameters:
    ///   - makePath: a file's name for a download that begins.
    ///   - report: told how it goes.
    func download(
        _ descriptor: BlobDescriptor, from session: RegistrySession, makePath: () -> String,
        report: @Sendable (BlobEvent) -> Void
    ) async throws -> DownloadedBlob {
        // The size belongs to the name: a manifest that lies about it shares nothing with one that does not.
        let key = "\(descriptor.digest)/\(descriptor.size)"
        let (stream, continuation) = AsyncStream.makeStream(of: Step.self, bufferingPolicy: .bufferingNewest(8))
        let listener: Int
        let path: String
        (listener, path) = state.withLock { state in
            state.next += 1
            let number = state.next
            if state.entries[key] == nil {
                var entry = Entry(path: makePath())
                let path = entry.path
                entry.task = Task { [self] in await run(key, descriptor, session, path) }
                state.entries[key] = entry
            }
            state.entries[key]?.users += 1
            state.entries[key]?.listeners[number] = continuation
            if let last = state.entries[key]?.last {
                continuation.yield(last)
                if last.isLast { continuation.finish() }
            }
            return (number, state.entries[key]?.path ?? "")
        }
        do {
            for await step in stream {
                switch step {
                case .event(let event): report(event)
                case .done:
                    return DownloadedBlob(path: path) { [self] in leave(key, path, listener) }
                case .failed(let error): throw error
                }
            }
            throw CancellationError()
        } catch {
            leave(key, path, listener)
            throw error
        }
    }

    private func run(_ key: String, _ descriptor: BlobDescriptor, _ session: RegistrySession, _ path: String) async {
        var last = Step.done
        do {
            try await gate.pass(onWait: { tell(key, path, .event(.waiting)) }) {
                try await session.transport.using {
                    try await session.download(descriptor, to: path) { tell(key, path, .event($0)) }
                }
            }
        } catch {
            last = .failed(error)
        }
        tell(key, path, last)
    }

    private func tell(_ key: String, _ path: String, _ step: Step) {
        state.withLock { state in
            guard state.entries[key]?.path == path else { return }
            state.entries[key]?.last = step
            for listener in (state.entries[key]?.listeners ?? [:]).values {
                listener.yield(step)
                if step.isLast { listener.finish() }
            }
            // A failure is told to those who wait for it; who comes later tries anew.
            if case .failed = step { state.entries[key] = nil }
        }
        if case .failed = step { remove(path) }
    }

    private func leave(_ key: String, _ path: String, _ listener: Int) {
        let last = state.withLock { state -> Entry? in
            guard state.entries[key]?.path == path else { return nil }
            state.entries[key]?.listeners[listener] = nil
            state.entries[key]?.users -= 1
            guard let entry = state.entries[key], entry.users <= 0 else { return nil }
            state.entries[key] = nil
            return entry
        }
        guard let last else { return }
        last.task?.cancel()
        if last.last?.isLast == true {
            remove(path)
        } else {
            // The file goes once nobody writes to it any more.
            let task = last.task
            Task {
                await task?.value
                self.remove(path)
            }
        }
    }

    private func remove(_ path: String) {
        // There is none where the download failed before its first byte.
        try? FileSystem.removeFile(path)
    }

    /// How many downloads are held, for tests.
    var count: Int { state.withLock { $0.entries.count } }
}

/// A blob in a file, complete and checked. The file goes when the last user of the blob lets go of it.
public final class DownloadedBlob: Sendable {
    /// The file.
    public let path: String
    private let onRelease: @Sendable () -> Void

    init(path: String, onRelease: @escaping @Sendable () -> Void) {
        self.path = path
        self.onRelease = onRelease
    }

    deinit { onRelease() }
}
