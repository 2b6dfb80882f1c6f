import EngineAPI

/// What a token server is asked, and what it answers (distribution.github.io, "Token Authentication" and "OAuth2
/// Token Authentication").
struct TokenRequest: Hashable, Sendable {
    /// Where to ask.
    let realm: RegistryURL
    /// The registry's name for itself.
    let service: String
    /// What is wanted: `repository:library/busybox:pull`.
    let scopes: [String]

    /// The request that a challenge of the scheme Bearer asks for.
    ///
    /// - Throws: `.damaged` where it names no server, `.denied` where the server would get the password without TLS
    ///   although the registry itself has TLS.
    init(_ challenge: Challenge, scopes: [String], endpoint: RegistryEndpoint) throws(RegistryError) {
        guard let text = challenge.parameters["realm"], let realm = RegistryURL(text) else {
            throw RegistryError(.damaged, "the registry asks for a token and names no server that gives one")
        }
        if realm.scheme == "http", endpoint.base.scheme == "https", !endpoint.skipsVerification {
            throw RegistryError(
                .denied, "the registry's token server \(realm.withoutQuery) has no TLS: nothing is sent to it")
        }
        self.realm = realm
        service = challenge.parameters["service"] ?? ""
        self.scopes = scopes.isEmpty ? (challenge.parameters["scope"].map { [$0] } ?? []) : scopes
    }

    /// The request by GET.
    ///
    /// - Parameter offline: whether a refresh token is asked for, too.
    func url(_ credentials: RegistryCredentials, offline: Bool) -> RegistryURL {
        var url = realm
        if !service.isEmpty { url = url.adding("service", service) }
        for scope in scopes { url = url.adding("scope", scope) }
        if offline { url = url.adding("offline_token", "true").adding("client_id", "docker") }
        if credentials.hasPassword { url = url.adding("account", credentials.username) }
        return url
    }

    /// The body of the request by POST, with a refresh token.
    func form(_ credentials: RegistryCredentials) -> String {
        [
            ("client_id", "docker"), ("grant_type", "refresh_token"), ("refresh_token", credentials.identityToken),
            ("scope", scopes.joined(separator: " ")), ("service", service),
        ].map { "\($0.0)=\(RegistryURL.escape($0.1))" }.joined(separator: "&")
    }
}

/// A token that a token server gave.
struct RegistryToken: Hashable, Sendable {
    /// What goes behind `Bearer`.
    let value: String
    /// Seconds that it lives.
    let lifetime: Int
    /// A refresh token, where one was asked for and given.
    let refreshToken: String?

    private struct Wire: Decodable {
        var token: String?
        var accessToken: String?
        var expiresIn: Int?
        var refreshToken: String?

        private enum CodingKeys: String, CodingKey {
            case token
            case accessToken = "access_token"
            case expiresIn = "expires_in"
            case refreshToken = "refresh_token"
        }
    }

    /// Reads a token server's reply.
    ///
    /// - Throws: `.damaged`.
    init(parsing bytes: [UInt8]) throws(RegistryError) {
        let wire: Wire
        do {
            wire = try JSONText.decode(Wire.self, from: bytes)
        } catch {
            throw RegistryError(.damaged, "the token server's reply is no valid JSON object")
        }
        let value = wire.token ?? wire.accessToken ?? ""
        guard !value.isEmpty, value.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw RegistryError(.damaged, "authorization server did not include a token in the response")
        }
        self.value = value
        // The specification's least; a server that says less is not believed.
        lifetime = max(60, wire.expiresIn ?? 60)
        refreshToken = wire.refreshToken
    }
}
