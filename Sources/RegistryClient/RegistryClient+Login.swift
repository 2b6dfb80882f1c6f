import NIOHTTP1

extension RegistryClient {
    /// Tries credentials (`POST /auth`).
    ///
    /// - Parameter host: the registry as it stands in images' names.
    /// - Returns: a refresh token to keep in place of the password; nil where the registry gives none.
    /// - Throws: `.unauthorized` where they are refused.
    public func login(host: String, credentials: RegistryCredentials) async throws -> String? {
        try await session(host: host, repository: "", purpose: .push, credentials: credentials) { session in
            guard await session.authorizer.isChallenged else { return nil }
            let header = try await session.authorizer.header(for: [], offline: true)
            var call = HTTPCall(
                .GET, session.endpoint.url(""), skipsVerification: session.endpoint.skipsVerification)
            if let header { call.headers = [("Authorization", header)] }
            let reply = try await session.transport.send(call)
            _ = try await reply.collect(upTo: 1 << 20)
            guard reply.status == 200 else {
                throw RegistryError(
                    reply.status == 401 ? .unauthorized : .failing,
                    "login attempt to \(reply.url.withoutQuery) failed with status: \(reply.status)"
                        + (reply.status == 401 ? " Unauthorized" : ""))
            }
            return await session.authorizer.refreshToken
        }
    }

    /// The registry that an address of `docker login` means: `https://index.docker.io/v1/` is `docker.io`.
    public static func registry(ofServerAddress text: String) -> String {
        var rest = text[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        let host = rest.prefix { $0 != "/" }.lowercased()
        return ["", "index.docker.io", "registry-1.docker.io"].contains(host) ? "docker.io" : host
    }
}
