import EngineAPI
import Synchronization

/// A container as the daemon holds it: its record, and who waits for what becomes of it.
final class Container: Sendable {
    /// 64 hex digits; never changes.
    let id: String
    /// One operation that changes the container's life at a time.
    let lifecycle = AsyncLock()
    /// One change of what a running container is plugged into at a time: somebody connects it, somebody takes it off a
    /// network, its end gives everything back.
    let cables = AsyncLock()

    private struct State {
        var record: ContainerRecord
        /// Fulfilled when the present (or, where it does not run, the next) run has ended and is cleaned up.
        var exit = Promise<WaitResponse>()
        var removed = Promise<WaitResponse>()
        var pendingAttachments: [PendingAttachment] = []
        var execs: Set<String> = []
        /// The wait before the last restart, for the next one's.
        var restartDelay: Int64?
        /// Whether the present run's process has ended; the record says so once everything is given back.
        var isEnding = false
        /// The restart that is due; cancelled by a stop.
        var restart: Task<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ record: ContainerRecord) {
        id = record.id
        state = Mutex(State(record: record))
    }

    /// A copy of the record as it is now.
    var record: ContainerRecord { state.withLock { $0.record } }

    /// Changes the record; the caller makes the change durable.
    @discardableResult
    func update<Value>(_ body: (inout ContainerRecord) throws -> Value) rethrows -> Value {
        try state.withLock { try body(&$0.record) }
    }

    // MARK: The durable record

    /// Whether the record may still be written: not once the container is removed.
    private let isKept = Mutex(true)

    /// Hands the record as it is now to what writes it, one writer after another, so that an older state never comes
    /// after a newer one. Does nothing for a container that is removed. Blocks.
    func write(_ body: (ContainerRecord) throws -> Void) rethrows {
        try isKept.withLock { if $0 { try body(record) } }
    }

    /// The container is removed: what takes the record away runs, and nothing writes it again. Blocks.
    func forget(_ body: () throws -> Void) rethrows {
        try isKept.withLock { kept in
            try body()
            kept = false
        }
    }

    // MARK: Ends

    /// What is fulfilled when the present or next run ends.
    var exit: Promise<WaitResponse> { state.withLock { $0.exit } }
    /// What is fulfilled when the container is removed.
    var removed: Promise<WaitResponse> { state.withLock { $0.removed } }

    /// Tells all who wait that a run has ended, and makes a new promise for the next one.
    func announceExit(_ response: WaitResponse) {
        let promise = state.withLock { state in
            defer { state.exit = Promise() }
            return state.exit
        }
        promise.fulfil(response)
    }

    /// Whether the present run is over, or about to be: nothing is plugged in any more.
    var isEnding: Bool {
        get { state.withLock { $0.isEnding } }
        set { state.withLock { $0.isEnding = newValue } }
    }

    // MARK: Attachments that wait for the start

    /// Keeps an attachment until the container starts.
    func add(_ attachment: PendingAttachment) {
        state.withLock { $0.pendingAttachments.append(attachment) }
    }

    /// Hands out the attachments that wait, once.
    func takePendingAttachments() -> [PendingAttachment] {
        state.withLock { state in
            defer { state.pendingAttachments = [] }
            return state.pendingAttachments
        }
    }

    /// Forgets an attachment whose client has gone.
    func drop(_ attachment: PendingAttachment) {
        state.withLock { $0.pendingAttachments.removeAll { $0 === attachment } }
    }

    // MARK: Execs

    /// Ids of the execs that were made in it, sorted.
    var execs: [String] { state.withLock { $0.execs.sorted() } }
    func add(exec id: String) { state.withLock { _ = $0.execs.insert(id) } }
    func drop(exec id: String) { state.withLock { _ = $0.execs.remove(id) } }

    // MARK: Restarts

    /// The wait before the last restart, in nanoseconds.
    var restartDelay: Int64? {
        get { state.withLock { $0.restartDelay } }
        set { state.withLock { $0.restartDelay = newValue } }
    }

    /// Keeps the task that will restart the container, in place of an earlier one.
    func schedule(_ restart: Task<Void, Never>?) {
        let previous = state.withLock { state in
            defer { state.restart = restart }
            return state.restart
        }
        previous?.cancel()
    }
}
