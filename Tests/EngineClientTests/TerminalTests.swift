import Testing

@testable import EngineClient

@Suite("Multiplexed streams")
struct FrameDecoderTests {
    private static let bytes: [UInt8] =
        [1, 0, 0, 0, 0, 0, 0, 3] + Array("out".utf8) + [2, 0, 0, 0, 0, 0, 1, 0]
        + [UInt8](repeating: 120, count: 256)

    @Test("frames come out the same wherever they are cut", arguments: 1...16)
    func cuts(size: Int) throws {
        var decoder = FrameDecoder()
        var output: [UInt8: [UInt8]] = [:]
        var rest = FrameDecoderTests.bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(size)
            rest = rest.dropFirst(part.count)
            for piece in try decoder.feed(Array(part)) { output[piece.stream, default: []] += piece.bytes }
        }
        #expect(output == [1: Array("out".utf8), 2: [UInt8](repeating: 120, count: 256)])
        #expect(!decoder.isInsideFrame)
    }

    @Test("a stream that does not exist is refused")
    func unknown() {
        var decoder = FrameDecoder()
        #expect(throws: ClientError.self) { try decoder.feed(Array("hello, I am no frame".utf8)) }
    }
}

@Suite("Detach keys")
struct DetachKeysTests {
    @Test("Ctrl-P Ctrl-Q leaves, whether typed at once or apart")
    func standard() {
        var keys = DetachKeys.standard
        #expect(keys.feed([97, 16, 17, 98]) == .init(passed: [97], detached: true))
        #expect(keys.feed([16]) == .init(passed: [], detached: false))
        #expect(keys.feed([17]) == .init(passed: [], detached: true))
    }

    @Test("a beginning that leads elsewhere goes to the container")
    func falseStart() {
        var keys = DetachKeys.standard
        #expect(keys.feed([16, 97]) == .init(passed: [16, 97], detached: false))
        #expect(keys.feed([16, 16, 17]) == .init(passed: [16], detached: true))
    }

    @Test("Docker's notation")
    func notation() throws {
        var keys = try DetachKeys(parsing: "ctrl-],a")
        #expect(keys.feed([29, 97]).detached)
        #expect(throws: ClientError.self) { try DetachKeys(parsing: "foo") }
        #expect(try DetachKeys(parsing: "") == .standard)
    }
}
