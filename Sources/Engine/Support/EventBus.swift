import EngineAPI
import Synchronization

/// What happens in the engine, told to whoever listens: `GET /events`.
///
/// The last events are kept for `--since`; what others did to the network by itself, so that busy containers do not
/// drive it out. A listener that does not keep up loses the oldest of its events rather than
/// hold up the engine or fill its memory.
final class EventBus: Sendable {
    /// How many past events are kept, and how many wait for a slow listener.
    static let kept = 256
    static let waiting = 4096

    private struct State {
        var recent: [EventMessage] = []
        var incidents: [EventMessage] = []
        var listeners: [UInt64: AsyncStream<EventMessage>.Continuation] = [:]
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// How many listen.
    var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// Tells everybody.
    func publish(_ event: EventMessage) {
        let listeners = state.withLock { state in
            let isIncident = event.type == "network" && ["meddled", "repaired"].contains(event.action)
            let place = isIncident ? \State.incidents : \State.recent
            state[keyPath: place].append(event)
            let excess = state[keyPath: place].count - Self.kept
            if excess > 0 { state[keyPath: place].removeFirst(excess) }
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
            return (state.recent + state.incidents).filter { $0.timeNano >= since.nanoseconds }
                .sorted { $0.timeNano < $1.timeNano }
        }
        return (past, stream)
    }

    /// Ends every listener's stream.
    func finish() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.finish() }
    }
}
