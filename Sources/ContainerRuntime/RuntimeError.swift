import SystemCalls

/// Why a container could not be made, started or reached.
public struct RuntimeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whose fault it is.
    public enum Kind: Hashable, Sendable {
        /// The request asks for something that cannot be: an unknown user, a bad option.
        case invalid
        /// There is no such container or process.
        case notFound
        /// It was refused by the runtime or the kernel.
        case failed
    }

    /// Whose fault it is.
    public var kind: Kind
    /// What was tried and why it failed, in Docker's words where Docker has some.
    public var message: String
    /// The code that a shell would report: 127 for a command that is not there, 126 for one that cannot be run,
    /// nil where no command was involved.
    public var exitCode: Int?

    /// Describes a failure.
    public init(_ message: String, kind: Kind = .failed, exitCode: Int? = nil) {
        self.message = message
        self.kind = kind
        self.exitCode = exitCode
    }

    /// A system call that failed while something was tried.
    init(_ attempt: String, _ error: SystemCallError) {
        self.init("\(attempt): \(error)")
    }

    /// The message.
    public var description: String { message }
}

/// Runs blocking work off Swift's cooperative pool; a failed system call becomes a `RuntimeError` that says what
/// was attempted.
func blocking<Value: Sendable>(
    _ attempt: String, _ body: @escaping @Sendable () throws -> Value
) async throws(RuntimeError) -> Value {
    do {
        return try await BlockingWork.run(body)
    } catch let error as RuntimeError {
        throw error
    } catch let error as SystemCallError {
        throw RuntimeError(attempt, error)
    } catch {
        throw RuntimeError("\(attempt): \(error)")
    }
}
