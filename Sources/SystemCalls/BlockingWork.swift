import Dispatch

/// Where calls that block the thread run: never on Swift's cooperative pool, which has one thread a core.
///
/// Every piece of work has a serial queue of its own. On Linux, Swift's pool and Dispatch's concurrent queues share
/// their threads, so that blocking one blocks the other; serial queues get threads beyond that number at once.
public enum BlockingWork {
    /// Runs `body` on a thread that may block, and waits for it without blocking the caller's.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "causeway.blocking").async { continuation.resume(with: Result { try body() }) }
        }
    }
}
