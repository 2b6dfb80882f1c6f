import Testing

@testable import EngineHTTP

@Suite("What every reply has")
struct ProtocolTests {
    @Test(
        "Api-Version, Ostype and Server, whatever the reply",
        arguments: [
            "GET /_ping", "HEAD /_ping", "GET /nosuch", "GET /v9.9/info", "POST /swarm/leave",
            "GET /containers/nobody/json",
            "POST /containers/running/start", "GET /events?until=1", "POST /build", "POST /containers/create",
            "GET /containers/red/logs?stdout=1",
        ])
    func fields(_ line: String) async throws {
        try await withServer { (path, _) async throws in
            let reply = try await ask(path, line)
            #expect(reply.head.contains("\r\nApi-Version: 1.51\r\n"))
            #expect(reply.head.contains("\r\nOstype: linux\r\n"))
            #expect(reply.head.contains("\r\nServer: Causeway/0.1.0 (linux)\r\n"))
            if reply.status >= 400 {
                #expect(reply.head.contains("\r\nContent-Type: application/json\r\n"))
                #expect(reply.body.hasPrefix(#"{"message":""#) && reply.body.hasSuffix("\"}\n"))
            }
            if line.hasPrefix("HEAD") || reply.status == 304 || reply.status == 204 { #expect(reply.body == "") }
        }
    }

    @Test("JSON that is streamed comes one object a chunk")
    func chunks() async throws {
        try await withServer { (path, _) async throws in
            let reply = try await ask(path, "GET /containers/red/stats?stream=0")
            #expect(reply.head.contains("\r\nTransfer-Encoding: chunked"))
            let lines = reply.body.split(separator: "\r\n")
            let size = try #require(lines.first.flatMap { Int($0, radix: 16) })
            #expect(lines[1].utf8.count == size && lines[1].hasSuffix("}\n"))
        }
    }

    @Test(
        "booleans come as clients write them",
        arguments: [("1", true), ("True", true), ("true", true), ("0", false), ("False", false), ("", false)])
    func booleans(_ text: String, _ value: Bool) async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            _ = try await ask(path, "GET /containers/red/stats?stream=0&one-shot=\(text)")
            #expect(engine.calls == ["stats stream=false one-shot=\(value)"])
            let both = try await ask(path, "GET /containers/red/stats?stream=1&one-shot=1")
            #expect(both.status == 400)
        }
    }
}
