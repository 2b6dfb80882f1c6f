import EngineAPI
import Synchronization
import Testing

@testable import EngineHTTP

@Suite("WebSockets (RFC 6455)")
struct WebSocketTests {
    private func masked(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        var frame = [first]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        }
        return frame + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    @Test("the RFC's own opening is accepted") func handshake() throws {
        let headers = [
            "upgrade": "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        #expect(try WebSocketHandshake.accept(headers) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        for missing in headers.keys {
            #expect(throws: APIError.self) { try WebSocketHandshake.accept(headers.filter { $0.key != missing }) }
        }
    }

    @Test("base64 pads", arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(_ plain: String, _ coded: String) {
        #expect(WebSocketHandshake.base64(plain.utf8) == coded)
    }

    @Test("lengths take the shortest form", arguments: [0, 125, 126, 65535, 65536])
    func lengths(_ count: Int) {
        let frame = WebSocketFrame.encode(.binary, [UInt8](repeating: 7, count: count))
        let head: [UInt8] =
            switch count {
            case ..<126: [0x82, UInt8(count)]
            case ...65535: [0x82, 126, UInt8(count >> 8), UInt8(count & 0xff)]
            default: [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]
            }
        #expect(frame.count == head.count + count && frame.starts(with: head))
    }

    @Test("frames are read however they are cut", arguments: [1, 2, 3, 7, 1000])
    func cuts(_ size: Int) {
        let long = [UInt8](repeating: 65, count: 300)
        let bytes =
            masked(0x02, Array("Hel".utf8)) + masked(0x89, [1, 2]) + masked(0x80, Array("lo".utf8)) + masked(0x82, long)
            + masked(0x88, [])
        var parser = WebSocketParser()
        var data: [UInt8] = []
        var others: [WebSocketParser.Event] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            for event in parser.push(Array(bytes[start..<min(start + size, bytes.count)])) {
                if case .data(let piece) = event { data += piece } else { others.append(event) }
            }
        }
        #expect(data == Array("Hello".utf8) + long)
        #expect(others == [.ping([1, 2]), .close])
    }

    @Test(
        "what breaks the rules ends the connection",
        arguments: [
            [0x81, 0x01, 0x41],  // not masked
            [0xc1, 0x81, 0, 0, 0, 0, 0x41],  // a reserved bit
            [0x83, 0x81, 0, 0, 0, 0, 0x41],  // an opcode that is none
            [0x89, 0xfe, 0, 126, 0, 0, 0, 0],  // a long ping
            [0x09, 0x80, 0, 0, 0, 0],  // a ping in pieces
        ] as [[UInt8]])
    func violations(_ bytes: [UInt8]) {
        var parser = WebSocketParser()
        #expect(parser.push(bytes) == [.violation])
        #expect(parser.push(masked(0x82, [1])) == [], "nothing is read after it")
    }

    @Test("an attachment over a WebSocket: output in frames, input out of them, pings answered") func session()
        async throws
    {
        let engine = FakeEngine()
        try await withServer(engine) { (path, server) async throws in
            let client = try RawClient(path)
            await client.send(
                "GET /v1.51/containers/red/attach/ws?stdin=1&stdout=1&stream=1 HTTP/1.1\r\nHost: e\r\n"
                    + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            let head = await client.read(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
            engine.session.emit("out")
            #expect(await client.read(until: "out").utf8.suffix(4).elementsEqual([3] + Array("out".utf8)))
            await client.send(masked(0x82, Array("in".utf8)) + masked(0x89, Array("up?".utf8)))
            #expect(await client.read(until: "up?").hasSuffix("up?"))
            #expect(engine.session.state.withLock { $0.input } == Array("in".utf8))
            client.hangUp()
            #expect(await eventually { server.connectionCount == 0 })
            #expect(await eventually { engine.session.state.withLock { $0.isClosed } })
        }
    }
}
