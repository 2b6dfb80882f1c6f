import IPAddressing
import RouteNetlink

/// What is watched of one device of the host.
enum WatchedDevice: Hashable, Sendable {
    /// A network's bridge, as it is to be.
    case bridge(BridgeState)
    /// The host's end of a container's cable.
    case port(bridge: String, container: String)
    /// The parent of macvlan or ipvlan networks that the engine made.
    case parent
}

/// A change of one device, by the device's name.
enum DeviceChange: Hashable, Sendable {
    /// It is like this now.
    case link(isUp: Bool, master: String?, mac: MACAddress?, mtu: Int)
    /// It was deleted, renamed, or moved to another namespace.
    case gone
    /// It lost an address.
    case addressGone(IPPrefix)
    /// A route out of it is gone.
    case routeGone(IPPrefix)
}

extension WatchedDevice {
    /// What is not as it is to be after a change, in words; nil where nothing is amiss by it. Pure.
    func deviation(of name: String, after change: DeviceChange) -> String? {
        switch (self, change) {
        case (.bridge, .gone): return "the bridge \(name) is gone"
        case (.bridge(let wanted), .link(let isUp, _, let mac, let mtu)):
            if wanted.isUp, !isUp { return "the bridge \(name) was set down" }
            if let own = wanted.mac, let mac, mac != own {
                return "the Ethernet address of \(name) was changed to \(mac)"
            }
            if let own = wanted.mtu, mtu != own { return "the MTU of \(name) was changed to \(mtu)" }
            return nil
        case (.bridge(let wanted), .addressGone(let address)):
            return wanted.addresses.contains(address) ? "the address \(address) was taken from \(name)" : nil
        case (.bridge(let wanted), .routeGone(let route)):
            return wanted.routes.contains(route.network) ? "the route to \(route) by \(name) was deleted" : nil
        case (.port(_, let container), .gone):
            return "the cable \(name) of container \(container) is gone"
        case (.port(let bridge, let container), .link(let isUp, let master, _, _)):
            if !isUp { return "the cable \(name) of container \(container) was set down" }
            guard let master else { return "the cable \(name) of container \(container) was taken out of \(bridge)" }
            return master == bridge
                ? nil : "the cable \(name) of container \(container) was moved from \(bridge) to \(master)"
        case (.parent, .gone): return "the parent device \(name) is gone"
        case (.port, .addressGone), (.port, .routeGone), (.parent, _): return nil
        }
    }
}

/// Gives devices their names: most of the kernel's news name them by number only.
struct DeviceNames: Sendable {
    private var names: [Int32: String]

    init(_ links: [Link]) { names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first } }

    /// What a piece of news says of which device.
    mutating func resolve(_ change: RouteNews.Change) -> [(device: String, change: DeviceChange)] {
        switch change {
        case .link(let link):
            let former = names.updateValue(link.name, forKey: link.index)
            let present = DeviceChange.link(
                isUp: link.isUp, master: link.master.map { names[$0] ?? "device \($0)" }, mac: link.mac,
                mtu: Int(link.mtu))
            let renamed = former.flatMap { $0 == link.name ? nil : [($0, DeviceChange.gone)] } ?? []
            return renamed + [(link.name, present)]
        case .linkGone(let index): return names.removeValue(forKey: index).map { [($0, .gone)] } ?? []
        case .addressGone(let address, let index): return names[index].map { [($0, .addressGone(address))] } ?? []
        case .routeGone(let route, let index): return names[index].map { [($0, .routeGone(route))] } ?? []
        case .forwarding: return []
        }
    }
}
