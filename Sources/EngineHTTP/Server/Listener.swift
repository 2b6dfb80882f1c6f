/// Where a server takes connections.
public enum Listener: Hashable, Sendable {
    /// A Unix socket that the server makes and removes. `group` may connect too, where such a group exists; `mode` is
    /// the file's permission bits, 0o660 for Docker's.
    case unix(path: String, group: String?, mode: UInt32)
    /// A listening socket that the process was given, as systemd's socket units do.
    case descriptor(CInt)
}

/// A place that a server could not listen on.
public struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, why it failed, and what to do.
    public var message: String

    /// Wraps the words.
    public init(message: String) {
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
