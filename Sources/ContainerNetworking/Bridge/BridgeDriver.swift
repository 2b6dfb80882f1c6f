import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Plugs endpoints into bridges and out again: two batches to the kernel, no forks.
struct BridgeDriver: Sendable {
    /// The host namespace's rtnetlink.
    let host: RouteSocket

    /// Devices that are unplugged and wait for their deletion carry this group.
    static let doomedGroup: UInt32 = 0x6377

    /// What a new endpoint needs.
    struct Wiring: Sendable {
        var hostInterface: String
        var interfaceName: String
        var mac: MACAddress
        var address: IPPrefix
        var gateway: IPAddress?
        var bridge: String
        var mtu: Int
        /// Numbers for the container's and the host's end that follow each other; nil leaves them to the kernel.
        var indices: (inside: Int32, host: Int32)?
    }

    /// Makes the cable, plugs it in, and configures the container's end. All or nothing. Blocks, about 1 ms.
    ///
    /// - Parameter inside: rtnetlink of the container's namespace.
    func plug(_ wiring: Wiring, namespace: NetworkNamespace, inside: RouteSocket) throws {
        guard let bridge = try host.link(named: wiring.bridge) else {
            throw NetworkError(
                .system,
                "the bridge \(wiring.bridge) is gone; restart the daemon to have it made again, or make it with `ip link add \(wiring.bridge) type bridge`")
        }
        try makePair(wiring, bridge.index, namespace)
        do {
            guard let link = try inside.link(named: wiring.interfaceName) else {
                throw NetlinkError("look at \(wiring.interfaceName)", .noDevice)
            }
            var batch = [
                LinkRequest.change(index: 1, name: "lo", LinkChange(up: true)),
                LinkRequest.change(index: link.index, name: wiring.interfaceName, LinkChange(up: true)),
                AddressRequest.add(wiring.address, to: link.index, name: wiring.interfaceName),
            ]
            if let gateway = wiring.gateway { batch.append(RouteRequest.addDefault(via: gateway, device: link.index)) }
            try inside.apply(batch)
        } catch {
            try? remove(wiring.hostInterface)
            throw error
        }
    }

    private func makePair(_ wiring: Wiring, _ bridge: Int32, _ namespace: NetworkNamespace) throws(NetlinkError) {
        func request(_ indices: (inside: Int32, host: Int32)?) -> NetlinkRequest {
            LinkRequest.makeVeth(
                host: VethEnd(
                    name: wiring.hostInterface, mac: HostEnd.mac(for: wiring.hostInterface), index: indices?.host),
                inside: VethEnd(name: wiring.interfaceName, mac: wiring.mac, index: indices?.inside),
                namespace: namespace.rawValue, master: bridge, mtu: wiring.mtu, group: 0)
        }
        do {
            try host.apply([request(wiring.indices)])
        } catch {
            // Somebody else has one of the numbers: any will do then.
            guard wiring.indices != nil, error.errno == .busy || error.errno == .exists else { throw error }
            try host.apply([request(nil)])
        }
    }

    /// Takes the cable out at once; its deletion, which waits for the kernel's grace periods, comes later.
    func unplug(_ hostInterface: String) throws(NetlinkError) {
        guard let link = try host.link(named: hostInterface) else { return }
        try host.apply([
            LinkRequest.change(
                index: link.index, name: hostInterface, LinkChange(up: false, master: 0, group: Self.doomedGroup),
                tolerated: [19])
        ])
    }

    /// Deletes everything that was unplugged.
    func deleteUnplugged() throws(NetlinkError) { try host.apply([LinkRequest.delete(group: Self.doomedGroup)]) }

    /// Deletes one cable now.
    func remove(_ hostInterface: String) throws(NetlinkError) {
        guard let link = try host.link(named: hostInterface) else { return }
        try host.apply([LinkRequest.delete(index: link.index, name: hostInterface)])
    }
}
