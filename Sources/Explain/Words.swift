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
        if let index = route.index { text += " dev \(names[index] ?? "#\(index)")" }
        if let source = route.preferredSource { text += " src \(source)" }
        return text
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
