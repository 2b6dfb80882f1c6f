import NIOSSL
import SystemCalls

/// Certificates that an administrator put down for one registry, as Docker lays them out:
/// `certs.d/HOST[:PORT]/{*.crt,*.cert,*.key}`.
enum TLSFiles {
    /// How to speak TLS with a registry.
    ///
    /// - Parameters:
    ///   - authority: the registry's host, with its port where that is not the usual one.
    ///   - skipsVerification: whether any certificate will do.
    /// - Throws: `.local` where a file is damaged, or half of a pair is missing.
    static func configuration(
        for authority: String, folders: [String], skipsVerification: Bool
    ) throws(RegistryError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.applicationProtocols = ["http/1.1"]
        if skipsVerification { tls.certificateVerification = .none }
        guard let folder = folders.map({ $0 + "/" + authority }).first(where: FileSystem.isDirectory) else {
            return tls
        }
        let names: [String]
        do {
            names = try FileSystem.list(folder).sorted()
        } catch {
            throw RegistryError(.local, "read certificates of \(authority): \(error)")
        }
        for name in names {
            let path = folder + "/" + name
            if name.hasSuffix(".crt") {
                tls.additionalTrustRoots.append(.certificates(try certificates(path)))
            } else if name.hasSuffix(".cert") {
                let keyPath = String(path.dropLast(5)) + ".key"
                guard FileSystem.exists(keyPath) else {
                    throw RegistryError(.local, "missing key \(keyPath) for client certificate \(path)")
                }
                tls.certificateChain = try certificates(path).map { .certificate($0) }
                do {
                    tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyPath, format: .pem))
                } catch {
                    throw RegistryError(.local, "\(keyPath) holds no private key in PEM form")
                }
            } else if name.hasSuffix(".key"), !names.contains(name.dropLast(4) + ".cert") {
                throw RegistryError(.local, "missing client certificate \(name.dropLast(4)).cert for key \(path)")
            }
        }
        return tls
    }

    private static func certificates(_ path: String) throws(RegistryError) -> [NIOSSLCertificate] {
        do {
            return try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw RegistryError(.local, "\(path) holds no certificate in PEM form")
        }
    }
}
