import IPAddressing
import RouteNetlink
import SystemCalls

extension KernelState {
    /// Reads the kernel's state as far as `wanted` speaks of it. Blocks.
    static func observe(
        _ host: HostNetwork, _ socket: RouteSocket, wanted: KernelState
    ) throws(NetworkError) -> KernelState {
        do {
            var state = KernelState()
            for name in wanted.sysctls.keys { state.sysctls[name] = try host.parameter(name) }
            let links = try socket.links()
            let addresses = try socket.addresses()
            let routes = wanted.bridges.isEmpty ? [] : try socket.routes().filter { $0.table == 254 && $0.type == 1 }
            let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
            for link in links {
                if let bridge = wanted.bridges[link.name] {
                    var present = BridgeState(
                        mac: link.mac, mtu: Int(link.mtu), isUp: link.isUp,
                        addresses: addresses.filter { $0.index == link.index }.map(\.prefix))
                    present.routes = Set(
                        routes.filter { $0.index == link.index && $0.gateway == nil }.map(\.destination))
                    for name in bridge.parameters.keys { present.parameters[name] = try host.parameter(name) }
                    state.bridges[link.name] = present
                }
                if let parent = wanted.parents[link.name] { state.parents[link.name] = parent }
                if wanted.ports[link.name] != nil, link.group != BridgeDriver.doomedGroup {
                    state.ports[link.name] = PortState(
                        bridge: link.master.flatMap { names[$0] }, isUp: link.isUp, isHairpin: link.isHairpin)
                }
            }
            return state
        } catch {
            throw .wrap("cannot read the kernel's network", error)
        }
    }
}
