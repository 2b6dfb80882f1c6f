import Synchronization

/// Waits for descriptors without blocking a thread each: one epoll(7) thread for the whole process.
///
/// It serves pidfds, inotify, attach sockets, ptys and netlink notifications.
public final class Reactor: Sendable {
    /// The process' one reactor.
    public static let shared = Reactor()

    private struct Waiter {
        let id: UInt64
        let events: EventQueue.Events
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var nextID: UInt64 = 1
        /// By descriptor number: at most one waiter for each direction.
        var waiters: [CInt: [Waiter]] = [:]
        var cancelled: Set<UInt64> = []
    }

    private let queue: EventQueue
    private let state = Mutex(State())

    private init() {
        do {
            queue = try EventQueue()
            try DedicatedThread.start("reactor") { [self] in run() }
        } catch {
            preconditionFailure("no epoll thread: \(error)")
        }
    }

    /// Suspends until `descriptor` can be read, has hung up or failed, or the task is cancelled. The descriptor must
    /// stay open meanwhile. Regular files cannot be waited for.
    public func waitReadable(_ descriptor: CInt) async {
        await wait(descriptor, [.readable, .peerEnded])
    }

    /// The same for writing.
    public func waitWritable(_ descriptor: CInt) async {
        await wait(descriptor, .writable)
    }

    private func wait(_ descriptor: CInt, _ events: EventQueue.Events) async {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiting = state.withLock { state in
                    if state.cancelled.remove(id) != nil || Task.isCancelled { return false }
                    state.waiters[descriptor, default: []].append(
                        Waiter(id: id, events: events, continuation: continuation))
                    if arm(descriptor, state.waiters[descriptor] ?? []) { return true }
                    state.waiters[descriptor]?.removeAll { $0.id == id }
                    return false
                }
                if !waiting { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters[descriptor]?.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiters[descriptor]?.remove(at: index)
            }
            waiter?.continuation.resume()
        }
        _ = state.withLock { $0.cancelled.remove(id) }
    }

    /// Tells epoll what the waiters of one descriptor want, once.
    private func arm(_ descriptor: CInt, _ waiters: [Waiter]) -> Bool {
        let events = waiters.reduce(into: EventQueue.Events.once) { $0.formUnion($1.events) }
        do { try queue.watch(descriptor, for: events, token: UInt64(descriptor)) } catch { return false }
        return true
    }

    private func run() {
        while true {
            queue.wait(milliseconds: -1) { token, events in deliver(events, to: CInt(truncatingIfNeeded: token)) }
        }
    }

    private func deliver(_ events: EventQueue.Events, to descriptor: CInt) {
        let hasHungUp = !events.isDisjoint(with: [.broken, .peerEnded])
        let ready = state.withLock { state -> [Waiter] in
            let all = state.waiters[descriptor] ?? []
            let ready = all.filter { hasHungUp || !$0.events.isDisjoint(with: events) }
            let rest = all.filter { waiter in !ready.contains { $0.id == waiter.id } }
            state.waiters[descriptor] = rest.isEmpty ? nil : rest
            if !rest.isEmpty { _ = arm(descriptor, rest) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }
}
