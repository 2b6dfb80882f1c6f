import IPAddressing
import RouteNetlink

/// What numbers of the kernel mean, in words.
enum Words {
    /// NUD_* of `<linux/neighbour.h>`.
    static func neighbour(_ state: UInt16?) -> String {
        switch state {
        case 0x01: "incomplete"
        case 0x02: "reachable"
        case 0x04: "stale"
        case 0x08: "delay"
        case 0x10: "probe"
        case 0x20: "failed"
        case 0x80: "permanent"
        default: "not asked yet"
        }
    }

    /// BR_STATE_* of `<linux/if_bridge.h>`.
    static func portState(_ state: UInt8?) -> String {
        switch state {
        case 0: "disabled"
        case 1: "listening"
        case 2: "learning"
        case 3: "forwarding"
        case 4: "blocking"
        default: "unknown"
        }
    }

    /// A route as ip(8) writes it.
    static func route(_ route: Route, _ names: [Int32: String]) -> String {
        var text = route.destination.length == 0 ? "default" : "\(route.destination)"
        if let gateway = route.gateway { text += " via \(gateway)" }
        switch route.type {
        case 6: text = "blackhole " + text
        case 7: text = "unreachable " + text
        case 8: text = "prohibit " + text
        default: break
        }
        if let index = route.index { text += " dev \(names[index] ?? "#\(index)")" }
        if let source = route.preferredSource { text += " src \(source)" }
        return text
    }

    /// Whether a map lists a route: those of the main table that lead somewhere or nowhere, multicast and link-local
    /// ones of IPv6 left out.
    static func isShown(_ route: Route) -> Bool {
        guard route.table == 254, [1, 6, 7, 8].contains(route.type) else { return false }
        if case .v6(let address) = route.destination.address { return !address.isLinkLocal && !address.isMulticast }
        return true
    }

    /// A device without what leads elsewhere.
    static func device(_ link: Link, _ addresses: [InterfaceAddress]) -> NetworkMap.Device {
        let shown = addresses.filter { address in
            if case .v6(let v6) = address.prefix.address, v6.isLinkLocal { return false }
            return address.index == link.index
        }
        return NetworkMap.Device(
            name: link.name, kind: link.kind, mac: link.mac?.description, mtu: link.mtu,
            addresses: shown.map(\.prefix.description), isUp: link.isUp, hasCarrier: link.hasCarrier)
    }

    /// An entry of a bridge's forwarding database.
    static func station(_ entry: ForwardingEntry, _ names: [Int32: String]) -> NetworkMap.Station {
        // 0x40 is NTF_STICKY among the flags and NUD_NOARP, set by hand, among the states.
        let state = entry.isPermanent ? "host" : entry.state & 0x40 != 0 ? "static" : "learned"
        return NetworkMap.Station(
            mac: entry.mac.description, device: names[entry.index] ?? "#\(entry.index)",
            state: entry.flags & 0x40 != 0 ? state + ", sticky" : state)
    }

    /// A neighbour; nil for those that need no asking (NUD_NOARP).
    static func station(_ neighbour: RouteNetlink.Neighbour, _ names: [Int32: String]) -> NetworkMap.Station? {
        if neighbour.state == 0x40 { return nil }
        return NetworkMap.Station(
            address: neighbour.address.description, mac: neighbour.mac?.description,
            device: names[neighbour.index] ?? "#\(neighbour.index)", state: self.neighbour(neighbour.state))
    }

    static func fault(of device: NetworkMap.Device) -> String? {
        if !device.isUp { return "administratively down: ip link set \(device.name) up" }
        if !device.hasCarrier { return "no carrier: the other end is down or gone" }
        switch device.gatewayState {
        case "incomplete", "failed": return "the next hop \(device.gateway ?? "") does not answer ARP"
        default: break
        }
        if device.kind == "veth", device.name.hasPrefix("veth"), device.peer != nil {
            return "not plugged into any bridge: ip link set \(device.name) master BRIDGE"
        }
        return nil
    }

    static func fault(of port: NetworkMap.Port) -> String? {
        if !port.isUp { return "administratively down: ip link set \(port.name) up" }
        if !port.hasCarrier { return "no carrier: the cable's other end is down" }
        if port.state != "forwarding" { return "the port is \(port.state), not forwarding" }
        return nil
    }

    /// A bridge without a carrier is in order where nothing is plugged in.
    static func fault(ofBridge device: NetworkMap.Device, ports: [NetworkMap.Port]) -> String? {
        if !device.isUp { return "administratively down: ip link set \(device.name) up" }
        if !ports.isEmpty, !device.hasCarrier { return "no carrier although \(ports.count) ports are plugged in" }
        if device.addresses.isEmpty { return "has no address: what is plugged in has no gateway here" }
        return nil
    }
}
