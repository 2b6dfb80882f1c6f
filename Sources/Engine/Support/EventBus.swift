import EngineAPI
import Synchronization

/// What happens in the engine, told to whoever listens: `GET /events`.
///
/// The last events are kept for `--since`. A listener that does not keep up loses the oldest of its events rather than
/// hold up the engine or fill its memory.
final class EventBus: Sendable {
    /// How many past events are kept, and how many wait for a slow listener.
    static let kept = 256
    static let waiting = 4096

    private struct State {
        var recent: [EventMessage] = []
        var listeners: [UInt64: AsyncStream<EventMessage>.Continuation] = [:]
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// How many listen.
    var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// Tells everybody.
    func publish(_ event: EventMessage) {
        let listeners = state.withLock { state in
            state.recent.append(event)
            if state.recent.count > Self.kept { state.recent.removeFirst(state.recent.count - Self.kept) }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.yield(event) }
    }

    /// Kept events from `since` on (none where it is nil), then live ones.
    func listen(since: Timestamp?) -> (past: [EventMessage], live: AsyncStream<EventMessage>) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: EventMessage.self, bufferingPolicy: .bufferingNewest(Self.waiting))
        let past = state.withLock { state -> [EventMessage] in
            let id = state.nextID
            state.nextID += 1
            state.listeners[id] = continuation
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.listeners[id] = nil }
            }
            guard let since else { return [] }
            return state.recent.filter { $0.timeNano >= since.nanoseconds }
        }
        return (past, stream)
    }

    /// Ends every listener's stream.
    func finish() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.finish() }
    }
}
