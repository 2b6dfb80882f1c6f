import Testing

@testable import NameService

@Suite struct HostileTests {
    private let web = view([(["web"], ["172.18.0.2", "fd00::2"])])

    private func code(_ message: [UInt8]) -> UInt8? {
        guard case .reply(let bytes) = respond(message, web) else { return nil }
        #expect(bytes.count == 12)
        return bytes[3] & 15
    }

    @Test func `replies and scraps are never answered`() throws {
        var answer = try query("web")
        answer[2] |= 0x80
        #expect(respond(answer, web) == .nothing)
        for count in 0..<12 { #expect(respond(Array(try query("web").prefix(count)), web) == .nothing) }
    }

    @Test func `a question that cannot be read is a format error`() throws {
        let whole = try query("web")
        for count in 12..<whole.count { #expect(code(Array(whole.prefix(count))) == 1) }
        // A name that points at itself, a label type that nobody uses, counts that lie.
        #expect(code(Array(whole.prefix(12)) + [0xC0, 12, 0, 1, 0, 1]) == 1)
        #expect(code(Array(whole.prefix(12)) + [0x40, 12, 0, 1, 0, 1]) == 1)
        for index in [5, 7, 9, 11] {
            var lying = whole
            lying[index] = 200
            #expect(code(lying) == 1)
        }
        let long = (0..<256).map { $0 % 64 == 0 ? UInt8(63) : UInt8(97) } + [0, 0, 1, 0, 1]
        #expect(code(Array(whole.prefix(12)) + long) == 1)
    }

    @Test func `two OPT records are a format error, another version is told so`() throws {
        var twice = try query("web", udpSize: 1232)
        twice += twice.suffix(11)
        twice[11] = 2
        #expect(code(twice) == 1)
        let newer = try reply(query("web", udpSize: 1232, version: 1), web)
        // BADVERS, 16: one in OPT's upper bits.
        #expect(newer.code == 0 && newer.answers.isEmpty && newer.bytes[newer.bytes.count - 6] == 1)
    }

    @Test func `updates and notifications are not for us`() throws {
        for operation: UInt8 in [1, 2, 4, 5] {
            var message = try query("web")
            message[2] = operation << 3
            #expect(code(message) == 4)
        }
    }

    @Test func `thousands of broken messages get a bounded reply or none`() throws {
        var state: UInt64 = 88_172_645_463_325_252
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let seeds = try [query("web"), query("web.front", 28, udpSize: 4096), query("x.example", 12, udpSize: 65535)]
        var answered = 0
        for round in 0..<6000 {
            var message = seeds[round % seeds.count]
            for _ in 0...random(6) { message[random(message.count)] = UInt8(random(256)) }
            if round % 3 == 0 { message.removeLast(random(message.count)) }
            if round % 5 == 0 { message += (0..<random(64)).map { _ in UInt8(random(256)) } }
            if case .reply(let bytes) = respond(message, web) {
                answered += 1
                #expect(bytes.count >= 12 && bytes.count <= 4096 && bytes[2] & 0x80 != 0)
                #expect(Array(bytes.prefix(2)) == Array(message.prefix(2)))
            }
            // What could come from a server is judged without a crash, too.
            let question = seeds[round % 3]
            _ = UpstreamReply.judge(message.span, question: question.span, questionEnd: seeds[0].count)
        }
        #expect(answered > 1000)
    }
}
