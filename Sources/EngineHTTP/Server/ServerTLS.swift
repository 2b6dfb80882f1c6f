import NIOSSL
import SystemCalls

/// What a TCP port proves who it is with, and whom it lets in: files in PEM form.
public struct ServerTLS: Hashable, Sendable {
    /// The server's certificate, with those between it and its authority behind it.
    public var certificate: String
    /// The certificate's key.
    public var key: String
    /// The authority whose certificates clients must show; nil lets anybody in.
    public var authority: String?

    /// Joins the three.
    public init(certificate: String, key: String, authority: String?) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
    }

    /// Looks whether the files can be used, before anything else is begun.
    ///
    /// - Throws: as `APIServer.listen` does.
    public func check() throws(ListenError) { _ = try context() }

    /// Reads the files: TLS 1.2 or later, HTTP/1.1.
    ///
    /// - Throws: `ListenError`, in dockerd's words where it has some, which names the file that cannot be used.
    func context() throws(ListenError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(FileSystem.readBytes(certificate)).map {
                NIOSSLCertificateSource.certificate($0)
            }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain,
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: FileSystem.readBytes(key), format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            if let authority {
                configuration.trustRoots = .certificates(try Self.authorities(authority))
                // Who has no certificate of the authority's is refused; a client has no name to compare.
                configuration.certificateVerification = .noHostnameVerification
                configuration.sendCANameList = true
            }
            return try NIOSSLContext(configuration: configuration)
        } catch let error as ListenError {
            throw error
        } catch {
            throw ListenError(
                message: "invalid TLS configuration: could not load X509 key pair (cert: \"\(certificate)\", "
                    + "key: \"\(key)\"): \(Self.words(error))")
        }
    }

    private static func authorities(_ path: String) throws(ListenError) -> [NIOSSLCertificate] {
        let found: [NIOSSLCertificate]
        do {
            found = try NIOSSLCertificate.fromPEMBytes(FileSystem.readBytes(path))
        } catch {
            throw ListenError(
                message: "invalid TLS configuration: could not read CA certificate \"\(path)\": \(words(error))")
        }
        guard !found.isEmpty else {
            throw ListenError(message: "invalid TLS configuration: no certificate in \"\(path)\"")
        }
        return found
    }

    /// Why a handshake failed, in BoringSSL's words, such as `peer did not return a certificate`; nil for other errors.
    static func handshakeFailure(_ error: any Error) -> String? {
        guard case NIOSSLError.handshakeFailed(let reason)? = error as? NIOSSLError else { return nil }
        let text = "\(reason)"
        guard let start = text.firstRange(of: "OPENSSL_internal:") else { return text }
        let word = text[start.upperBound...].prefix { $0 == "_" || $0.isUppercase || $0.isNumber }
        return word.lowercased().replacing("_", with: " ")
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as SystemCallError: "\(error.errno)"
        case NIOSSLError.failedToLoadCertificate: "no certificate in PEM form"
        case NIOSSLError.failedToLoadPrivateKey: "no private key in PEM form, or not the certificate's"
        default: "\(error)"
        }
    }
}
