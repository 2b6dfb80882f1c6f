/// Why a command could not do what was asked: the words for standard error and the exit status of the process.
public struct ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where the failure came from.
    public enum Kind: Hashable, Sendable {
        /// The daemon answered with this HTTP status.
        case daemon(status: Int)
        /// Nobody listens on the socket, or it may not be opened.
        case unreachable
        /// The connection broke, or what came over it is no HTTP.
        case transport
        /// The command line itself is wrong.
        case usage
        /// Something on this side: a file, the terminal.
        case local
    }

    /// Where the failure came from.
    public var kind: Kind
    /// The words, without a line break at the end. Empty: only the exit status matters.
    public var message: String
    /// The exit status of the process.
    public var exitStatus: Int32

    /// Describes a failure.
    public init(_ kind: Kind, _ message: String, exitStatus: Int32 = 1) {
        self.kind = kind
        self.message = message
        self.exitStatus = exitStatus
    }

    /// Something on this side went wrong.
    public static func local(_ message: String, exitStatus: Int32 = 1) -> ClientError {
        ClientError(.local, message, exitStatus: exitStatus)
    }

    /// The words.
    public var description: String { message }

    /// Whether the daemon does not know what was named (404).
    public var isNotFound: Bool { kind == .daemon(status: 404) }
}
