import IPAddressing
import Testing

@Suite("Prefixes")
struct IPPrefixTests {
    @Test(
        "Parts of a prefix",
        arguments: [
            ("172.17.0.1/16", "172.17.0.0/16", "172.17.255.255", "255.255.0.0"),
            ("192.0.2.77/32", "192.0.2.77/32", "192.0.2.77", "255.255.255.255"),
            ("10.0.0.0/0", "0.0.0.0/0", "255.255.255.255", "0.0.0.0"),
            ("2001:db8::5/64", "2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::"),
            ("::1/0", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::"),
        ])
    func parts(_ text: String, _ network: String, _ last: String, _ mask: String) throws {
        let prefix = try #require(IPPrefix(text))
        #expect(prefix.description == text)
        #expect(prefix.network.description == network)
        #expect(prefix.network.isNetwork)
        #expect(prefix.lastAddress.description == last)
        #expect(prefix.netmask.description == mask)
    }

    @Test(
        "What is no prefix is refused",
        arguments: [
            "", "172.17.0.1", "172.17.0.1/", "172.17.0.1/33", "172.17.0.1/-1", "172.17.0.1/+1", "/16", "::/129",
            "1.2.3.4/1/2", "1.2.3/8",
        ])
    func refused(_ text: String) { #expect(IPPrefix(text) == nil) }

    @Test("Overlap and containment") func overlap() throws {
        func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
        #expect(try prefix("172.17.0.0/16").overlaps(prefix("172.17.8.0/24")))
        #expect(try prefix("172.17.8.0/24").overlaps(prefix("172.16.0.0/12")))
        #expect(try !prefix("172.17.0.0/16").overlaps(prefix("172.18.0.0/16")))
        #expect(try !prefix("0.0.0.0/0").overlaps(prefix("::/0")))
        #expect(try prefix("172.16.0.0/12").contains(prefix("172.17.0.0/16")))
        #expect(try !prefix("172.17.0.0/16").contains(prefix("172.16.0.0/12")))
        #expect(try prefix("172.17.0.0/16").address(at: 2)?.description == "172.17.0.2")
        #expect(try prefix("172.17.0.0/30").address(at: 4) == nil)
    }
}
