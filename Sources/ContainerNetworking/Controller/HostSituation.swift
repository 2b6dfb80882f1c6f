import IPAddressing
import RouteNetlink

/// What of the host's network bears on the choice of a subnet.
struct HostSituation: Hashable, Sendable {
    /// Destinations of routes and subnets of addresses, with the device that each belongs to.
    var taken: [Taken] = []
    /// IPv4 addresses of each bridge, by name.
    var bridges: [String: [IPPrefix]] = [:]
    /// Ethernet addresses of bridges, by name.
    var bridgeMACs: [String: MACAddress] = [:]

    /// A block of addresses that is somebody's.
    struct Taken: Hashable, Sendable {
        var prefix: IPPrefix
        var device: String
    }

    /// Reads it. Blocks.
    static func observe(_ socket: RouteSocket) throws -> HostSituation {
        let links = try socket.links()
        let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
        let addresses = try socket.addresses().filter { $0.prefix.family == .v4 }
        var situation = HostSituation()
        for route in try socket.routes() where route.table != 255 && route.destination.family == .v4 {
            if route.destination.length > 0 {
                situation.taken.append(
                    Taken(prefix: route.destination, device: route.index.flatMap { names[$0] } ?? "no device"))
            }
        }
        for address in addresses {
            situation.taken.append(Taken(prefix: address.prefix.network, device: names[address.index] ?? ""))
        }
        for link in links where link.kind == "bridge" {
            situation.bridges[link.name] = addresses.filter { $0.index == link.index }.map(\.prefix)
            situation.bridgeMACs[link.name] = link.mac
        }
        return situation
    }

    /// What overlaps a subnet, devices of that name aside.
    func overlap(with subnet: IPPrefix, except device: String) -> Taken? {
        taken.first { $0.device != device && $0.prefix.overlaps(subnet) }
    }
}
