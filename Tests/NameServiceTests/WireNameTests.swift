import IPAddressing
import Testing

@testable import NameService

@Suite struct WireNameTests {
    @Test func `labels travel with their lengths`() {
        #expect(WireName("web.front")?.bytes == [3] + Array("web".utf8) + [5] + Array("front".utf8) + [0])
        #expect(WireName("web.front.") == WireName("web.front"))
    }

    @Test(arguments: ["", ".", "a..b", ".a", String(repeating: "a", count: 64)])
    func `what DNS cannot carry is no name`(text: String) {
        #expect(WireName(text) == nil)
    }

    @Test func `a name has 255 bytes at most`() {
        let label = String(repeating: "a", count: 63)
        #expect(WireName([label, label, label, String(label.dropLast(2))].joined(separator: "."))?.bytes.count == 255)
        #expect(WireName([label, label, label, label].joined(separator: ".")) == nil)
    }

    @Test func `addresses are asked for backwards`() throws {
        let v4 = try #require(IPAddress("172.18.0.2"))
        #expect(WireName.reverse(of: v4) == WireName("2.0.18.172.in-addr.arpa"))
        let v6 = try #require(IPAddress("2001:db8::567:89ab"))
        let text = "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        #expect(WireName.reverse(of: v6) == WireName(text))
    }

    @Test func `a key is in lower case, and loses a domain only between labels`() throws {
        let key = try #require(WireName("Web.Front")).key
        #expect(key.stored == WireName("web.front")?.bytes)
        let front = try #require(WireName("front")).key
        #expect(key.removing(front)?.stored == WireName("web")?.bytes)
        #expect(try #require(WireName("webfront")).key.removing(front) == nil)
        #expect(front.removing(front) == nil)
    }
}
