import IPAddressing
import Testing

@Suite("IPv6 addresses")
struct IPv6Tests {
    @Test(
        "RFC 5952's canonical text",
        arguments: [
            ("::", "::"), ("::1", "::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("fe80::42:75ff:fe07:2a20", "fe80::42:75ff:fe07:2a20"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("1::", "1::"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ])
    func canonical(_ text: String, _ expected: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.description == expected)
        #expect(IPv6Address(expected) == address)
        #expect(IPv6Address(bytes: address.bytes) == address)
    }

    @Test(
        "What is no IPv6 address is refused",
        arguments: [
            "", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "fe80::1%eth0",
            "1.2.3.4",
            "::1.2.3.4.5", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "1.2.3.4::", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8::",
        ])
    func refused(_ text: String) { #expect(IPv6Address(text) == nil) }

    @Test("Kinds of addresses") func kinds() throws {
        #expect(try #require(IPv6Address("fe80::1")).isLinkLocal)
        #expect(try #require(IPv6Address("febf::1")).isLinkLocal)
        #expect(try !#require(IPv6Address("fec0::1")).isLinkLocal)
        #expect(try #require(IPv6Address("fd00::1")).isUniqueLocal)
        #expect(try #require(IPv6Address("ff02::1")).isMulticast)
        #expect(try #require(IPv6Address("::1")).isLoopback)
    }
}
