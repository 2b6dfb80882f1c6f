import ConnectionTracking
import Firewall
import Glibc
import IPAddressing
import Netlink

/// Tracked connections that have outlived what they belong to. Blocks.
struct StaleFlows {
    private let table: ConnectionSocket

    init(_ table: ConnectionSocket) { self.table = table }

    /// From this many on one walk through the whole table is cheaper than one each.
    private static let many = 4

    /// Forgets flows to newly published UDP ports that lead anywhere else than to the container.
    func forget(before ports: [PublishedPort]) throws(NetlinkError) {
        let udp = UInt8(IPPROTO_UDP)
        for (family, ports) in Dictionary(grouping: ports, by: \.hostAddress.family) {
            let byNumber = Dictionary(grouping: ports, by: \.hostPort)
            var entries: [ConnectionEntry] = []
            if byNumber.count < Self.many {
                for number in byNumber.keys {
                    let filter = ConnectionFilter(protocolNumber: udp, originalDestinationPort: number)
                    entries += try table.entries(family, filter)
                }
            } else {
                entries = try table.entries(family, ConnectionFilter(protocolNumber: udp))
            }
            try table.delete(
                entries.filter { entry in
                    (byNumber[entry.original.destinationPort] ?? []).contains { Self.isStale(entry, before: $0) }
                })
        }
    }

    /// Whether a flow should lead to the port's container and does not. Pure.
    static func isStale(_ entry: ConnectionEntry, before port: PublishedPort) -> Bool {
        guard port.hostAddress.isUnspecified || port.hostAddress == entry.original.destination,
            // A container's own port of that number is another matter.
            entry.original.destination != port.containerAddress
        else { return false }
        return entry.reply.source != port.containerAddress || entry.reply.sourcePort != port.containerPort
    }

    /// Up to this many connections are told faster than two filters walk through the table's empty places.
    private static let few = 2000

    /// Forgets all connections from and to addresses.
    ///
    /// - Parameter tracked: how many connections the table has. A walk costs the kernel milliseconds, however few.
    func forget(of addresses: Set<IPAddress>, tracked: Int = .max) throws(NetlinkError) {
        if tracked == 0 { return }
        for (family, addresses) in Dictionary(grouping: addresses, by: \.family) {
            if addresses.count < Self.many, tracked > Self.few {
                for address in addresses {
                    try table.delete(try table.entries(family, ConnectionFilter(originalSource: address)))
                    try table.delete(try table.entries(family, ConnectionFilter(replySource: address)))
                }
            } else {
                let gone = Set(addresses)
                try table.delete(
                    try table.entries(family).filter {
                        gone.contains($0.original.source) || gone.contains($0.reply.source)
                    })
            }
        }
    }
}
