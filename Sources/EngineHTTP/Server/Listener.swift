/// Where a server takes connections.
public enum Listener: Hashable, Sendable {
    /// A Unix socket that the server makes and removes. `group` may connect too, where such a group exists; `mode` is
    /// the file's permission bits, 0o660 for Docker's.
    case unix(path: String, group: String?, mode: UInt32)
    /// A TCP port of an address or a name; nil serves without TLS.
    case tcp(host: String, port: UInt16, tls: ServerTLS?)
    /// A listening socket that the process was given, as systemd's socket units do. The TLS counts where it is no Unix
    /// socket.
    case descriptor(CInt, tls: ServerTLS? = nil)
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
