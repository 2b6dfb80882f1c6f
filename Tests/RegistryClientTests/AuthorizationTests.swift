import EngineAPI
import Synchronization
import Testing

@testable import Engine
@testable import ImageStore
@testable import RegistryClient

@Suite("authorization", .timeLimit(.minutes(5)))
struct AuthorizationTests {
    private static let me = RegistryCredentials(username: "me", password: "s3cret")

    /// A registry that wants a token, and the server that gives it; both at one address.
    private func tokenRegistry(_ image: FakeImage, anonymous: Bool = false) throws -> ScriptedServer {
        let address = Mutex("")
        let server = try ScriptedServer { request in
            let host = request.headers["host"] ?? ""
            address.withLock { $0 = host }
            if request.target.hasPrefix("/token") {
                guard anonymous || request.headers["authorization"] == Self.me.basic else {
                    return .json(#"{"details":"incorrect username or password"}"#, status: 401)
                }
                guard request.target.contains("scope=repository%3Ademo%3Apull") || !request.target.contains("scope=")
                else { return .json("{}", status: 400) }
                return .json(#"{"token":"t0ken","expires_in":300}"#)
            }
            guard request.headers["authorization"] == "Bearer t0ken" else {
                var reply = ScriptedServer.Reply.json(
                    #"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#, status: 401)
                reply.headers.append(
                    ("WWW-Authenticate", #"Bearer realm="http://\#(host)/token",service="reg",scope="ignored""#))
                return reply
            }
            return image.reply(to: request)
        }
        return server
    }

    @Test func `a token is fetched once and used for all requests`() async throws {
        let image = try FakeImage(layers: 3)
        let server = try tokenRegistry(image)
        let bench = try PullBench()
        try await bench.pull("\(server.host)/demo:latest", credentials: Self.me)
        #expect(bench.images.find(image.id) != nil)
        #expect(server.requests.filter { $0.target.hasPrefix("/token") }.count == 1)
        // The password goes to the token server, nowhere else.
        #expect(
            !server.requests.contains { !$0.target.hasPrefix("/token") && $0.headers["authorization"] == Self.me.basic }
        )
    }

    @Test func `anybody may have a token where the server says so`() async throws {
        let image = try FakeImage()
        let server = try tokenRegistry(image, anonymous: true)
        let bench = try PullBench()
        try await bench.pull("\(server.host)/demo:latest")
        #expect(bench.images.find(image.id) != nil)
    }

    @Test func `wrong and missing credentials are told, without the password`() async throws {
        let image = try FakeImage()
        let server = try tokenRegistry(image)
        let bench = try PullBench()
        for credentials in [RegistryCredentials(), RegistryCredentials(username: "me", password: "wr0ng")] {
            let failure = await #expect(throws: RegistryError.self) {
                try await bench.pull("\(server.host)/demo:latest", credentials: credentials)
            }
            #expect(failure?.kind == .unauthorized)
            #expect(failure?.message.contains("wr0ng") == false)
        }
    }

    @Test func `basic credentials are sent, and asked for in Docker's words`() async throws {
        let image = try FakeImage()
        let server = try ScriptedServer { request in
            if request.headers["authorization"] == Self.me.basic { return image.reply(to: request) }
            return .init(status: 401, headers: [("WWW-Authenticate", #"Basic realm="lab""#)])
        }
        let bench = try PullBench()
        try await bench.pull("\(server.host)/demo:latest", credentials: Self.me)
        let failure = await #expect(throws: RegistryError.self) {
            try await bench.pull("\(server.host)/demo:latest")
        }
        #expect(failure?.message.contains("no basic auth credentials") == true)
        #expect(try await bench.client.login(host: server.host, credentials: Self.me) == nil)
        let refused = await #expect(throws: RegistryError.self) {
            try await bench.client.login(
                host: server.host, credentials: RegistryCredentials(username: "me", password: "x"))
        }
        #expect(refused?.kind == .unauthorized && refused?.message.contains("failed with status: 401") == true)
    }

    @Test func `a redirect to another host carries no authorization`() async throws {
        let image = try FakeImage()
        let storage = try ScriptedServer { image.reply(to: $0) }
        let elsewhere = storage.host
        let server = try ScriptedServer { request in
            guard request.headers["authorization"] == Self.me.basic else {
                return .init(status: 401, headers: [("WWW-Authenticate", "Basic realm=x")])
            }
            return image.isLayer(request)
                ? .init(status: 307, headers: [("Location", "http://\(elsewhere)\(request.target)?signature=1")])
                : image.reply(to: request)
        }
        let bench = try PullBench()
        let failure = await #expect(throws: RegistryError.self) {
            try await bench.pull("\(server.host)/demo:latest", credentials: Self.me)
        }
        // The storage does not know the signed name: that it was asked is what counts.
        #expect(failure?.kind == .notFound)
        #expect(!storage.requests.isEmpty)
        #expect(storage.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test func `a refresh token is sent by POST`() async throws {
        let image = try FakeImage()
        let server = try ScriptedServer { request in
            let host = request.headers["host"] ?? ""
            if request.target.hasPrefix("/token") {
                let form = String(decoding: request.body, as: UTF8.self)
                guard request.method == "POST", form.contains("grant_type=refresh_token"),
                    form.contains("refresh_token=r3fresh")
                else { return .json("{}", status: 401) }
                return .json(#"{"access_token":"t0ken"}"#)
            }
            if request.headers["authorization"] == "Bearer t0ken" { return image.reply(to: request) }
            return .init(status: 401, headers: [("WWW-Authenticate", #"Bearer realm="http://\#(host)/token""#)])
        }
        var credentials = RegistryCredentials()
        credentials.identityToken = "r3fresh"
        let bench = try PullBench()
        try await bench.pull("\(server.host)/demo:latest", credentials: credentials)
        #expect(bench.images.find(image.id) != nil)
    }
}
