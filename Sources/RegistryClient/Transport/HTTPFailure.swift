import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SystemCalls

/// Failures of the network, in words.
enum HTTPFailure {
    /// A registry's error of whatever the network threw. Cancellation stays what it is.
    static func translate(_ error: any Error, _ action: String, _ url: RegistryURL) -> any Error {
        if Task.isCancelled || error is CancellationError { return CancellationError() }
        if let known = error as? RegistryError { return known }
        return RegistryError(.unreachable, "\(action): \(words(error, url))")
    }

    private static func words(_ error: any Error, _ url: RegistryURL) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first {
                return "dial tcp \(url.host):\(url.port): \(words(first.error, url))"
            }
            if error.dnsAError != nil || error.dnsAAAAError != nil { return "lookup \(url.host): no such host" }
            return "\(error)"
        case let error as IOError: return system(error.errnoCode)
        case let error as HTTPClientError: return client(error)
        case let error as NIOSSLError: return tls("\(error)", url)
        case let error as BoringSSLError: return tls("\(error)", url)
        case is NIOSSLExtraError:
            return "tls: failed to verify certificate: it is not valid for the name \(url.host)"
        case HTTPParserError.invalidEOFState, is ChannelError: return "the connection was closed: unexpected EOF"
        default: return "\(error)"
        }
    }

    private static func client(_ error: HTTPClientError) -> String {
        switch error {
        case .readTimeout: "the registry stalls: nothing came for too long (i/o timeout)"
        case .writeTimeout: "the registry stalls: it takes no more bytes (i/o timeout)"
        case .connectTimeout, .getConnectionFromPoolTimeout: "no connection within the time limit (i/o timeout)"
        case .tlsHandshakeTimeout: "TLS handshake timeout"
        case .remoteConnectionClosed, .uncleanShutdown: "the connection was closed: unexpected EOF"
        default: error.description
        }
    }

    private static func tls(_ text: String, _ url: RegistryURL) -> String {
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return "server gave HTTP response to HTTPS client; name a plain registry with --insecure-registry "
                + url.authority
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "tls: failed to verify certificate: certificate signed by unknown authority; put the authority's "
                + "certificate at /etc/docker/certs.d/\(url.authority)/ca.crt"
        }
        if let alert = alert(text) { return "remote error: tls: \(alert)" }
        return "tls: \(text)"
    }

    /// What the other side refuses, RFC 8446 section 6: `bad certificate` of `…SSLV3_ALERT_BAD_CERTIFICATE at …`.
    private static func alert(_ text: String) -> String? {
        guard let start = text.firstRange(of: "_ALERT_")?.upperBound else { return nil }
        let name = text[start...].prefix { $0.isLetter || $0 == "_" }
        return name.lowercased().replacing("_", with: " ")
    }

    private static func system(_ code: CInt) -> String {
        Errno(rawValue: code).description
    }
}
