import Foundation
import IPAddressing
import Testing

@testable import ContainerNetworking

@Suite("Network records as they are kept")
struct NetworkRecordTests {
    /// Every field has a value that is not the one it has by itself, so that none is forgotten.
    @Test func `what is written is read`() throws {
        var record = NetworkRecord(id: "1", name: "n", driver: "bridge", created: "now")
        (record.enableIPv4, record.enableIPv6) = (false, true)
        (record.ipamDriver, record.ipamOptions) = ("other", ["a": "b"])
        (record.bridgeAddress, record.bridgeIPv6Address) = ("10.0.0.1", "fd00::1")
        (record.bridgeName, record.bridgeMAC, record.mtu) = ("br", "02:00:00:00:00:01", 1400)
        (record.isBridgeForeign, record.isParentOurs, record.isInternal) = (true, true, true)
        (record.isAttachable, record.isConfigOnly, record.configFrom) = (true, true, "c")
        (record.options, record.labels) = (["o": "p"], ["l": "m"])
        record.pools = [PoolRecord(subnet: "10.0.0.0/24", range: "10.0.0.0/25", gateway: nil, auxiliary: ["x": "y"])]
        record.pools[0].isSubnetGiven = false
        let plain = NetworkRecord(id: "1", name: "n", driver: "bridge", created: "now")
        for (before, after) in zip(Mirror(reflecting: plain).children, Mirror(reflecting: record).children)
        where !["id", "name", "driver", "created"].contains(before.label) {
            #expect("\(before.value)" != "\(after.value)", "\(before.label ?? "") is not covered")
        }
        #expect(try JSONDecoder().decode(NetworkRecord.self, from: JSONEncoder().encode(record)) == record)
    }

    @Test func `a record from before there were two families is read`() throws {
        let text = """
            {"id":"1","name":"bridge","driver":"bridge","created":"now","subnet":"172.17.0.0/16","gateway":"172.17.0.1",
            "bridgeName":"docker0","bridgeAddress":"172.17.0.1","isInternal":false,"options":{},"labels":{}}
            """
        let record = try JSONDecoder().decode(NetworkRecord.self, from: Data(text.utf8))
        #expect(record.subnet == "172.17.0.0/16" && record.gateway == "172.17.0.1" && record.enableIPv4)
        #expect(record.bridgePrefix?.description == "172.17.0.1/16")
    }
}
