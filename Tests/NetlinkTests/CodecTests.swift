import CLinux
import SystemCalls
import Testing

@testable import Netlink

@Suite("Messages as bytes")
struct CodecTests {
    @Test("A payload is padded, and nested lengths are patched") func payload() {
        var payload = NetlinkPayload()
        payload.header(UInt32(7))
        payload.put(3, text: "eth0")
        payload.nest(18) { $0.put(1, number: UInt16(0xABCD)) }
        payload.nest(19, marked: true) { _ in }
        #expect(
            payload.bytes == [
                7, 0, 0, 0,  // the fixed header
                9, 0, 3, 0, 0x65, 0x74, 0x68, 0x30, 0, 0, 0, 0,  // "eth0" and its zero, padded
                12, 0, 18, 0, 6, 0, 1, 0, 0xCD, 0xAB, 0, 0,  // a nest with one number
                4, 0, 19, 0x80,  // an empty nest with NLA_F_NESTED
            ])
    }

    @Test("A request carries its header") func request() {
        let request = NetlinkRequest("look", type: 18, flags: 0x300, payload: [1, 2, 3])
        #expect(
            request.encoded(sequence: 5, acknowledged: true)
                == [19, 0, 0, 0, 18, 0, 0x05, 0x03, 5, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0])
    }

    @Test("Attributes are read back; flags of the type do not count, the last of a type does") func attributes() {
        var payload = NetlinkPayload()
        payload.put(1, text: "veth")
        payload.put(2, number: UInt32(1500))
        payload.put(2, number: UInt32(1400))
        payload.nest(5, marked: true) { $0.put(9, [1, 2, 3]) }
        let attributes = NetlinkAttributes(payload.bytes[...])
        #expect(attributes.text(1) == "veth")
        #expect(attributes.number(2) == UInt32(1400))
        #expect(attributes.nested(5)[9].map(Array.init) == [1, 2, 3])
        #expect(attributes[77] == nil)
        #expect(attributes.number(9, as: UInt64.self) == nil)
        #expect(attributes.map(\.type) == [1, 2, 2, 5])
    }

    @Test(
        "Malformed attributes end the list",
        arguments: [
            [3, 0, 1, 0], [5, 0, 1, 0], [0, 0, 1, 0], [4], [255, 255, 1, 0, 1],
        ] as [[UInt8]])
    func malformed(_ tail: [UInt8]) {
        let good: [UInt8] = [8, 0, 1, 0, 1, 2, 3, 4]
        #expect(NetlinkAttributes((good + tail)[...]).map(\.type) == [1])
    }

    @Test(
        "Malformed messages end the datagram",
        arguments: [
            [15, 0, 0, 0], [200, 0, 0, 0], [1, 2, 3],
        ] as [[UInt8]])
    func malformedMessages(_ head: [UInt8]) {
        let good = NetlinkRequest("x", type: 3, payload: [9]).encoded(sequence: 1, acknowledged: false)
        let bad = head + [UInt8](repeating: 0, count: 16)
        let messages = NetlinkMessage.parse((good + bad)[...])
        #expect(messages.count == 1)
        #expect(messages.first.map { Array($0.payload) } == [9])
    }

    @Test("A refusal's words, with NETLINK_CAP_ACK") func refusal() {
        var bytes: [UInt8] = []
        bytes.append(native: Int32(-22))
        bytes += [UInt8](repeating: 0, count: 16)
        var words = NetlinkPayload()
        words.put(1, text: "Nexthop has invalid gateway")
        let message = NetlinkMessage(
            type: 2, flags: UInt16(NLM_F_ACK_TLVS), sequence: 1, payload: (bytes + words.bytes)[...])
        #expect(message.verdict.code == -22)
        #expect(message.verdict.detail == "Nexthop has invalid gateway")
        #expect(
            NetlinkError("add the default route", .invalid, detail: "Nexthop has invalid gateway").description
                == "add the default route: Invalid argument (Nexthop has invalid gateway)")
    }
}
