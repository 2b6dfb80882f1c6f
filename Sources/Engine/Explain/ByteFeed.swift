import Dispatch
import EngineAPI
import Synchronization

/// Bytes from a thread that may block to a task that may not; at most a mebibyte waits in it.
final class ByteFeed: Sendable {
    fileprivate struct State {
        var bytes: [UInt8] = []
        var reader: CheckedContinuation<Void, Never>?
        var isWriterWaiting = false
        var isFinished = false
        var isAbandoned = false
        var failure: APIError?
    }

    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: 0)
    private let onAbandon: @Sendable () -> Void
    private static let limit = 1 << 20

    /// - Parameter onAbandon: called when nobody reads any more; tells the writer's side to end.
    init(onAbandon: @escaping @Sendable () -> Void) { self.onAbandon = onAbandon }

    /// Hands bytes over; blocks the thread while too many wait. What nobody reads any more is thrown away.
    func write(_ bytes: [UInt8]) {
        while true {
            let (isTaken, reader) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
                if state.isAbandoned { return (true, nil) }
                if state.bytes.count >= Self.limit {
                    state.isWriterWaiting = true
                    return (false, nil)
                }
                state.bytes += bytes
                return (true, state.takeReader())
            }
            reader?.resume()
            if isTaken { return }
            room.wait()
        }
    }

    /// No more will come.
    func finish(_ failure: APIError?) {
        let reader = state.withLock { state in
            state.isFinished = true
            state.failure = failure
            return state.takeReader()
        }
        reader?.resume()
    }

    /// What has come; nil at the end. One task at a time. Where that is cancelled, the feed is abandoned.
    func next() async throws -> [UInt8]? {
        while true {
            let (bytes, isOver) = try take()
            if !bytes.isEmpty { return bytes }
            if isOver { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if !state.bytes.isEmpty || state.isFinished || state.isAbandoned { return true }
                        state.reader = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                abandon()
            }
        }
    }

    private func take() throws -> (bytes: [UInt8], isOver: Bool) {
        try state.withLock { state in
            if state.isAbandoned { throw CancellationError() }
            let bytes = state.bytes
            state.bytes = []
            if state.isWriterWaiting {
                state.isWriterWaiting = false
                room.signal()
            }
            if bytes.isEmpty, state.isFinished, let failure = state.failure { throw failure }
            return (bytes, state.isFinished)
        }
    }

    /// Nobody reads any more.
    func abandon() {
        let (isFirst, reader) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            if state.isAbandoned { return (false, nil) }
            state.isAbandoned = true
            state.bytes = []
            if state.isWriterWaiting {
                state.isWriterWaiting = false
                room.signal()
            }
            return (!state.isFinished, state.takeReader())
        }
        reader?.resume()
        if isFirst { onAbandon() }
    }
}

extension ByteFeed.State {
    fileprivate mutating func takeReader() -> CheckedContinuation<Void, Never>? {
        defer { reader = nil }
        return reader
    }
}

/// How many captures run at once.
final class CaptureCount: Sendable {
    static let limit = 8
    private let count = Mutex(0)

    /// Whether one more may begin.
    func begin() -> Bool {
        count.withLock { count in
            if count == Self.limit { return false }
            count += 1
            return true
        }
    }

    func end() { count.withLock { $0 -= 1 } }
}
