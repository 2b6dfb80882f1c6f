import EngineAPI
import IPAddressing

/// Which requests go through a proxy: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, as Go's programs read them
/// (golang.org/x/net/http/httpproxy).
public struct ProxySettings: Hashable, Sendable {
    /// For plain requests: `http://[user:password@]host[:port]`; nil for none.
    public var http: String?
    /// For requests over TLS.
    public var https: String?
    /// Hosts that are asked directly, separated by commas.
    public var none = ""

    /// No proxy.
    public init() {}

    /// Reads the environment; lower-case names count where the upper-case ones are missing.
    ///
    /// - Parameter variable: looks a name up.
    public init(environment variable: (String) -> String?) {
        func value(_ name: String) -> String? {
            let found = variable(name) ?? variable(name.lowercased())
            return found.flatMap { $0.isEmpty ? nil : $0 }
        }
        http = value("HTTP_PROXY")
        https = value("HTTPS_PROXY")
        none = value("NO_PROXY") ?? ""
    }

    /// A proxy to ask.
    struct Proxy: Hashable, Sendable {
        var host: String
        var port: Int
        /// `Authorization` for it, in the scheme Basic, without that word.
        var credentials: String?
    }

    /// The proxy for a URL; nil for none.
    ///
    /// - Throws: `.unsupported` for a proxy that is not spoken to in plain HTTP.
    func proxy(for url: RegistryURL) throws(RegistryError) -> Proxy? {
        guard let text = url.scheme == "https" ? https : http, !bypasses(url.host, port: url.port) else { return nil }
        var rest = text[...]
        if let separator = rest.firstRange(of: "://") {
            guard rest[..<separator.lowerBound] == "http" else {
                throw RegistryError(
                    .unsupported,
                    "a proxy of the kind \"\(rest[..<separator.lowerBound])\" is not built: only http:// is")
            }
            rest = rest[separator.upperBound...]
        }
        rest = rest.prefix { $0 != "/" }
        var credentials: String?
        if let at = rest.lastIndex(of: "@") {
            credentials = Base64.encode(RegistryURL.percentDecoded(String(rest[..<at])))
            rest = rest[rest.index(after: at)...]
        }
        let (host, port) = RegistryURL.splitPort(String(rest))
        guard !host.isEmpty else { throw RegistryError(.invalid, "the proxy's URL names no host") }
        return Proxy(host: host, port: port ?? 80, credentials: credentials)
    }

    private func bypasses(_ host: String, port: Int) -> Bool {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host.lowercased()
        let address = IPAddress(bare)
        if bare == "localhost" || address?.isLoopback == true { return true }
        return none.split(whereSeparator: { $0 == "," || $0 == " " }).contains { entry in
            if entry == "*" { return true }
            let text = String(entry).lowercased()
            if let prefix = IPPrefix(text) { return address.map { prefix.contains($0) } ?? false }
            if let other = IPAddress(text) { return other == address }
            let (name, only) = RegistryURL.splitPort(text)
            if let only, only != port { return false }
            if name.hasPrefix("*.") { return bare.hasSuffix(name.dropFirst()) }
            if name.hasPrefix(".") { return bare.hasSuffix(name) }
            return bare == name || bare.hasSuffix("." + name)
        }
    }
}
