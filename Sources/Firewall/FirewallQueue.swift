import Dispatch

/// Works off blocking firewall changes one after the other, in the order in which they were asked for, beside Swift's
/// cooperative pool.
struct FirewallQueue: Sendable {
    private let queue: DispatchQueue

    init(_ label: String) { queue = DispatchQueue(label: label) }

    /// Runs `body` after everything that was asked for earlier, on the caller's thread, which may block.
    func perform<Value>(_ body: () throws(FirewallError) -> Value) throws(FirewallError) -> Value {
        let result = queue.sync { () -> Result<Value, FirewallError> in
            do throws(FirewallError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Runs `body` after everything that was asked for earlier.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(FirewallError) -> Value
    ) async throws(FirewallError) -> Value {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, FirewallError>, Never>) in
            queue.async {
                do throws(FirewallError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
