/// Where the daemon waits for clients.
public enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A unix socket that the daemon makes, at this absolute path.
    case unix(path: String)
    /// Sockets that systemd passed: those of this name or number, or all of them where it is nil.
    case systemd(name: String?)

    /// dockerd's own, where clients look first.
    public static let standard = ListenAddress.unix(path: "/var/run/docker.sock")

    /// The longest path that fits `sockaddr_un` (unix(7)), in bytes.
    static let longestPath = 107

    /// As the `--host` option takes it.
    public var description: String {
        switch self {
        case .unix(let path): "unix://\(path)"
        case .systemd(let name): "fd://\(name ?? "")"
        }
    }

    /// Reads the `--host` option's form. The refusal's text says what is wrong.
    static func parse(_ text: String) -> Result<ListenAddress, InvalidValue> {
        let trimmed = text.trimmed
        if trimmed.isEmpty { return .success(.standard) }
        let parts = trimmed.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        func refuse(_ reason: String) -> Result<ListenAddress, InvalidValue> {
            .failure(InvalidValue("invalid bind address (\(trimmed)): \(reason)"))
        }
        guard parts.count == 2 else { return tcpRefusal(refuse) }
        switch parts[0] {
        case "unix":
            let path = parts[1]
            if path.isEmpty { return .success(.standard) }
            if path.contains("://") { return refuse("invalid unix address: \(path)") }
            if !path.hasPrefix("/") { return refuse("the socket's path must begin with a slash") }
            if path.utf8.count > longestPath { return refuse("a socket's path has at most \(longestPath) bytes") }
            return .success(.unix(path: path))
        case "fd": return .success(.systemd(name: parts[1].isEmpty || parts[1] == "*" ? nil : parts[1]))
        case "tcp": return tcpRefusal(refuse)
        default: return refuse("unsupported proto '\(parts[0])'")
        }
    }

    private static func tcpRefusal(
        _ refuse: (String) -> Result<ListenAddress, InvalidValue>
    ) -> Result<ListenAddress, InvalidValue> {
        refuse(
            "\(DaemonOption.program) does not listen on TCP: whoever reaches the API is root on this machine, and TLS "
                + "client certificates are not built yet; use unix:// and, from afar, ssh (docker -H ssh://HOST)")
    }
}

/// Why a value cannot be used.
struct InvalidValue: Error, Hashable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension String {
    /// Without spaces at either end.
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
