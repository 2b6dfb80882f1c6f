import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A request to a registry or a token server.
struct HTTPCall: Sendable {
    var method: HTTPMethod
    var url: RegistryURL
    var headers: [(String, String)] = []
    /// Whether any certificate will do.
    var skipsVerification = false
    /// What to send. Asked anew for every attempt.
    var body: HTTPBody = .none

    init(_ method: HTTPMethod, _ url: RegistryURL, headers: [(String, String)] = [], skipsVerification: Bool) {
        self.method = method
        self.url = url
        self.headers = headers
        self.skipsVerification = skipsVerification
    }
}

/// A request's body.
enum HTTPBody: Sendable {
    case none
    case bytes([UInt8])
    /// A file, read while it is sent.
    case file(FileBody)
}

/// A reply's head, and its body as it comes.
struct HTTPReply: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let url: RegistryURL
    let body: HTTPClientResponse.Body

    /// A header's value.
    subscript(_ name: String) -> String? { headers.first(name: name) }

    /// The whole body.
    ///
    /// - Throws: `.damaged` where it is longer than `limit` bytes.
    func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await piece in body {
                if bytes.count + piece.readableBytes > limit {
                    throw RegistryError(.damaged, "\(url.withoutQuery): the reply is longer than \(limit) bytes")
                }
                bytes += piece.readableBytesView
            }
        } catch {
            throw HTTPFailure.translate(error, "read \(url.withoutQuery)", url)
        }
        return bytes
    }
}

/// The one place that speaks HTTP. Its client, connections and thread are made with the first use and given back
/// once nobody has used them for a while: a daemon that pulls nothing pays nothing.
final class HTTPTransport: Sendable {
    private let configuration: RegistryConfiguration

    private struct State {
        var group: MultiThreadedEventLoopGroup?
        var clients: [ProxySettings.Proxy?: HTTPClient] = [:]
        var users = 0
        /// Counts uses, so that a late timer sees that there was another.
        var generation = 0
    }

    private let state = Mutex(State())

    init(_ configuration: RegistryConfiguration) {
        self.configuration = configuration
    }

    /// Keeps the client alive while `body` runs.
    func using<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        state.withLock {
            $0.users += 1
            $0.generation += 1
        }
        defer { release() }
        return try await body()
    }

    private func release() {
        let generation = state.withLock { state -> Int? in
            state.users -= 1
            return state.users == 0 && state.group != nil ? state.generation : nil
        }
        guard let generation else { return }
        let wait = configuration.idleTimeout
        Task { [self] in
            try? await Task.sleep(for: .milliseconds(wait))
            await shutDown(generation: generation)
        }
    }

    private func shutDown(generation: Int?) async {
        let old = state.withLock { state -> ([HTTPClient], MultiThreadedEventLoopGroup?) in
            guard state.users == 0, generation == nil || generation == state.generation else { return ([], nil) }
            defer {
                state.clients = [:]
                state.group = nil
            }
            return (Array(state.clients.values), state.group)
        }
        for client in old.0 { try? await client.shutdown() }
        try? await old.1?.shutdownGracefully()
    }

    /// Whether it holds connections and a thread.
    var isWarm: Bool { state.withLock { $0.group != nil } }

    private func client(for url: RegistryURL) throws(RegistryError) -> HTTPClient {
        let proxy = try configuration.proxies.proxy(for: url)
        return state.withLock { state in
            if let client = state.clients[proxy] { return client }
            let group = state.group ?? MultiThreadedEventLoopGroup(numberOfThreads: 1)
            state.group = group
            var settings = HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: .init(
                    connect: .milliseconds(configuration.connectTimeout),
                    read: .milliseconds(configuration.stallTimeout),
                    write: .milliseconds(configuration.stallTimeout)))
            settings.httpVersion = .http1Only
            settings.connectionPool.retryConnectionEstablishment = false
            settings.connectionPool.idleTimeout = .seconds(15)
            if let proxy {
                settings.proxy = .server(
                    host: proxy.host, port: proxy.port,
                    authorization: proxy.credentials.map { .basic(credentials: $0) })
            }
            let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: settings)
            state.clients[proxy] = client
            return client
        }
    }

    /// Sends a request and returns the head of the reply. Redirects are not followed here.
    ///
    /// - Throws: `.unreachable` in words that name the URL.
    func send(_ call: HTTPCall) async throws -> HTTPReply {
        var request = HTTPClientRequest(url: call.url.description)
        request.method = call.method
        request.headers.add(name: "User-Agent", value: "causeway")
        for (name, value) in call.headers { request.headers.replaceOrAdd(name: name, value: value) }
        if call.url.scheme == "https" {
            request.tlsConfiguration = try TLSFiles.configuration(
                for: call.url.authority, folders: configuration.certificateFolders,
                skipsVerification: call.skipsVerification)
        }
        switch call.body {
        case .none: break
        case .bytes(let bytes): request.body = .bytes(ByteBuffer(bytes: bytes))
        case .file(let file): request.body = .stream(file, length: .known(file.size))
        }
        do {
            let response = try await client(for: call.url).execute(request, deadline: .distantFuture)
            return HTTPReply(
                status: Int(response.status.code), headers: response.headers, url: call.url, body: response.body)
        } catch {
            throw HTTPFailure.translate(error, "\(call.method) \"\(call.url.withoutQuery)\"", call.url)
        }
    }
}
