import Dispatch

/// Where calls that block the thread run: never on Swift's cooperative pool, which has one thread a core.
public enum BlockingWork {
    private static let queue = DispatchQueue(label: "causeway.blocking", attributes: .concurrent)

    /// Runs `body` on a thread that may block, and waits for it without blocking the caller's.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
