/// Where the daemon listens: a unix socket.
public struct EngineAddress: Hashable, Sendable, CustomStringConvertible {
    /// Path of the socket.
    public let socketPath: String

    /// Where Docker's clients look when nothing else is said.
    public static let standard = EngineAddress(socketPath: "/var/run/docker.sock")

    /// Names a socket by its path.
    public init(socketPath: String) {
        self.socketPath = socketPath
    }

    /// Reads `unix:///PATH`, as in `DOCKER_HOST`.
    public init(parsing text: String) throws(ClientError) {
        let prefix = "unix://"
        guard text.hasPrefix(prefix) else {
            if text.contains("://") {
                throw ClientError(
                    .usage, "cannot use \"\(text)\": causeway talks to the daemon over a unix socket; give unix:///PATH"
                )
            }
            throw ClientError(.usage, "unable to parse docker host \"\(text)\": give unix:///PATH")
        }
        let path = String(text.dropFirst(prefix.count))
        self.init(socketPath: path.isEmpty ? EngineAddress.standard.socketPath : path)
    }

    /// What `-H` or `--context` ask for, else `CAUSEWAY_HOST`, else `DOCKER_HOST`, else the standard socket.
    public init(
        host: String?, context: String?, environment: (String) -> String?
    ) throws(ClientError) {
        if let context, !context.isEmpty, context != "default" {
            throw ClientError(
                .usage,
                "context \"\(context)\": context not found: causeway knows only \"default\"; use -H unix:///PATH")
        }
        if host != nil, context != nil {
            throw ClientError(.usage, "conflicting options: cannot specify both --host and --context")
        }
        let variables = context == nil ? ["CAUSEWAY_HOST", "DOCKER_HOST"] : []
        let text = host ?? variables.lazy.compactMap(environment).first { !$0.isEmpty }
        if let text { try self.init(parsing: text) } else { self = .standard }
    }

    /// `unix:///var/run/docker.sock`.
    public var description: String { "unix://" + socketPath }
}
