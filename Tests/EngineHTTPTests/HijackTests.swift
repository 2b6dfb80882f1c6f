import EngineAPI
import Testing

@testable import EngineHTTP

@Suite struct HijackTests {
    private static let upgrade = "Host: e\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"

    private func frame(_ stream: UInt8, _ text: String) -> String {
        String(decoding: [stream, 0, 0, 0, 0, 0, 0, UInt8(text.utf8.count)], as: UTF8.self) + text
    }

    @Test func attachBothWaysWithHalfClose() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, server) async throws in
            let client = try RawClient(path)
            engine.session.emit("first")
            await client.send(
                "POST /v1.51/containers/red/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\n\(Self.upgrade)\r\n")
            let head = String(decoding: await client.read(), as: UTF8.self)
            #expect(
                head.hasPrefix(
                    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                ))
            #expect(head.hasSuffix("\r\n\r\n"), "output must not come with the head")
            #expect(String(decoding: await client.read(), as: UTF8.self) == frame(1, "first"))
            await client.send("hello")
            #expect(String(decoding: await client.read(), as: UTF8.self) == frame(1, "hello"))
            client.endInput()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self) == frame(2, "bye"))
            #expect(await eventually { engine.session.isClosed && server.connectionCount == 0 })
        }
    }

    @Test func inputSentAheadIsNotLost() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let client = try RawClient(path)
            await client.send(
                "POST /containers/red/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\n\(Self.upgrade)\r\nahead")
            let reply = await client.read(until: "ahead")
            #expect(reply.hasSuffix(frame(1, "ahead")))
            client.endInput()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self) == frame(2, "bye"))
        }
    }

    @Test func terminalsAreRaw() async throws {
        let engine = FakeEngine(tty: true)
        try await withServer(engine) { (path, _) async throws in
            let client = try RawClient(path)
            let body = #"{"Detach":false,"Tty":true}"#
            await client.send(
                "POST /exec/e1/start HTTP/1.1\r\n\(Self.upgrade)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            let head = await client.read(until: "\r\n\r\n")
            #expect(head.contains("101 UPGRADED") && head.contains("application/vnd.docker.raw-stream"))
            await client.send("ls\r")
            #expect(String(decoding: await client.read(), as: UTF8.self) == "ls\r")
            engine.session.finish()
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test func withoutUpgradeItIsTwoHundred() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let client = try RawClient(path)
            let body = "{}"
            await client.send("POST /exec/e1/start HTTP/1.1\r\nHost: e\r\nContent-Length: 2\r\n\r\n\(body)")
            let head = await client.read(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n"))
            #expect(!head.contains("Upgrade") && !head.contains("Transfer-Encoding"))
            await client.send("x")
            #expect(String(decoding: await client.read(), as: UTF8.self) == frame(1, "x"))
            client.endInput()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self) == frame(2, "bye"))
        }
    }

    @Test func clientsThatGoAreLetGo() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, server) async throws in
            let client = try RawClient(path)
            await client.send("POST /containers/red/attach?stream=1&stdout=1 HTTP/1.1\r\n\(Self.upgrade)\r\n")
            _ = await client.read(until: "\r\n\r\n")
            client.hangUp()
            #expect(await eventually { engine.session.isClosed && server.connectionCount == 0 })
        }
    }

    @Test func refusalsComeBeforeTheUpgrade() async throws {
        try await withServer { (path, _) async throws in
            let reply = try await ask(path, "POST /containers/nosuch/attach?stream=1")
            #expect(reply.status == 404 && reply.body == "{\"message\":\"No such container: nosuch\"}\n")
            #expect(try await ask(path, "POST /exec/nosuch/start", body: "{}").status == 404)
            #expect(try await ask(path, "POST /exec/e1/start", body: #"{"Detach":true}"#).status == 200)
            // A program that cannot be run is told on the stream.
            let bad = try await ask(path, "POST /exec/bad/start", body: "{}")
            #expect(bad.status == 200 && bad.body == frame(1, "executable file not found\r\n"))
        }
    }

    @Test func inputThatNobodyAskedForIsDropped() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let client = try RawClient(path)
            await client.send("POST /containers/red/attach?stream=1&stdout=1 HTTP/1.1\r\n\(Self.upgrade)\r\n")
            _ = await client.read(until: "\r\n\r\n")
            await client.send("ignored")
            client.endInput()
            try await Task.sleep(for: .milliseconds(50))
            engine.session.emit("still here")
            engine.session.finish()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self) == frame(1, "still here"))
            #expect(engine.session.input.isEmpty)
        }
    }
}
