import IPAddressing
import Testing

@Suite("IPv4 addresses and MAC addresses")
struct IPv4Tests {
    @Test(
        "Text and number",
        arguments: [
            ("172.17.0.1", 0xAC11_0001), ("0.0.0.0", 0), ("255.255.255.255", 0xFFFF_FFFF),
        ] as [(String, UInt32)])
    func text(_ text: String, _ number: UInt32) throws {
        let address = try #require(IPv4Address(text))
        #expect(address.rawValue == number)
        #expect(address.description == text)
        #expect(IPv4Address(bytes: address.bytes) == address)
    }

    @Test(
        "What inet_pton refuses is refused",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "1..2.3", " 1.2.3.4", "1.2.3.4 ", "+1.2.3.4",
            "0x1.2.3.4",
            "1.2.3.٤", "1000.1.1.1",
        ])
    func refused(_ text: String) { #expect(IPv4Address(text) == nil) }

    @Test("Kinds of addresses") func kinds() throws {
        #expect(try #require(IPv4Address("127.8.0.1")).isLoopback)
        #expect(try #require(IPv4Address("0.0.0.0")).isUnspecified)
        #expect(try #require(IPv4Address("224.0.0.251")).isMulticast)
        #expect(try #require(IPv4Address("169.254.1.1")).isLinkLocal)
        #expect(try !#require(IPv4Address("172.17.0.1")).isLoopback)
    }

    @Test("An endpoint's MAC is 02:42 and its address") func endpointMAC() throws {
        let mac = MACAddress(endpoint: try #require(IPv4Address("172.17.0.2")))
        #expect(mac.description == "02:42:ac:11:00:02")
        #expect(MACAddress("02-42-AC-11-00-02") == mac)
        #expect(MACAddress(bytes: mac.bytes) == mac)
        #expect(!mac.isMulticast)
    }

    @Test(
        "What is no MAC address is refused",
        arguments: [
            "", "02:42:ac:11:00", "02:42:ac:11:00:02:03", "2:42:ac:11:00:02", "02:42:ac:11:00:0g", "+2:42:ac:11:00:02",
            "02:42-ac:11:00:02",
        ])
    func refusedMAC(_ text: String) { #expect(MACAddress(text) == nil) }

    @Test("Random MACs are unicast and local") func randomMACs() {
        for _ in 0..<200 {
            let host = MACAddress.randomLocal()
            #expect(host.bytes[0] & 3 == 2)
            #expect(MACAddress.randomForBridge().description.hasPrefix("02:42:"))
        }
    }
}
