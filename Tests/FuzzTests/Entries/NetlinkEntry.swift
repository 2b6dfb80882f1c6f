@testable import ConnectionTracking
@testable import Explain
@testable import NFTables
@testable import Netlink
@testable import RouteNetlink

extension FuzzEntry {
    private static let sets: [NFTablesSet] = [
        NFTablesSet("a", key: [.ipv4Address, .transportProtocol, .port], value: [.ipv4Address, .port]),
        NFTablesSet("b", key: [.interfaceName, .etherAddress, .ipv6Address], hasIntervals: true),
        NFTablesSet("c", key: [.interfaceName], value: [.verdict]),
        NFTablesSet("d", key: NFTablesDataType.allCases.filter { $0 != .verdict }, hasIntervals: true),
    ]

    /// A datagram of the kernel's, read as each of the families that the engine asks.
    static let netlink = FuzzEntry(name: "netlink", mutations: 3000) { bytes in
        for message in NetlinkMessage.parse(bytes[...]) {
            _ = message.verdict
            let reply = message.reply
            _ = (Link(reply), InterfaceAddress(reply), RouteNetlink.Route(reply), Neighbour(reply))
            _ = (ForwardingEntry(reply), ConnectionEntry(reply).map { "\($0)" })
            _ = TraceListener.completed([TraceEvent(reply, station: 0)].compactMap { $0 })
            let attributes = reply.attributes(after: 4)
            _ = (NFTablesHook(attributes), NFTablesObservedTable.Shape(attributes))
            var count = 0
            for attribute in attributes {
                count += 1
                _ = NFTablesUserData.text(NFTablesUserData.read(attribute.value)[NFTablesUserData.comment])
                for inner in NetlinkAttributes(attribute.value) {
                    for set in sets {
                        _ = NFTablesElement(NetlinkAttributes(inner.value), set).map { "\($0)" }
                    }
                }
            }
            try require(count <= bytes.count / 4, "more attributes than fit")
        }
    }
}
