/// A command line or configuration file that the daemon cannot start with.
public struct DaemonOptionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, in dockerd's words where dockerd has any; may have several lines.
    public let message: String
    /// What the daemon exits with; dockerd's is 1 throughout.
    public let exitCode: Int32

    /// Describes a failure.
    public init(_ message: String, exitCode: Int32 = 1) {
        self.message = message
        self.exitCode = exitCode
    }

    /// A failure on the command line: it ends with where to read on.
    static func usage(_ message: String) -> DaemonOptionError {
        DaemonOptionError("\(message)\nSee '\(DaemonOption.program) --help'.")
    }

    /// The message.
    public var description: String { message }
}
