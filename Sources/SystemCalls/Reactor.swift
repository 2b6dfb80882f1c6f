import CLinux
import Glibc
import Synchronization

/// Waits for descriptors without blocking a thread each: one epoll(7) thread for the whole process.
///
/// It serves pidfds, inotify, attach sockets, ptys and netlink notifications.
public final class Reactor: Sendable {
    /// The process' one reactor.
    public static let shared = Reactor()

    private struct Waiter {
        let id: UInt64
        let events: UInt32
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var nextID: UInt64 = 1
        /// By descriptor number: at most one waiter for each direction.
        var waiters: [CInt: [Waiter]] = [:]
        var cancelled: Set<UInt64> = []
    }

    private let epoll: CInt
    private let state = Mutex(State())

    private init() {
        epoll = cw_epoll_make()
        let thread = UnsafeMutablePointer<pthread_t>.allocate(capacity: 1)
        defer { unsafe thread.deallocate() }
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        let failure = unsafe pthread_create(
            thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Reactor>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, context)
        precondition(epoll >= 0 && failure == 0, "no epoll thread: \(Errno.current)")
    }

    /// Suspends until `descriptor` can be read, has hung up or failed, or the task is cancelled. The descriptor must
    /// stay open meanwhile. Regular files cannot be waited for.
    public func waitReadable(_ descriptor: CInt) async {
        await wait(descriptor, EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
    }

    /// The same for writing.
    public func waitWritable(_ descriptor: CInt) async {
        await wait(descriptor, EPOLLOUT.rawValue)
    }

    private func wait(_ descriptor: CInt, _ events: UInt32) async {
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
        cw_epoll_arm(epoll, descriptor, waiters.reduce(0) { $0 | $1.events }) >= 0
    }

    private func run() {
        var descriptors = [CInt](repeating: -1, count: 64)
        var events = [UInt32](repeating: 0, count: 64)
        while true {
            let count = unsafe cw_epoll_wait(epoll, &descriptors, &events, 64)
            for index in 0..<max(0, Int(count)) { deliver(events[index], to: descriptors[index]) }
        }
    }

    private func deliver(_ event: UInt32, to descriptor: CInt) {
        let hangup = EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue
        let ready = state.withLock { state -> [Waiter] in
            let all = state.waiters[descriptor] ?? []
            let ready = all.filter { $0.events & event != 0 || event & hangup != 0 }
            let rest = all.filter { waiter in !ready.contains { $0.id == waiter.id } }
            state.waiters[descriptor] = rest.isEmpty ? nil : rest
            if !rest.isEmpty { _ = arm(descriptor, rest) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }
}
