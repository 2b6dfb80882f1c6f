import Firewall
import IPAddressing

/// Who has which port of the host, as far as the engine knows. Pure. Every question costs the same, however many ports
/// there are.
struct PortBooks: Hashable, Sendable {
    /// Whose a port is.
    enum Owner: Hashable, Sendable {
        /// An endpoint's that is being made.
        case starting
        /// The endpoint's of that id. It has the port no longer than it is plugged in.
        case endpoint(String)
    }

    /// A port number of a protocol and a family.
    private struct Slot: Hashable, Sendable {
        let transport: TransportProtocol
        let family: IPFamily
        let number: UInt16

        init(_ port: HostPort) {
            transport = port.transport
            family = port.address.family
            number = port.number
        }
    }

    private var slots: [Slot: [IPAddress: Owner]] = [:]

    /// Whose a port is.
    func owner(of port: HostPort) -> Owner? { slots[Slot(port)]?[port.address] }

    /// The owners of all ports that cannot be had beside this one.
    func clashes(with port: HostPort) -> [(port: HostPort, owner: Owner)] {
        (slots[Slot(port)] ?? [:]).compactMap { address, owner in
            let other = HostPort(transport: port.transport, address: address, number: port.number)
            return other.clashes(with: port) ? (other, owner) : nil
        }
    }

    /// Writes a port down; a former owner loses it.
    mutating func book(_ port: HostPort, _ owner: Owner) { slots[Slot(port), default: [:]][port.address] = owner }

    /// Strikes a port out.
    mutating func free(_ port: HostPort) {
        let slot = Slot(port)
        slots[slot]?[port.address] = nil
        if slots[slot]?.isEmpty == true { slots[slot] = nil }
    }

    /// How many ports are written down.
    var count: Int { slots.values.reduce(0) { $0 + $1.count } }
}
