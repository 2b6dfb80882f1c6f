import Glibc

/// Tells the user which step a lab is at, and how long each took.
public struct LabProgress: Sendable {
    private let report: @Sendable (String) -> Void

    /// Sends each line to `report`.
    public init(_ report: @escaping @Sendable (String) -> Void) { self.report = report }

    /// Prints to standard output.
    public static let standardOutput = LabProgress { line in
        print(line)
        fflush(nil)
    }

    /// Says nothing.
    public static let silent = LabProgress { _ in }

    /// Prints a line as it is.
    func say(_ line: String) { report(line) }

    /// Runs a step and reports it with its duration.
    func step<Value>(_ title: String, _ body: () throws(LabError) -> Value) throws(LabError) -> Value {
        let begin = ContinuousClock.now
        let value = try body()
        report("✓ \(title) (\(Int((ContinuousClock.now - begin) / .milliseconds(1))) ms)")
        return value
    }
}
