import EngineAPI
import Testing

@testable import EngineHTTP

/// The operations that Docker's API does not have.
@Suite struct CausewayRouteTests {
    @Test func `map and comparison are asked for with and without a version`() async throws {
        try await withServer { (path, _) async throws in
            #expect(try await ask(path, "GET /causeway/map").body == #"{"bridges":["docker0"]}"# + "\n")
            #expect(try await ask(path, "GET /v1.51/causeway/map").status == 200)
            let both = try await ask(path, "GET /causeway/compare?a=docker0&b=brd0")
            #expect(both.body == #"{"left":"docker0","right":"brd0"}"# + "\n")
            #expect(try await ask(path, "GET /causeway/compare?a=docker0").status == 400)
            let missing = try await ask(path, "GET /causeway/compare?a=docker0&b=nothing")
            #expect(missing.status == 404 && missing.body.contains("there is no bridge"))
        }
    }

    @Test func `a probe needs a source, a destination, and a protocol that is one`() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let asked = #"{"source":"red","destination":"blue:80","protocol":"tcp"}"#
            #expect(try await ask(path, "POST /causeway/trace", body: asked).status == 200)
            #expect(try await ask(path, "POST /v1.40/causeway/why", body: #"{"source":"docker0"}"#).status == 200)
            for body in ["{}", #"{"source":"red"}"#, asked.replacing("tcp", with: "sctp"), "[]", "nothing"] {
                #expect(try await ask(path, "POST /causeway/trace", body: body).status == 400, "\(body)")
            }
        }
        #expect(engine.calls == ["probe red blue:80 tcp why=false", "probe docker0   why=true"])
    }

    @Test func `a capture is a stream that ends with its count, or with the connection`() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let counted = try await ask(
                path, "GET /causeway/capture?source=red&filter=icmp%20or%20arp&interface=docker0&interface=up0&count=2")
            #expect(counted.status == 200 && counted.body.contains("{}\n"))
            for query in ["", "?source=", "?source=red&format=text", "?source=red&count=x"] {
                #expect(try await ask(path, "GET /causeway/capture\(query)").status == 400, "\(query)")
            }
            let client = try RawClient(path)
            await client.send("GET /v1.51/causeway/capture?source=red&format=pcapng HTTP/1.1\r\nHost: e\r\n\r\n")
            #expect(await client.read(until: "{}").contains("application/x-pcapng"))
            client.hangUp()
            #expect(await eventually { engine.calls.count == 4 })
        }
        #expect(engine.cancelled == ["capture"])
        #expect(
            engine.calls == [
                #"capture red [icmp or arp] ["docker0", "up0"] 2 json"#, "capture ended", "capture red [] [] 0 pcapng",
                "capture ended",
            ])
    }
}
