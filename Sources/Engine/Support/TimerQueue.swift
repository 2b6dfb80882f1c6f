import Synchronization

/// Work that is due at times to come, by name: one sleeping task for all of it, whatever their number.
///
/// What is due runs in a task of its own, so that slow work holds up no other.
final class TimerQueue: Sendable {
    private struct Entry {
        var due: ContinuousClock.Instant
        var work: @Sendable () async -> Void
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var sleeper: Task<Void, Never>?
        var wakes: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// How many pieces of work wait.
    var count: Int { state.withLock { $0.entries.count } }

    /// Runs `work` after a time, in place of what waits under the same name.
    func schedule(_ name: String, after delay: Duration, _ work: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.entries[name] = Entry(due: .now + max(delay, .zero), work: work)
            rearm(&state)
        }
    }

    /// Forgets what waits under a name; what runs already goes on.
    func cancel(_ name: String) {
        state.withLock { state in
            guard state.entries.removeValue(forKey: name) != nil else { return }
            rearm(&state)
        }
    }

    /// Forgets everything.
    func cancelAll() {
        state.withLock { state in
            state.entries = [:]
            rearm(&state)
        }
    }

    /// Makes the one task sleep until the earliest entry.
    private func rearm(_ state: inout State) {
        let earliest = state.entries.values.map(\.due).min()
        if earliest == state.wakes { return }
        state.sleeper?.cancel()
        state.sleeper = nil
        state.wakes = earliest
        guard let earliest else { return }
        state.sleeper = Task { [weak self] in
            do { try await Task.sleep(until: earliest, clock: .continuous) } catch { return }
            self?.fire()
        }
    }

    private func fire() {
        let due = state.withLock { state -> [@Sendable () async -> Void] in
            let now = ContinuousClock.now
            let late = state.entries.filter { $0.value.due <= now }.sorted { $0.value.due < $1.value.due }
            let work = late.compactMap { state.entries.removeValue(forKey: $0.key)?.work }
            state.wakes = nil
            rearm(&state)
            return work
        }
        for work in due { Task { await work() } }
    }
}
