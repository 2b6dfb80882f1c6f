import IPAddressing
import Testing

@testable import Explain

@Suite("Evidence")
struct EvidenceTests {
    private static let nft = """
        table ip filter { # handle 1
        \tchain FORWARD { # handle 2
        \t\ttype filter hook forward priority filter; policy drop;
        \t\tcounter packets 0 bytes 0 jump DOCKER-USER # handle 5
        \t\tiifname "docker0" oifname != "docker0" counter packets 3 bytes 9 accept # handle 9
        \t}
        \tchain DOCKER-USER { # handle 3
        \t\tcounter packets 0 bytes 0 drop # handle 11
        \t}
        }
        table inet lab { # handle 7
        \tset s { # handle 1
        \t\ttype ipv4_addr
        \t}
        \tchain before { # handle 2
        \t\ttype filter hook forward priority -10; policy accept;
        \t\tdrop # handle 4
        \t}
        }
        """
    private static let iptables = """
        *filter
        :FORWARD DROP [0:0]
        -A FORWARD -j DOCKER-USER
        -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        -A DOCKER-USER -j DROP
        COMMIT
        """

    @Test func `rules have the text of the program that made them`() {
        let listing = RuleListing(nft: Self.nft, iptables: Self.iptables)
        #expect(listing.chains.map(\.name) == ["FORWARD", "DOCKER-USER", "before"])
        #expect(listing.chains[0].policy == "drop")
        #expect(listing.chains[0].hook == "forward")
        #expect(listing.chains[0].rules.map(\.handle) == [5, 9])
        #expect(listing.chains[0].rules[1].iptables == "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT")
        #expect(listing.chains[2].rules.map(\.text) == ["drop"])
        #expect(listing.chains[2].rules[0].iptables == nil)
    }

    @Test func `listings that do not agree are not mixed`() {
        let listing = RuleListing(nft: Self.nft, iptables: "*filter\n-A FORWARD -j DOCKER-USER\n")
        #expect(listing.chains[0].rules.allSatisfy { $0.iptables == nil })
    }

    /// An Ethernet header and an IPv4 header without options.
    private func frame(_ proto: UInt8, from: [UInt8], to: [UInt8], _ rest: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 2, count: 12) + [8, 0, 0x45, 0, 0, UInt8(20 + rest.count), 0, 0, 0, 0, 64, proto, 0, 0]
            + from + to + rest
    }

    @Test func `a probe is known by its number, whatever its addresses`() throws {
        var flow = ProbeFlow(kind: .icmp, destination: try #require(IPAddress("203.0.113.8")), port: 0)
        flow.number = 0x1234
        let reader = FrameReader(flow: flow)
        let echo = frame(1, from: [198, 51, 100, 2], to: [203, 0, 113, 8], [8, 0, 0, 0, 0x12, 0x34, 0, 1])
        let seen = try #require(reader.read(echo))
        #expect(seen.0 == .probe)
        #expect(seen.1 == IPAddress("198.51.100.2"))
        let reply = frame(1, from: [203, 0, 113, 8], to: [172, 17, 0, 2], [0, 0, 0, 0, 0x12, 0x34, 0, 1])
        #expect(reader.read(reply)?.0 == .reply(refuses: false))
        let other = frame(1, from: [203, 0, 113, 8], to: [172, 17, 0, 2], [0, 0, 0, 0, 0x12, 0x35, 0, 1])
        #expect(reader.read(other) == nil)
    }

    @Test func `an ICMP error about the probe names the smaller MTU`() throws {
        var flow = ProbeFlow(kind: .icmp, destination: try #require(IPAddress("203.0.113.8")), port: 0)
        flow.number = 7
        let inner: [UInt8] = [0x45] + [UInt8](repeating: 0, count: 19) + [8, 0, 0, 0, 0, 7, 0, 1]
        let error = frame(1, from: [172, 17, 0, 1], to: [172, 17, 0, 2], [3, 4, 0, 0, 0, 0, 0x05, 0x78] + inner)
        #expect(FrameReader(flow: flow).read(error)?.0 == .error(type: 3, code: 4, mtu: 1400))
    }

    @Test func `who has an address and where`() throws {
        let flow = ProbeFlow(kind: .icmp, destination: try #require(IPAddress("203.0.113.8")), port: 0)
        let start: [UInt8] = [UInt8](repeating: 2, count: 12) + [8, 6, 0, 1, 8, 0, 6, 4]
        let question = start + [0, 1] + [2, 2, 2, 2, 2, 2] + [172, 17, 0, 2] + [0, 0, 0, 0, 0, 0] + [172, 17, 0, 1]
        let reader = FrameReader(flow: flow)
        #expect(
            reader.read(question)?.0
                == .question(try #require(IPAddress("172.17.0.1")), by: try #require(IPAddress("172.17.0.2"))))
    }

    @Test func `sockets that listen, loopback told from the rest`() {
        let table = """
              sl  local_address rem_address   st
               0: 0100007F:0050 00000000:0000 0A 0
               1: 00000000:1F90 00000000:0000 0A 0
               2: 0100007F:0050 0100007F:1234 01 0
            """
        #expect(Case.listeners(table, 80).map(\.description) == ["127.0.0.1"])
        #expect(Case.listeners(table, 8080).map(\.description) == ["0.0.0.0"])
    }

    @Test func `near names`() {
        #expect(Explainer.distance("rde", "red") == 2)
        #expect(Explainer.distance("red", "red") == 0)
        #expect(Explainer.distance("", "red") == 3)
    }

    @Test func `an answer's first address, with its name packed or not`() {
        let question: [UInt8] = [0x43, 0x57, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1]
        let record: [UInt8] = [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 203, 0, 113, 8]
        #expect(NameQuestion.address(question + record, after: question.count)?.description == "203.0.113.8")
        #expect(NameQuestion.address(question + record.dropLast(), after: question.count) == nil)
    }
}
