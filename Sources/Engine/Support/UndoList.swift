import Logging
import Synchronization

/// What takes back the steps of a work in progress, in the opposite order. A step that cannot be taken back does not
/// stop the others; all such failures are logged.
final class UndoList: Sendable {
    private struct Step: Sendable {
        let what: String
        let body: @Sendable () async throws -> Void
    }

    private let steps = Mutex<[Step]>([])

    /// Remembers how to take back what has just been done.
    func add(_ what: String, _ body: @escaping @Sendable () async throws -> Void) {
        steps.withLock { $0.append(Step(what: what, body: body)) }
    }

    /// Takes everything back, once.
    func run(_ logger: Logger) async {
        let steps = steps.withLock { steps in
            defer { steps = [] }
            return steps
        }
        for step in steps.reversed() {
            do {
                try await step.body()
            } catch {
                logger.error("could not \(step.what)", metadata: ["error": "\(error)"])
            }
        }
    }
}
