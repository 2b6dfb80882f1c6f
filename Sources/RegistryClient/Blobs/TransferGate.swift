import Synchronization

/// Lets a number of transfers in at once; the others wait in the order in which they came.
final class TransferGate: Sendable {
    private struct State {
        var free: Int
        var next = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
        /// Those that were cancelled before they began to wait.
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    init(_ places: Int) {
        state = Mutex(State(free: max(1, places)))
    }

    /// Runs `body` once there is a place.
    ///
    /// - Parameter onWait: called where there is none at once.
    /// - Throws: CancellationError where the task is cancelled while it waits.
    func pass<Value>(onWait: () -> Void, _ body: () async throws -> Value) async throws -> Value {
        let id: Int? = state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            state.next += 1
            return state.next
        }
        if let id {
            onWait()
            let isIn = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let answer: Bool? = state.withLock { state in
                        if state.cancelled.remove(id) != nil { return false }
                        if state.free > 0 {
                            state.free -= 1
                            return true
                        }
                        state.waiting.append((id, continuation))
                        return nil
                    }
                    if let answer { continuation.resume(returning: answer) }
                }
            } onCancel: {
                let found: CheckedContinuation<Bool, Never>? = state.withLock { state in
                    guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                        state.cancelled.insert(id)
                        return nil
                    }
                    return state.waiting.remove(at: index).continuation
                }
                found?.resume(returning: false)
            }
            state.withLock { _ = $0.cancelled.remove(id) }
            if !isIn { throw CancellationError() }
        }
        defer { leave() }
        return try await body()
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
