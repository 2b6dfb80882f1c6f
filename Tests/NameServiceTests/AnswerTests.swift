import IPAddressing
import Testing

@testable import NameService

@Suite struct AnswerTests {
    private let web = view([(["web", "www", "3f2a00000001"], ["172.18.0.2"])])

    @Test func `an A record, byte for byte`() throws {
        let expected: [UInt8] =
            [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3, 0x57, 0x65, 0x42, 0, 0, 1, 0, 1]
            + [0xC0, 12, 0, 1, 0, 1, 0, 0, 2, 88, 0, 4, 172, 18, 0, 2]
        #expect(respond(try query("WeB"), web) == .reply(expected))
    }

    @Test func `OPT is answered with OPT, byte for byte`() throws {
        let expected: [UInt8] =
            [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 1, 3, 0x77, 0x65, 0x62, 0, 0, 28, 0, 1]
            + [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]
        #expect(respond(try query("web", RecordType.aaaa, udpSize: 1232), web) == .reply(expected))
    }

    @Test(arguments: ["web", "www", "3f2a00000001", "web.front", "WWW.Front", "web.front."])
    func `an endpoint has every one of its names, and each with the network's`(name: String) throws {
        #expect(try reply(query(name), web).addresses == ["172.18.0.2"])
    }

    @Test func `a name that exists in one family is never forwarded for the other`() throws {
        let nothing = try reply(query("web", RecordType.aaaa), web)
        #expect(nothing.code == 0 && nothing.answers.isEmpty)
        #expect(nothing.recursionAvailable && !nothing.isAuthoritative)
        // Nor for what else could be asked: MX, TXT, HTTPS.
        for type: UInt16 in [15, 16, 65] { #expect(try reply(query("web", type), web).answers.isEmpty) }
    }

    @Test(arguments: ["other", "web.back", "front", "web.front.example"])
    func `what nobody is called goes elsewhere`(name: String) throws {
        #expect(respond(try query(name), web) == .forward)
    }

    @Test func `addresses have names`() throws {
        let dual = view([(["Web"], ["172.18.0.2", "fd00::2"])])
        let name = try #require(WireName("Web.front")).bytes
        #expect(try reply(query("2.0.18.172.in-addr.arpa", RecordType.pointer), dual).answers.map(\.data) == [name])
        let v6 = "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.IP6.arpa"
        #expect(try reply(query(v6, RecordType.pointer), dual).answers.map(\.data) == [name])
        #expect(respond(try query("9.0.18.172.in-addr.arpa", RecordType.pointer), dual) == .forward)
    }

    @Test func `endpoints of an alias take turns`() throws {
        let several = view([
            (["a", "db"], ["172.18.0.2"]), (["b", "db"], ["172.18.0.3"]), (["c", "DB"], ["172.18.0.4"]),
        ])
        let replies = try (0..<3).map { _ in try reply(query("db"), several).addresses }
        #expect(Set(replies.map(\.first)).count == 3)
        for addresses in replies { #expect(addresses.sorted() == ["172.18.0.2", "172.18.0.3", "172.18.0.4"]) }
    }

    @Test func `what does not fit is cut between records, and says so`() throws {
        let many = view((0..<100).map { (["db"], ["172.18.1.\($0)"]) })
        let short = try reply(query("db"), many)
        #expect(short.isTruncated && short.bytes.count <= 512 && short.answers.count == 30)
        let extended = try reply(query("db", udpSize: 1232), many)
        #expect(extended.isTruncated && extended.bytes.count <= 1232 && extended.answers.count == 75)
        #expect(extended.additional == 1)
        let stream = try reply(query("db"), many, isStream: true)
        #expect(!stream.isTruncated && stream.answers.count == 100)
    }

    @Test func `links are names of the sandbox alone, and follow who has the name`() throws {
        let linked = view([(["db"], ["172.18.0.7"])], links: ["database": "db", "gone": "nobody"])
        #expect(try reply(query("database"), linked).addresses == ["172.18.0.7"])
        #expect(try reply(query("Database.Front"), linked).addresses == ["172.18.0.7"])
        #expect(respond(try query("gone"), linked) == .forward)
    }

    @Test func `a name on the first network hides the second's, and a plain one hides a qualified one`() throws {
        func network(_ id: String, _ name: String, _ endpoint: [String], _ address: String) -> NetworkRecords {
            let records = NetworkRecords(id: id)
            records.publish(
                EndpointNames(
                    endpointID: id, containerID: id, networkID: id, networkName: name, names: endpoint,
                    addresses: [IPAddress(address)].compactMap { $0 }))
            return records
        }
        let front = network("1", "front", ["web"], "172.18.0.2")
        let back = network("2", "back", ["web", "web.front"], "172.19.0.2")
        let both = SandboxView(
            SandboxNames(key: "k", containerID: "c", networkIDs: ["1", "2"], mayForward: true), networks: [front, back])
        #expect(try reply(query("web"), both).addresses == ["172.18.0.2"])
        #expect(try reply(query("web.back"), both).addresses == ["172.19.0.2"])
        #expect(try reply(query("web.front"), both).addresses == ["172.19.0.2"])
    }

    @Test func `with ndots set, single labels nobody has are left to the client's search`() throws {
        let searching = view([], hasNdots: true)
        #expect(try reply(query("other"), searching).answers.isEmpty)
        #expect(respond(try query("other.example"), searching) == .forward)
        #expect(respond(try query("other", RecordType.pointer), searching) == .forward)
    }

    @Test func `withdrawn names are gone, those of others stay`() throws {
        let network = NetworkRecords(id: "n")
        for (id, address) in [("1", "172.18.0.2"), ("2", "172.18.0.3")] {
            network.publish(
                EndpointNames(
                    endpointID: id, containerID: id, networkID: "n", networkName: "front", names: ["db", "own\(id)"],
                    addresses: [IPAddress(address)].compactMap { $0 }))
        }
        network.withdraw("1")
        let sandbox = SandboxView(
            SandboxNames(key: "k", containerID: "c", networkIDs: ["n"], mayForward: true), networks: [network])
        #expect(try reply(query("db"), sandbox).addresses == ["172.18.0.3"])
        #expect(respond(try query("own1"), sandbox) == .forward)
        #expect(respond(try query("2.0.18.172.in-addr.arpa", RecordType.pointer), sandbox) == .forward)
    }
}
