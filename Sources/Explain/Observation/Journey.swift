import IPAddressing
import RouteNetlink

/// A step of the probe or of its answer: from one place where it can be seen to the next.
struct Step {
    enum Kind {
        /// A station's own stack sends it: rules of its output, its route, the neighbour, the queue.
        case leave
        /// A station passes it on: rules, routing, the neighbour, the queue.
        case route
        /// From a device to the other end of its cable.
        case cable
        /// From a bridge's port to the bridge itself.
        case up
        /// From one port of a bridge to another.
        case across
        /// From a bridge itself to one of its ports.
        case down
        /// Into a station's own stack, to whatever is to answer.
        case deliver
        /// Beyond what can be looked into.
        case beyond
        /// It is on a link, and the tables do not say who takes it there.
        case astray
    }

    var kind: Kind
    /// Where the step begins.
    var station: Int
    /// The device it has been seen at; nil where it is made here.
    var from: Link?
    /// The device it is to be seen at next; nil where there is none.
    var to: Link?
    /// Whose `to` is.
    var far: Int
    /// The routing that it belongs to.
    var hop: Path.Hop
    var isReply: Bool
}

extension Path {
    /// The way as steps, in order.
    func steps(isReply: Bool) -> [Step] {
        var steps: [Step] = []
        for (place, hop) in hops.enumerated() {
            func add(_ kind: Step.Kind, _ from: Link?, _ to: Link?, at station: Int? = nil, to far: Int? = nil) {
                let station = station ?? hop.station
                steps.append(
                    Step(
                        kind: kind, station: station, from: from, to: to, far: far ?? station, hop: hop,
                        isReply: isReply))
            }
            if hop.isDelivered {
                add(.deliver, hop.input, nil)
                return steps
            }
            add(hop.input == nil ? .leave : .route, hop.input, hop.output)
            guard let output = hop.output else { return steps }
            let next = place + 1 < hops.count ? hops[place + 1] : nil
            guard let cable = hop.cable else {
                add(output.kind == "bridge" ? .astray : .beyond, output, nil)
                return steps
            }
            if output.kind == "bridge" {
                add(.down, output, hop.outputPort)
                add(.cable, hop.outputPort, cable.link, to: cable.station)
                continue
            }
            if next == nil, !isLookedInto {
                add(.beyond, output, nil)
                return steps
            }
            add(.cable, output, cable.link, to: cable.station)
            if let next, let bridge = next.input, next.inputPort != nil {
                add(.up, cable.link, bridge, at: cable.station)
            } else if let next, let port = hop.outputPort {
                add(.across, cable.link, port, at: cable.station)
                add(.cable, port, next.input, at: cable.station, to: next.station)
            } else if next == nil {
                add(.astray, cable.link, nil, at: cable.station)
            }
        }
        return steps
    }
}

/// What of the probe is looked for.
enum Subject {
    case packet, question, answer
}

/// Devices that hear what one device sends on its link.
struct Segment {
    /// The bridge between them, and whose it is.
    var bridge: (station: Int, link: Link)?
    /// Devices with stations behind them.
    var members: [(station: Int, link: Link)] = []
    /// Whether nobody else can be on it.
    var isComplete = true
}

extension Machine {
    /// Who is on a device's link, itself left out.
    func segment(of link: Link, in station: Int) -> Segment {
        var segment = Segment()
        func addPorts(of bridge: Link, in place: Int) {
            segment.bridge = (place, bridge)
            for port in stations[place].links where port.master == bridge.index {
                if let end = peer(of: port, in: place) {
                    if end.station != station || end.link.index != link.index { segment.members.append(end) }
                } else if port.kind != "veth" || port.hasCarrier {
                    segment.isComplete = false
                }
            }
        }
        if link.kind == "bridge" {
            addPorts(of: link, in: station)
            return segment
        }
        guard let end = peer(of: link, in: station) else {
            segment.isComplete = false
            return segment
        }
        let far = stations[end.station]
        if let bridge = far.link(end.link.master) {
            segment.members.append((end.station, bridge))
            addPorts(of: bridge, in: end.station)
        } else {
            segment.members.append(end)
        }
        return segment
    }
}
