import Testing

@testable import NameService

@Suite struct UpstreamTests {
    @Test func `servers of a resolv.conf, three at most`() {
        let text = """
            # nameserver 203.0.113.1
            search example.org
            nameserver 127.0.0.53
            nameserver\tfe80::1%eth0
            nameserver nonsense
              nameserver 203.0.113.2
            nameserver 203.0.113.3
            options edns0
            """
        let servers = UpstreamServer.parse(resolvConf: text).map(\.description)
        #expect(servers == ["host(127.0.0.53)", "host(fe80::1%eth0)", "host(203.0.113.2)"])
    }

    @Test func `a reply must repeat id and question`() throws {
        let question = try query("web.example", id: 7)
        func judge(_ change: (inout [UInt8]) -> Void) -> UpstreamReply {
            var reply = question
            reply[2] |= 0x80
            change(&reply)
            return UpstreamReply.judge(reply.span, question: question.span, questionEnd: question.count)
        }
        #expect(judge { _ in } == .handOn)
        #expect(judge { $0[13] = UInt8(ascii: "W") } == .handOn)
        #expect(judge { $0[3] = 3 } == .handOn)
        #expect(judge { $0[3] = 2 } == .askNext)
        #expect(judge { $0[3] = 5 } == .askNext)
        #expect(judge { $0[1] = 8 } == .ignore)
        #expect(judge { $0[2] = 1 } == .ignore)
        #expect(judge { $0[13] = UInt8(ascii: "x") } == .ignore)
        #expect(judge { $0[question.count - 3] = 28 } == .ignore)
        #expect(judge { $0.removeLast() } == .ignore)
        #expect(
            judge {
                $0 = Array($0.prefix(12)); $0[3] = 1; $0[5] = 0
            } == .bareError(.formatError))
        #expect(
            judge {
                $0 = Array($0.prefix(12)); $0[5] = 0
            } == .ignore)
    }
}
