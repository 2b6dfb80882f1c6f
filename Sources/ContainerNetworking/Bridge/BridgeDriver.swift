import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Plugs endpoints into bridges: a cable whose one end is a port of the bridge, and whose other end is born in the
/// container's namespace. One batch to the kernel, no forks. `BridgeTeardown` has the way back.
struct BridgeDriver: EndpointDriver {
    /// The host namespace's rtnetlink.
    let host: RouteSocket
    /// A second one for deletions, which the kernel answers only after its grace periods: nobody waits behind them.
    let janitor: RouteSocket

    private let network: HostNetwork

    /// Devices that are unplugged and wait for their deletion carry this group.
    static let doomedGroup: UInt32 = 0x6377

    /// Opens both sockets.
    init(_ network: HostNetwork) throws(SystemCallError) {
        host = try network.openRoutes()
        janitor = try network.openRoutes()
        self.network = network
    }

    /// Deletes a device; back when it is gone. About 2 ms.
    func remove(_ link: Link) throws { try LinkRemoval(in: network.namespace).remove(link) }

    func validate(_ request: EndpointRequest, on network: NetworkRecord) {}

    /// Makes the cable and plugs it into the bridge. About 1 ms.
    func plugIn(_ wiring: EndpointWiring, into namespace: NetworkNamespace) throws -> Int32? {
        let name = wiring.network.bridgeName ?? ""
        guard let bridge = try host.link(named: name), bridge.kind == "bridge" else {
            throw NetworkError(
                .system,
                "the bridge \(name) is gone; restart the daemon, which makes it again and plugs the running "
                    + "containers in"
            )
        }
        func make(_ index: Int32?) throws(NetlinkError) {
            var batch = LinkRequest.makeVeth(
                host: VethEnd(
                    name: wiring.hostInterface, mac: HostEnd.mac(for: wiring.hostInterface), index: index.map { $0 + 1 }
                ),
                inside: VethEnd(name: wiring.interfaceName, mac: wiring.mac ?? .randomLocal(), index: index),
                namespace: namespace.rawValue, master: bridge.index, mtu: wiring.mtu ?? 1500, group: 0)
            if wiring.hairpin { batch.append(LinkRequest.setHairpin(true, name: wiring.hostInterface)) }
            try host.apply(batch)
        }
        // EEXIST, EBUSY: somebody has one of the numbers, where it is not the name inside, which the last attempt
        // tells. Devices come and go one by one, so a free pair is near.
        for attempt in Int32(0)..<8 {
            let index = wiring.index + 2 * attempt
            do throws(NetlinkError) {
                try make(index)
                return index
            } catch {
                if error.errno != .busy, error.errno != .exists { throw error }
            }
        }
        try make(nil)
        return nil
    }
}
