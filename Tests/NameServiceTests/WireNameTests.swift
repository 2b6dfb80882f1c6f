import IPAddressing
import Testing

@testable import NameService

@Suite struct WireNameTests {
    @Test func `labels travel with their lengths`() {
        #expect(WireName("web.front")?.bytes == [3] + "web".utf8 + [5] + "front".utf8 + [0])
        #expect(WireName("web.front.") == WireName("web.front"))
    }
}
