import IPAddressing
import Netlink
import RouteNetlink

/// The way that the kernel's tables describe from one station to an address. A pure value, found without sending.
struct Path {
    /// One station on the way.
    struct Hop {
        var station: Int
        /// The packet's destination here, after translations so far.
        var target: IPAddress
        /// The device that the packet comes in by; nil at the source.
        var input: Link?
        /// The bridge port that it came through, before the bridge as input.
        var inputPort: Link?
        /// What the routing decided; nil where it is delivered here or refused.
        var route: Route?
        /// Why the kernel refused.
        var refusal: NetlinkError?
        /// The device that it leaves by.
        var output: Link?
        /// The far end of the output's cable.
        var cable: (station: Int, link: Link)?
        /// The next station's address on the link.
        var nextHop: IPAddress?
        /// Of a bridge as output: the port to the next hop.
        var outputPort: Link?
        var isDelivered = false
    }

    var hops: [Hop] = []
    var destination: IPAddress
    var source: IPAddress?
    /// Whether it goes on in a station that was looked into, though nobody there takes it; false beyond an uplink.
    var isLookedInto = true

    /// Follows the tables.
    ///
    /// - Parameters:
    ///   - translated: where the host's DNAT leads, once it is known.
    ///   - goal: the station that the destination names, which may be beyond an uplink.
    ///   - arrival: the device that the packet comes in by at the start; nil where it is made there.
    ///   - origin: its source address, where it has one already.
    static func walk(
        _ machine: Machine, from start: Int, to destination: IPAddress, translated: IPAddress? = nil, goal: Int? = nil,
        arrival: Link? = nil, origin: IPAddress? = nil
    ) -> Path {
        var path = Path(destination: destination, source: origin)
        var place = start
        var input = arrival
        var inputPort: Link?
        var target = destination
        for _ in 0..<8 {
            let station = machine.stations[place]
            if place != start || station.isOwn, let translated { target = translated }
            var hop = Hop(station: place, target: target, input: input, inputPort: inputPort)
            if station.owner(of: target) != nil {
                hop.isDelivered = true
                path.hops.append(hop)
                return path
            }
            do {
                let lookup = RouteLookup(to: target, from: input == nil ? nil : path.source, arrivesBy: input?.index)
                let route = try station.socket.resolve(lookup)
                hop.route = route
                // RTN_LOCAL: an address that no device has, and that is this station's own all the same.
                if route.type == 2 {
                    hop.isDelivered = true
                    path.hops.append(hop)
                    return path
                }
                hop.output = station.link(route.index)
                hop.nextHop = route.gateway ?? target
                if input == nil, origin == nil { path.source = route.preferredSource }
            } catch {
                hop.refusal = error
                path.hops.append(hop)
                return path
            }
            guard let output = hop.output, let next = hop.nextHop else {
                path.hops.append(hop)
                return path
            }
            input = nil
            inputPort = nil
            if output.kind == "bridge" {
                // The station behind one of the ports.
                for port in station.links where port.master == output.index {
                    guard let end = machine.peer(of: port, in: place),
                        machine.stations[end.station].addresses.contains(where: {
                            $0.index == end.link.index && $0.prefix.address == next
                        })
                    else { continue }
                    hop.outputPort = port
                    hop.cable = end
                    path.hops.append(hop)
                    input = end.link
                    place = end.station
                    break
                }
                if hop.outputPort == nil {
                    path.hops.append(hop)
                    return path
                }
                continue
            }
            guard let end = machine.peer(of: output, in: place) else {
                path.hops.append(hop)
                return path
            }
            hop.cable = end
            path.hops.append(hop)
            // Whoever is beyond the host's uplink is not looked into, unless the question names it.
            if station.isOwn, goal != end.station, place != start || goal == nil || arrival != nil {
                path.isLookedInto = false
                return path
            }
            let far = machine.stations[end.station]
            guard let bridge = far.link(end.link.master) else {
                place = end.station
                input = end.link
                continue
            }
            if far.addresses.contains(where: { $0.index == bridge.index && $0.prefix.address == next }) {
                place = end.station
                input = bridge
                inputPort = end.link
                continue
            }
            // Another port of the same bridge.
            var isFound = false
            for port in far.links where port.master == bridge.index && port.index != end.link.index {
                guard let other = machine.peer(of: port, in: end.station),
                    machine.stations[other.station].addresses.contains(where: {
                        $0.index == other.link.index && $0.prefix.address == next
                    })
                else { continue }
                path.hops[path.hops.count - 1].outputPort = port
                place = other.station
                input = other.link
                isFound = true
                break
            }
            if !isFound { return path }
        }
        return path
    }
}
