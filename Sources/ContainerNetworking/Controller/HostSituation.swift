import IPAddressing
import RouteNetlink
import SystemCalls

/// What of the host's network bears on the making of networks.
struct HostSituation: Hashable, Sendable {
    /// Destinations of routes and subnets of addresses, with the device that each belongs to, of both families.
    var taken: [Taken] = []
    /// Addresses of each bridge, by name, IPv6 link-local ones aside.
    var bridges: [String: [IPPrefix]] = [:]
    /// Ethernet addresses of bridges, by name.
    var bridgeMACs: [String: MACAddress] = [:]
    /// All devices.
    var devices: Set<String> = []
    /// The MTU in bytes of the device that the host's default route leaves by; nil where it has none.
    var uplinkMTU: Int?
    /// What tells this host from others, `/etc/machine-id`; empty where it has none.
    var machineID = ""

    /// A block of addresses that is somebody's.
    struct Taken: Hashable, Sendable {
        var prefix: IPPrefix
        var device: String
    }

    /// Reads it. Blocks.
    static func observe(_ socket: RouteSocket) throws -> HostSituation {
        let links = try socket.links()
        let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
        let addresses = try socket.addresses().filter { !isLinkLocal($0.prefix) }
        let routes = try socket.routes().filter { $0.table != 255 }
        var situation = HostSituation()
        situation.devices = Set(links.map(\.name))
        for route in routes where route.destination.length > 0 && !isLinkLocal(route.destination) {
            situation.taken.append(
                Taken(prefix: route.destination, device: route.index.flatMap { names[$0] } ?? "no device"))
        }
        for address in addresses {
            situation.taken.append(Taken(prefix: address.prefix.network, device: names[address.index] ?? ""))
        }
        for link in links where link.kind == "bridge" {
            situation.bridges[link.name] = addresses.filter { $0.index == link.index }.map(\.prefix)
            situation.bridgeMACs[link.name] = link.mac
        }
        situation.uplinkMTU = uplink(routes, links).map { Int($0.mtu) }
        situation.machineID =
            (try? FileSystem.readText("/etc/machine-id")).map { String($0.prefix { $0 != "\n" }) } ?? ""
        return situation
    }

    /// The device of the best default route: IPv4's where there is one.
    private static func uplink(_ routes: [Route], _ links: [Link]) -> Link? {
        for family in [IPFamily.v4, .v6] {
            let defaults = routes.filter {
                $0.destination.length == 0 && $0.destination.family == family && $0.table == 254 && $0.type == 1
            }
            guard let best = defaults.min(by: { $0.metric < $1.metric }) else { continue }
            if let link = links.first(where: { $0.index == best.index }) { return link }
        }
        return nil
    }

    /// Link-local and multicast blocks of IPv6 are on every device.
    private static func isLinkLocal(_ prefix: IPPrefix) -> Bool {
        guard case .v6(let address) = prefix.address else { return false }
        return address.isLinkLocal || address.isMulticast
    }

    /// What overlaps a subnet, devices of that name aside.
    func overlap(with subnet: IPPrefix, except device: String) -> Taken? {
        taken.first { $0.device != device && $0.prefix.overlaps(subnet) }
    }

    /// Adds the subnets of networks, which are theirs also while their bridges are not there.
    mutating func add(_ records: [NetworkRecord]) {
        for record in records where !record.isConfigOnly {
            for family in IPFamily.allCases {
                guard let subnet = record.enabledPool(family).flatMap({ IPPrefix($0.subnet) }) else { continue }
                taken.append(Taken(prefix: subnet, device: record.bridgeName ?? "network \(record.name)"))
            }
        }
    }
}
