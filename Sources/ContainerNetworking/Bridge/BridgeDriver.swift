import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Plugs endpoints into bridges: one batch to the kernel on the host's side and one inside, no forks. `BridgeTeardown`
/// has the way back.
struct BridgeDriver: Sendable {
    /// The host namespace's rtnetlink.
    let host: RouteSocket
    /// A second one for deletions, which the kernel answers only after its grace periods: nobody waits behind them.
    let janitor: RouteSocket

    /// Devices that are unplugged and wait for their deletion carry this group.
    static let doomedGroup: UInt32 = 0x6377

    /// Opens both sockets.
    init(_ network: HostNetwork) throws(SystemCallError) {
        host = try network.openRoutes()
        janitor = try network.openRoutes()
    }

    /// What a new endpoint needs.
    struct Wiring: Sendable {
        var hostInterface: String
        var interfaceName: String
        var mac: MACAddress
        var address: IPPrefix
        var gateway: IPAddress?
        var bridge: String
        var mtu: Int
        /// The number for the container's end, and the one before the host's end's: where both are free, `ip link`
        /// shows the two next to each other, `4: eth0@if5` and `5: veth6008cec@if4`.
        var index: Int32
        /// Whether the container is to reach its own published ports by the host's address.
        var hairpin: Bool
    }

    /// Makes the cable, plugs it in, and configures the container's end. All or nothing. Blocks, about 1 ms.
    ///
    /// - Parameter inside: rtnetlink of the container's namespace.
    func plug(_ wiring: Wiring, namespace: NetworkNamespace, inside: RouteSocket) throws {
        guard let bridge = try host.link(named: wiring.bridge), bridge.kind == "bridge" else {
            throw NetworkError(
                .system,
                "the bridge \(wiring.bridge) is gone; restart the daemon, which makes it again and plugs the running "
                    + "containers in"
            )
        }
        let index = try makePair(wiring, bridge.index, namespace)
        do {
            try configure(wiring, inside, index: index)
        } catch {
            try? remove(wiring.hostInterface)
            throw error
        }
    }

    /// - Returns: the number of the container's end; nil where the kernel chose it.
    private func makePair(_ wiring: Wiring, _ bridge: Int32, _ namespace: NetworkNamespace) throws(NetlinkError)
        -> Int32?
    {
        func make(_ index: Int32?) throws(NetlinkError) {
            var batch = LinkRequest.makeVeth(
                host: VethEnd(
                    name: wiring.hostInterface, mac: HostEnd.mac(for: wiring.hostInterface), index: index.map { $0 + 1 }
                ),
                inside: VethEnd(name: wiring.interfaceName, mac: wiring.mac, index: index),
                namespace: namespace.rawValue, master: bridge, mtu: wiring.mtu, group: 0)
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

    private func configure(_ wiring: Wiring, _ inside: RouteSocket, index known: Int32?) throws {
        let name = wiring.interfaceName
        guard let index = try known ?? inside.link(named: name)?.index else {
            throw NetlinkError("look at \(name)", .noDevice)
        }
        var batch = [
            LinkRequest.change(index: 1, name: "lo", LinkChange(up: true)),
            LinkRequest.withoutLinkLocal(name: name),
            LinkRequest.change(index: index, name: name, LinkChange(up: true)),
            AddressRequest.add(wiring.address, to: index, name: name),
        ]
        if let gateway = wiring.gateway { batch.append(RouteRequest.addDefault(via: gateway, device: index)) }
        try inside.apply(batch)
    }
}
