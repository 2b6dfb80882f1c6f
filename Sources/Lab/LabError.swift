import SystemCalls

/// Why something with a lab did not work, and what to do about it.
public struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried and why it failed.
    public let message: String
    /// What to do, or empty.
    public let remedy: String

    /// Describes a failure.
    public init(_ message: String, remedy: String = "") {
        self.message = message
        self.remedy = remedy
    }

    /// Both sentences, the remedy on a line of its own.
    public var description: String { remedy.isEmpty ? message : message + "\n" + remedy }
}

/// Runs a step whose failures are the kernel's, and says which step it was.
func labStep<Value: ~Copyable>(
    _ what: String, _ body: () throws(SystemCallError) -> Value
) throws(LabError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw LabError("\(what): \(error)") }
}

extension ChildProcess {
    /// Runs a program that must succeed; what it printed to standard error becomes the error.
    static func runOrThrow(_ request: ChildRequest, input: String = "") throws(LabError) -> ProcessOutput {
        let name = request.path.split(separator: "/").last.map(String.init) ?? request.path
        let output = try labStep("cannot run \(name)") { () throws(SystemCallError) in
            try ChildProcess.run(request, input: Array(input.utf8))
        }
        guard output.status.isSuccess else {
            let words = output.errorText.isEmpty ? output.text : output.errorText
            throw LabError("\(name) \(request.arguments.joined(separator: " ")): \(output.status): \(words)")
        }
        return output
    }
}
