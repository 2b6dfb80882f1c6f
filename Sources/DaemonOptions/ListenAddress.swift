import IPAddressing

/// Where the daemon waits for clients.
public enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A unix socket that the daemon makes, at this absolute path.
    case unix(path: String)
    /// A TCP port. The host is an IPv4 or IPv6 address or a name; the port is nil until it is known whether there is
    /// TLS: then 2376, else 2375.
    case tcp(host: String, port: UInt16?)
    /// Sockets that systemd passed: those of this name or number, or all of them where it is nil.
    case systemd(name: String?)

    /// dockerd's own, where clients look first.
    public static let standard = ListenAddress.unix(path: "/var/run/docker.sock")
    /// dockerd's own where TLS is asked for and no address.
    static let standardTLS = ListenAddress.tcp(host: "127.0.0.1", port: 2376)

    /// The longest path that fits `sockaddr_un` (unix(7)), in bytes.
    static let longestPath = 107

    /// As the `--host` option takes it.
    public var description: String {
        switch self {
        case .unix(let path): "unix://\(path)"
        case .tcp(let host, let port):
            "tcp://" + (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
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
        guard parts.count == 2 else { return tcp(trimmed, refuse) }
        switch parts[0] {
        case "unix":
            let path = parts[1]
            if path.isEmpty { return .success(.standard) }
            if path.contains("://") { return refuse("invalid unix address: \(path)") }
            if !path.hasPrefix("/") { return refuse("the socket's path must begin with a slash") }
            if path.utf8.count > longestPath { return refuse("a socket's path has at most \(longestPath) bytes") }
            return .success(.unix(path: path))
        case "fd": return .success(.systemd(name: parts[1].isEmpty || parts[1] == "*" ? nil : parts[1]))
        case "tcp": return tcp(parts[1], refuse)
        default: return refuse("unsupported proto '\(parts[0])'")
        }
    }

    /// Reads `HOST:PORT`; either may be missing.
    private static func tcp(
        _ text: String, _ refuse: (String) -> Result<ListenAddress, InvalidValue>
    ) -> Result<ListenAddress, InvalidValue> {
        if text.contains(where: { "/?#@".contains($0) || $0.isWhitespace }) {
            return refuse("should not contain a path element")
        }
        var host = text[...]
        var port: UInt16?
        let end = text.hasPrefix("[") ? text.firstIndex(of: "]") : nil
        if text.hasPrefix("["), end == nil { return refuse("missing ']' in host") }
        let rest = end.map { text[text.index(after: $0)...] } ?? text[...]
        if let colon = rest.firstIndex(of: ":") {
            let digits = text[text.index(after: colon)...]
            if digits.contains(":") { return refuse("too many colons in address; an IPv6 address needs brackets") }
            port = UInt16(digits)
            guard digits.isEmpty || port ?? 0 > 0, digits.first != "+" else { return refuse("invalid port: \(digits)") }
            host = text[..<colon]
        }
        if let end {
            host = text[..<end].dropFirst()
            guard IPv6Address(String(host)) != nil, rest.isEmpty || rest.hasPrefix(":") else {
                return refuse("no IPv6 address in the brackets")
            }
        }
        return .success(.tcp(host: host.isEmpty ? "127.0.0.1" : String(host), port: port))
    }

    /// The address with the port that counts where none is named.
    func completed(withTLS: Bool) -> ListenAddress {
        guard case .tcp(let host, nil) = self else { return self }
        return .tcp(host: host, port: withTLS ? 2376 : 2375)
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
