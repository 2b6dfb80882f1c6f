import EngineAPI
import Synchronization
import Testing

@testable import EngineHTTP

@Suite struct StreamTests {
    @Test func waitSendsItsHeadAtOnce() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let waiting = try RawClient(path)
            await waiting.send("POST /containers/red/wait?condition=next-exit HTTP/1.1\r\nHost: e\r\n\r\n")
            let head = await waiting.read(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"))
            #expect(head.contains("Transfer-Encoding: chunked") && head.hasSuffix("\r\n\r\n"))
            #expect(await eventually { engine.state.withLock { !$0.waits.isEmpty } })
            #expect(try await ask(path, "POST /containers/red/start").status == 204)
            #expect(await waiting.read(until: "0\r\n\r\n") == "11\r\n{\"StatusCode\":7}\n\r\n0\r\n\r\n")
            // The connection goes on.
            await waiting.send("GET /_ping HTTP/1.1\r\nHost: e\r\n\r\n")
            #expect(await waiting.read(until: "OK").hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func logsAreFramed() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let reply = try await ask(path, "GET /containers/red/logs?stdout=1&stderr=1&tail=5")
            #expect(reply.head.contains("Content-Type: application/vnd.docker.multiplexed-stream"))
            #expect(reply.body == "c\r\n\u{1}\0\0\0\0\0\0\u{4}one\n\r\nc\r\n\u{2}\0\0\0\0\0\0\u{4}two\n\r\n0\r\n\r\n")
            let old = try await ask(path, "GET /v1.41/containers/red/logs?stdout=1")
            #expect(old.head.contains("Content-Type: application/vnd.docker.raw-stream"))
            #expect(
                engine.calls == [
                    "logs tail=5 follow=false", "log closed", "logs tail=- follow=false", "log closed",
                ])
        }
    }

    @Test func hangingUpCancels() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, server) async throws in
            for request in ["GET /events", "POST /containers/red/pause"] {
                let client = try RawClient(path)
                await client.send("\(request) HTTP/1.1\r\nHost: e\r\n\r\n")
                if request.contains("events") { _ = await client.read(until: "\"timeNano\":2}") }
                try await Task.sleep(for: .milliseconds(50))
                client.hangUp()
            }
            #expect(await eventually { Set(engine.cancelled) == ["events", "pause"] })
            let follower = try RawClient(path)
            await follower.send("GET /containers/red/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: e\r\n\r\n")
            _ = await follower.read(until: "two")
            follower.hangUp()
            #expect(await eventually { engine.calls.contains("log closed") })
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func halfClosedClientsStillGetTheirReply() async throws {
        try await withServer { (path, _) async throws in
            let client = try RawClient(path)
            await client.send("GET /containers/red/json HTTP/1.1\r\nHost: e\r\n\r\n")
            client.endInput()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self).contains("\"Id\":\"abc\""))
        }
    }

    @Test func progressAndFailuresInBand() async throws {
        try await withServer { (path, _) async throws in
            let pulled = try await ask(path, "POST /images/create?fromImage=busybox&tag=latest")
            #expect(pulled.status == 200)
            #expect(pulled.body.contains("{\"status\":\"Pulling\",\"id\":\"latest\"}\r\n"))
            #expect(
                pulled.body.contains(
                    #"{"errorDetail":{"message":"the registry went away"},"error":"the registry went away"}"#))
            #expect(try await ask(path, "POST /images/create?fromImage=absent").status == 404)
            let garbage = try await ask(path, "POST /images/load?quiet=1", body: "garbage")
            #expect(garbage.status == 200)
            #expect(garbage.body.contains(#"{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}"#))
        }
    }

    @Test func bodiesAreStreamedWithBackPressure() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, server) async throws in
            let client = try RawClient(path)
            await client.send(
                "POST /images/load HTTP/1.1\r\nHost: e\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
            #expect(await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            let piece = Array("40000\r\n".utf8) + [UInt8](repeating: 65, count: 0x40000) + Array("\r\n".utf8)
            for _ in 0..<16 { await client.send(piece) }
            await client.send("0\r\n\r\n")
            #expect(await client.read(until: "0\r\n\r\n").contains("Loaded 4194304"))

            // An engine that does not read stops the client.
            let stuck = try RawClient(path)
            await stuck.send("POST /images/load HTTP/1.1\r\nHost: e\r\nContent-Length: 100000000\r\n\r\nstop")
            #expect(await eventually { engine.state.withLock { $0.loadedBytes } == 4 })
            let sending = Task { await stuck.send([UInt8](repeating: 66, count: 50_000_000)) }
            try await Task.sleep(for: .milliseconds(300))
            stuck.hangUp()
            #expect(await sending.value < 2_000_000)
            #expect(await eventually { engine.cancelled == ["load"] && server.connectionCount == 1 })
        }
    }

    @Test func downloadsMayBeBrokenOff() async throws {
        try await withServer { (path, server) async throws in
            for _ in 0..<5 {
                let client = try RawClient(path)
                await client.send("GET /images/busybox/get HTTP/1.1\r\nHost: e\r\n\r\n")
                _ = await client.read()
                client.hangUp()
            }
            #expect(await eventually { server.connectionCount == 0 })
            let ping = try await ask(path, "GET /_ping")
            #expect(ping.status == 200)
        }
    }

    @Test func downloadsAreWhole() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let client = try RawClient(path)
            await client.send("GET /images/get?names=a&names=b HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n")
            let bytes = await client.readToEnd()
            #expect(bytes.count { $0 == 42 } == 4_000_000)
            #expect(bytes.suffix(5) == Array("0\r\n\r\n".utf8))
            #expect(engine.calls == ["save [\"a\", \"b\"]"])
        }
    }
}
