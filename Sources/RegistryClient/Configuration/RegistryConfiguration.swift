public import IPAddressing

/// A registry, or a range of addresses, that may be spoken to without TLS or without checking its certificate.
public enum InsecureRegistry: Hashable, Sendable, CustomStringConvertible {
    /// All registries whose name is an address in this range.
    case range(IPPrefix)
    /// One registry, as it stands in images' names: `host` or `host:port`.
    case host(String)

    /// Reads a value of `--insecure-registry`; nil for one that is neither.
    public init?(_ text: String) {
        if let prefix = IPPrefix(text) {
            self = .range(prefix.network)
            return
        }
        guard !text.isEmpty, !text.contains("/"), !text.contains(where: \.isWhitespace) else { return nil }
        self = .host(text.lowercased())
    }

    /// As `--insecure-registry` takes it.
    public var description: String {
        switch self {
        case .range(let prefix): prefix.description
        case .host(let host): host
        }
    }
}

/// What the daemon's options say about registries.
public struct RegistryConfiguration: Hashable, Sendable {
    /// Registries without TLS, or with a certificate that is not checked. Those on loopback addresses always are.
    public var insecure: [InsecureRegistry] = []
    /// Base URLs of mirrors of Docker Hub, tried first.
    public var mirrors: [String] = []
    /// Folders with a folder for each registry, which holds `*.crt` (authorities), `*.cert` and `*.key` (the
    /// client's). The first folder that there is counts.
    public var certificateFolders = ["/etc/causeway/certs.d", "/etc/docker/certs.d"]
    /// Blobs that are downloaded at once.
    public var maxConcurrentDownloads = 3
    /// Blobs that are uploaded at once.
    public var maxConcurrentUploads = 5
    /// How often a blob is tried.
    public var maxAttempts = 5
    /// Seconds before the second attempt; twice as long before the third, and so on.
    public var retryDelay = 5.0
    /// Milliseconds that a connection and its TLS handshake may take.
    public var connectTimeout: Int64 = 15_000
    /// Milliseconds that a registry may be silent.
    public var stallTimeout: Int64 = 30_000
    /// Milliseconds after which an unused client gives its connections and its thread back.
    public var idleTimeout: Int64 = 30_000
    /// Proxies.
    public var proxies = ProxySettings()

    /// Docker's defaults.
    public init() {}

    /// Whether a registry may be spoken to without TLS.
    public func isInsecure(_ host: String) -> Bool {
        let (name, _) = RegistryURL.splitPort(host.lowercased())
        let bare = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
        if bare == "localhost" { return true }
        let address = IPAddress(bare)
        if let address, address.isLoopback { return true }
        return insecure.contains { entry in
            switch entry {
            case .host(let known): known == host.lowercased()
            case .range(let prefix): address.map { prefix.contains($0) } ?? false
            }
        }
    }
}
