/// The TLS of the daemon's TCP ports: files in PEM form, and whether clients must show a certificate.
public struct ListenerTLS: Hashable, Sendable, CustomStringConvertible {
    /// The authority whose certificates clients show.
    public var authority = "/etc/causeway/ca.pem"
    /// The daemon's certificate, with those between it and its authority behind it.
    public var certificate = "/etc/causeway/cert.pem"
    /// The certificate's key.
    public var key = "/etc/causeway/key.pem"
    /// Whether who has no certificate of the authority is refused.
    public var verifiesClients = true

    /// The files' usual places; clients are verified.
    public init() {}

    /// For messages: `cert.pem, key.pem, clients of ca.pem`.
    public var description: String {
        "\(certificate), \(key), " + (verifiesClients ? "clients of \(authority)" : "any client")
    }
}

/// What was said of TLS, before it is joined.
struct TLSChoice: Hashable, Sendable {
    var tls: Bool?
    var verify: Bool?
    var files = ListenerTLS()
    /// Whether an address to listen on is named.
    var namesAddresses = false

    /// Takes over an option; false for one that is none of these.
    mutating func take(_ name: String, _ text: String) -> Bool {
        switch name {
        case "tls": tls = text == "true"
        case "tlsverify": verify = text == "true"
        case "tlscacert": files.authority = text
        case "tlscert": files.certificate = text
        case "tlskey": files.key = text
        default: return false
        }
        return true
    }

    /// By dockerd's rules: `--tlsverify` in either form turns TLS on, and TLS means verification unless that is turned
    /// off.
    var joined: ListenerTLS? {
        guard verify != nil || tls == true else { return nil }
        var result = files
        result.verifiesClients = verify ?? true
        return result
    }

    /// Whether somebody wrote `--tls=false`, which is how a port without TLS is asked for.
    var asksForNone: Bool { tls == false && verify == nil }
}

extension DaemonConfiguration {
    /// Fills in the ports, and refuses TCP without TLS that nobody asked for.
    mutating func joinTLS() throws(DaemonOptionError) {
        tls = tlsChoice.joined
        if tls != nil, !tlsChoice.namesAddresses { listenAddresses = [.standardTLS] }
        listenAddresses = listenAddresses.map { $0.completed(withTLS: tls != nil) }
        guard tls == nil, !tlsChoice.asksForNone else { return }
        for address in listenAddresses {
            guard case .tcp = address else { continue }
            throw DaemonOptionError(
                "refusing to listen on \(address): binding to IP address without --tlsverify is insecure and gives root "
                    + "access on this machine to everyone who has access to your network. Use --tlsverify with "
                    + "--tlscacert, --tlscert and --tlskey, or from afar ssh (docker -H ssh://HOST); a port without TLS "
                    + "must be asked for with --tls=false")
        }
    }

    /// What should be known of ports that anybody can use: an address and what is missing there.
    public var openPorts: [(address: ListenAddress, lack: String)] {
        if tls?.verifiesClients == true { return [] }
        return listenAddresses.compactMap { address in
            guard case .tcp = address else { return nil }
            return (address, tls == nil ? "encryption" : "TLS client verification")
        }
    }
}
