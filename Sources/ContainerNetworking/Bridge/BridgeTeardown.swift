import Netlink
import RouteNetlink
import SystemCalls

extension BridgeDriver {
    /// Takes the cable out. A cable that is gone, as with its container's namespace, is fine.
    ///
    /// Off the bridge and down takes a millisecond, the deletion some more and a grace period: a container that has ended
    /// need not wait for it, in one that runs on the interface is to be gone.
    func unplug(_ endpoint: EndpointRecord, as end: EndpointEnd) throws {
        guard let link = try host.link(named: endpoint.hostInterface) else { return }
        switch end {
        case .sandboxEnds: try host.apply([doom(link)])
        case .disconnected: try remove(link)
        }
    }

    /// Deletes everything that was unplugged, in one request: 20 links cost little more than one. Blocks for 20 ms and
    /// more.
    func deleteUnplugged() throws(NetlinkError) { try janitor.apply([LinkRequest.delete(group: Self.doomedGroup)]) }

    /// Deletes all cables of ours that nobody uses: what a killed daemon left.
    ///
    /// - Parameter used: names of the host's ends in use.
    /// - Returns: the names of those that are deleted.
    func sweep(used: Set<String>) throws(NetlinkError) -> [String] {
        let left = try host.links().filter { HostEnd.isOurs($0) && !used.contains($0.name) }
        if left.isEmpty { return [] }
        try host.apply(left.map(doom))
        try deleteUnplugged()
        return left.map(\.name)
    }

    private func doom(_ link: Link) -> NetlinkRequest {
        LinkRequest.change(
            index: link.index, name: link.name, LinkChange(up: false, master: 0, group: Self.doomedGroup),
            tolerated: [19])
    }
}
