import NIOHTTP1
import Synchronization

/// What a session is for: decides which access is asked for.
public enum RegistryPurpose: Sendable {
    /// Reading.
    case pull
    /// Reading and writing.
    case push
}

/// One repository of one registry, with the credentials of one caller.
public final class RegistrySession: Sendable {
    /// The registry as it stands in images' names: `docker.io`, `203.0.113.8:5000`.
    public let host: String
    /// The repository in the registry: `library/busybox`.
    public let repository: String

    let purpose: RegistryPurpose
    let endpoint: RegistryEndpoint
    let transport: HTTPTransport
    let authorizer: Authorizer
    let configuration: RegistryConfiguration

    init(
        host: String, repository: String, purpose: RegistryPurpose, endpoint: RegistryEndpoint,
        credentials: RegistryCredentials, transport: HTTPTransport, configuration: RegistryConfiguration
    ) {
        self.host = host
        self.repository = repository
        self.purpose = purpose
        self.endpoint = endpoint
        self.transport = transport
        self.configuration = configuration
        authorizer = Authorizer(credentials, endpoint: endpoint, transport: transport)
    }

    /// The access that the session's own requests need.
    var scope: String { "repository:\(repository):" + (purpose == .push ? "pull,push" : "pull") }

    /// Asks `/v2/`: finds out whether the endpoint answers and what authorization it wants.
    func ping() async throws {
        let reply = try await transport.send(
            HTTPCall(.GET, endpoint.url(""), skipsVerification: endpoint.skipsVerification))
        _ = try await reply.collect(upTo: 1 << 20)
        if reply.status == 401 { await authorizer.learn(reply.headers["www-authenticate"]) }
        if reply.status >= 500 {
            throw RegistryError(
                .failing, "GET \"\(reply.url.withoutQuery)\": unexpected status from the registry: \(reply.status)")
        }
    }

    /// Sends a request with authorization, once more where that is refused, and follows redirects.
    ///
    /// - Parameters:
    ///   - url: where; outside of the endpoint's own host no authorization goes along.
    ///   - scopes: the access that it needs; nil for the session's.
    func send(
        _ method: HTTPMethod, _ url: RegistryURL, headers: [(String, String)] = [], body: HTTPBody = .none,
        scopes: [String]? = nil
    ) async throws -> HTTPReply {
        var current = url
        var refused = false
        for _ in 0..<12 {
            var call = HTTPCall(method, current, headers: headers, skipsVerification: endpoint.skipsVerification)
            call.body = body
            let isOwn = current.authority == endpoint.base.authority && current.scheme == endpoint.base.scheme
            if isOwn, let value = try await authorizer.header(for: scopes ?? [scope]) {
                call.headers.append(("Authorization", value))
            }
            let reply = try await transport.send(call)
            switch reply.status {
            case 401 where isOwn && !refused:
                _ = try await reply.collect(upTo: 1 << 20)
                refused = true
                await authorizer.learn(reply.headers["www-authenticate"])
            case 301, 302, 303, 307, 308:
                guard method == .GET || method == .HEAD else { return reply }
                _ = try? await reply.collect(upTo: 1 << 20)
                guard let location = reply["location"], let next = current.resolve(location) else {
                    throw RegistryError(.damaged, "\(method) \"\(current.withoutQuery)\": a redirect without a target")
                }
                if current.scheme == "https", next.scheme == "http", !endpoint.skipsVerification {
                    throw RegistryError(
                        .denied, "\(method) \"\(current.withoutQuery)\": the registry redirects to one without TLS")
                }
                current = next
            default: return reply
            }
        }
        throw RegistryError(.damaged, "\(method) \"\(url.withoutQuery)\": stopped after 10 redirects")
    }

    /// The same for a path of the repository, where only some statuses are good.
    ///
    /// - Throws: the registry's own words for any other status.
    func expect(
        _ statuses: [Int], _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [],
        body: HTTPBody = .none, scopes: [String]? = nil
    ) async throws -> HTTPReply {
        let url = endpoint.url(repository + "/" + path)
        let reply = try await send(method, url, headers: headers, body: body, scopes: scopes)
        if statuses.contains(reply.status) { return reply }
        throw await refusal(reply, method)
    }

    /// The error of a reply.
    func refusal(_ reply: HTTPReply, _ method: HTTPMethod) async -> RegistryError {
        let bytes = (try? await reply.collect(upTo: 1 << 20)) ?? []
        return RegistryReply.failure(reply.status, bytes, "\(method) \"\(reply.url.withoutQuery)\"")
    }
}
