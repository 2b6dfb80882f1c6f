import EngineAPI
import Glibc
import Logging
import Testing

@testable import EngineHTTP

@Suite struct HostileTests {
    @Test(arguments: [
        "NONSENSE\r\n\r\n", "GET /_ping HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ])
    func malformedRequestsAreRefused(_ text: String) async throws {
        try await withServer { (path, _) async throws in
            let reply = try await exchange(path, text)
            #expect(reply.hasPrefix("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"))
            #expect(reply.contains(#"{"message":"malformed request"#))
        }
    }

    @Test func endlessHeadersAreRefused() async throws {
        try await withServer { (path, server) async throws in
            let long = try RawClient(path)
            await long.send("GET /_ping HTTP/1.1\r\nX: ")
            await long.send([UInt8](repeating: 65, count: 200_000))
            #expect(await long.read(until: "}").contains("request header fields too large"))
            let many = try RawClient(path)
            await many.send("GET /_ping HTTP/1.1\r\n")
            for number in 0..<300 { await many.send("X-\(number): y\r\n") }
            #expect(await many.read(until: "}").contains("HTTP/1.1 400"))
        }
    }

    @Test func slowHeadsEnd() async throws {
        var limits = ConnectionLimits()
        limits.headTime = .milliseconds(200)
        limits.lingerTime = .milliseconds(100)
        try await withServer(limits: limits) { (path, server) async throws in
            let client = try RawClient(path)
            await client.send("GET /_ping HT")
            let reply = String(decoding: await client.readToEnd(), as: UTF8.self)
            #expect(reply.hasPrefix("HTTP/1.1 408 Request Timeout"))
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func slowBodiesEnd() async throws {
        var limits = ConnectionLimits()
        limits.bodyTime = .milliseconds(200)
        limits.lingerTime = .milliseconds(100)
        try await withServer(limits: limits) { (path, server) async throws in
            let client = try RawClient(path)
            await client.send("POST /containers/create HTTP/1.1\r\nHost: e\r\nContent-Length: 100\r\n\r\n{")
            let reply = String(decoding: await client.readToEnd(), as: UTF8.self)
            #expect(reply.hasPrefix("HTTP/1.1 408 Request Timeout"))
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func idleConnectionsEnd() async throws {
        var limits = ConnectionLimits()
        limits.idleTime = .milliseconds(200)
        try await withServer(limits: limits) { (path, _) async throws in
            let silent = try RawClient(path)
            #expect(await silent.readToEnd().isEmpty)
            let kept = try RawClient(path)
            await kept.send("GET /_ping HTTP/1.1\r\nHost: e\r\n\r\n")
            #expect(String(decoding: await kept.readToEnd(), as: UTF8.self).hasSuffix("OK"))
        }
    }

    @Test func largeBodiesAreRefused() async throws {
        var limits = ConnectionLimits()
        limits.wholeBody = 1000
        try await withServer(limits: limits) { (path, _) async throws in
            let told = try await exchange(
                path, "POST /containers/create HTTP/1.1\r\nHost: e\r\nContent-Length: 2000\r\n\r\n")
            #expect(told.hasPrefix("HTTP/1.1 413"))
            let client = try RawClient(path)
            await client.send("POST /containers/create HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\n")
            await client.send("7d0\r\n" + String(repeating: "x", count: 2000) + "\r\n")
            #expect(await client.read(until: "}").hasPrefix("HTTP/1.1 413"))
            // A body that the route does not want is thrown away.
            let get = try await ask(path, "GET /_ping", body: String(repeating: "x", count: 5000))
            #expect(get.status == 200)
        }
    }

    @Test func aSocketInUseIsLeftAlone() async throws {
        try await withServer { (path, _) async throws in
            let second = APIServer(service: FakeEngine(), logger: Logger(label: "test"))
            let refusal = await #expect(throws: ListenError.self) {
                try await second.listen(on: [.unix(path: path, group: nil, mode: 0o660)])
            }
            #expect(refusal?.message.contains("is in use by another daemon") == true)
            await second.shutdown()
            let ping = try await ask(path, "GET /_ping")
            #expect(ping.status == 200)
        }
    }

    @Test func aSocketFromOutsideIsServed() async throws {
        let path = "/tmp/causeway-given-\(getpid()).sock"
        let descriptor = try ListeningSocket.listen(path: path, group: nil, mode: 0o600) { _ in }
        defer { _ = unsafe unlink(path) }
        let server = APIServer(service: FakeEngine(), logger: Logger(label: "test"))
        try await server.listen(on: [.descriptor(descriptor)])
        let ping = try await ask(path, "GET /_ping")
        #expect(ping.status == 200)
        await server.shutdown()
        #expect(unsafe access(path, F_OK) == 0, "a socket that was given is not removed")
    }

    @Test func leftoverSocketsAreReplacedAndOthersAreNot() async throws {
        let directory = "/tmp/causeway-left-\(getpid())"
        try #require(unsafe mkdir(directory, 0o700) == 0)
        let path = directory + "/s"
        let left = try ListeningSocket.listen(path: path, group: nil, mode: 0o600) { _ in }
        Glibc.close(left)
        let again = try ListeningSocket.listen(path: path, group: "no-such-group", mode: 0o660) { words in
            #expect(words.contains("no-such-group"))
        }
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
        Glibc.close(again)
        _ = unsafe unlink(path)
        let file = unsafe fopen(path, "w")
        if let file = unsafe file { unsafe fclose(file) }
        #expect(throws: ListenError.self) { try ListeningSocket.listen(path: path, group: nil, mode: 0o660) { _ in } }
        _ = unsafe unlink(path)
        _ = unsafe rmdir(directory)
        #expect(throws: ListenError.self) {
            try ListeningSocket.listen(path: "/tmp/" + String(repeating: "x", count: 200), group: nil, mode: 0o660) {
                _ in
            }
        }
    }

    @Test func tooManyClientsAreTold() async throws {
        var limits = ConnectionLimits()
        limits.connections = 3
        try await withServer(limits: limits) { (path, server) async throws in
            let held = try (0..<3).map { _ in try RawClient(path) }
            #expect(await eventually { server.connectionCount == 3 })
            let reply = try await exchange(path, "GET /_ping HTTP/1.1\r\nHost: e\r\n\r\n")
            #expect(reply.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            #expect(reply.contains(#"{"message":"too many connections: 3 are open"#))
            await held[0].send("GET /_ping HTTP/1.1\r\nHost: e\r\n\r\n")
            #expect(await held[0].read(until: "OK").hasPrefix("HTTP/1.1 200"))
            held[0].hangUp()
            #expect(await eventually { server.connectionCount == 2 })
            #expect(
                try await exchange(path, "GET /_ping HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n").hasPrefix(
                    "HTTP/1.1 200"))
        }
    }
}
