import NIOHTTP1

/// Answers a registry's challenges: remembers what it asked for, and tokens while they live.
actor Authorizer {
    private let credentials: RegistryCredentials
    private let endpoint: RegistryEndpoint
    private let transport: HTTPTransport
    private var challenges: [Challenge] = []
    private var tokens: [[String]: (token: RegistryToken, until: ContinuousClock.Instant)] = [:]
    private var asking: [[String]: Task<RegistryToken, any Error>] = [:]
    /// The refresh token that came with a token.
    private(set) var refreshToken: String?

    init(_ credentials: RegistryCredentials, endpoint: RegistryEndpoint, transport: HTTPTransport) {
        // A mirror is not the registry that the credentials are for.
        self.credentials = endpoint.isMirror ? RegistryCredentials() : credentials
        self.endpoint = endpoint
        self.transport = transport
    }

    /// Takes over the challenges of a reply with status 401; tokens that it refused go.
    func learn(_ fields: [String]) {
        let found = Challenge.parse(fields)
        if !found.isEmpty { challenges = found }
        tokens = [:]
    }

    /// Whether the registry has asked for anything yet.
    var isChallenged: Bool { !challenges.isEmpty }

    /// The value of `Authorization` for some scopes; nil where nothing was asked for.
    ///
    /// - Throws: `.unauthorized` where credentials are missing or refused.
    func header(for scopes: [String], offline: Bool = false) async throws -> String? {
        if !credentials.registryToken.isEmpty { return "Bearer " + credentials.registryToken }
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            return "Bearer " + (try await token(bearer, scopes, offline: offline)).value
        }
        if challenges.contains(where: { $0.scheme == "basic" }) {
            guard credentials.hasPassword else { throw RegistryError(.unauthorized, "no basic auth credentials") }
            return credentials.basic
        }
        if let other = challenges.first {
            throw RegistryError(.unsupported, "the registry asks for authorization of the kind \"\(other.scheme)\"")
        }
        return nil
    }

    private func token(_ challenge: Challenge, _ scopes: [String], offline: Bool) async throws -> RegistryToken {
        if let known = tokens[scopes], known.until > .now { return known.token }
        let task: Task<RegistryToken, any Error>
        if let running = asking[scopes] {
            task = running
        } else {
            let request = try TokenRequest(challenge, scopes: scopes, endpoint: endpoint)
            let (credentials, endpoint, transport) = (credentials, endpoint, transport)
            task = Task { try await Self.ask(request, credentials, endpoint, transport, offline: offline) }
            asking[scopes] = task
        }
        defer { asking[scopes] = nil }
        let token = try await task.value
        // Not to the last second: it has a way to go.
        tokens[scopes] = (token, .now + .seconds(max(token.lifetime - 10, token.lifetime / 2)))
        refreshToken = token.refreshToken ?? refreshToken
        return token
    }

    private static func ask(
        _ request: TokenRequest, _ credentials: RegistryCredentials, _ endpoint: RegistryEndpoint,
        _ transport: HTTPTransport, offline: Bool
    ) async throws -> RegistryToken {
        var call: HTTPCall
        if credentials.identityToken.isEmpty {
            call = HTTPCall(
                .GET, request.url(credentials, offline: offline), skipsVerification: endpoint.skipsVerification)
            if credentials.hasPassword { call.headers = [("Authorization", credentials.basic)] }
        } else {
            call = HTTPCall(
                .POST, request.realm, headers: [("Content-Type", "application/x-www-form-urlencoded")],
                skipsVerification: endpoint.skipsVerification)
            call.body = .bytes(Array(request.form(credentials).utf8))
        }
        let reply = try await transport.send(call)
        let bytes = try await reply.collect(upTo: 1 << 20)
        guard (200..<300).contains(reply.status) else {
            throw RegistryReply.failure(reply.status, bytes, "\(call.method) \"\(request.realm.withoutQuery)\"")
        }
        return try RegistryToken(parsing: bytes)
    }
}
