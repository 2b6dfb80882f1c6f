import EngineAPI

/// Who asks a registry: what `X-Registry-Auth` and `POST /auth` carry. Never printed.
public struct RegistryCredentials: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The account; empty for none.
    public var username = ""
    /// Its password.
    public var password = ""
    /// A refresh token (OAuth 2), in place of a password.
    public var identityToken = ""
    /// A token for the registry itself, sent as it is.
    public var registryToken = ""

    /// Nobody.
    public init() {}

    /// A name and a password.
    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }

    private struct Wire: Decodable {
        var username: String?
        var password: String?
        var auth: String?
        var identitytoken: String?
        var registrytoken: String?

        private enum CodingKeys: String, CodingKey {
            case username
            case password
            case auth
            case identitytoken
            case registrytoken
        }
    }

    /// Reads the header `X-Registry-Auth`: JSON in base 64. No header, or an empty one, is nobody.
    ///
    /// - Throws: `.invalid`.
    public init(header: String?) throws(RegistryError) {
        self.init()
        guard let header, !header.isEmpty else { return }
        guard let bytes = Base64.decode(header) else {
            throw RegistryError(.invalid, "invalid X-Registry-Auth header: it is no base64")
        }
        // Some clients send `null` for nobody.
        if bytes.elementsEqual("null".utf8) { return }
        self = try RegistryCredentials(json: bytes)
    }

    /// Reads an `AuthConfig` of the Docker Engine API.
    ///
    /// - Throws: `.invalid`.
    public init(json bytes: [UInt8]) throws(RegistryError) {
        let wire: Wire
        do {
            wire = try JSONText.decode(Wire.self, from: bytes)
        } catch {
            // The decoder's words could quote the password.
            throw RegistryError(.invalid, "invalid X-Registry-Auth header: it is no valid JSON object")
        }
        username = wire.username ?? ""
        password = wire.password ?? ""
        identityToken = wire.identitytoken ?? ""
        registryToken = wire.registrytoken ?? ""
        if username.isEmpty, let pair = Base64.decode(wire.auth ?? ""), let colon = pair.firstIndex(of: 58) {
            username = String(decoding: pair[..<colon], as: UTF8.self)
            password = String(decoding: pair[(colon + 1)...].prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Whether there is a name to present.
    var hasPassword: Bool { !username.isEmpty && identityToken.isEmpty }

    /// The value of `Authorization` for the scheme Basic (RFC 7617).
    var basic: String { "Basic " + Base64.encode(Array("\(username):\(password)".utf8)) }

    /// Says that there are some, not which.
    public var description: String {
        username.isEmpty && identityToken.isEmpty && registryToken.isEmpty ? "no credentials" : "credentials (hidden)"
    }
    /// The same.
    public var debugDescription: String { description }
}
