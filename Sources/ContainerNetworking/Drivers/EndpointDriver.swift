import IPAddressing
import RouteNetlink
import SystemCalls

/// How endpoints of one kind of network are plugged in: makes the interface, and takes it away. What the interface is
/// like inside, its addresses and routes, is `ContainerInterface`'s, whatever the driver.
///
/// Everything blocks, for a millisecond at most unless it says otherwise.
protocol EndpointDriver: Sendable {
    /// Refuses what the kind of network cannot do, before anything is changed.
    func validate(_ request: EndpointRequest, on network: NetworkRecord) throws(NetworkError)

    /// Makes the interface in the container's namespace under its name, down. All or nothing.
    ///
    /// - Returns: its number there; nil where the kernel chose it.
    func plugIn(_ wiring: EndpointWiring, into namespace: NetworkNamespace) throws -> Int32?

    /// Takes the interface away. One that is gone already is fine.
    func unplug(_ endpoint: EndpointRecord, as end: EndpointEnd) throws
}

/// Why an endpoint ends.
public enum EndpointEnd: Sendable, Hashable {
    /// Its container runs on: the interface is gone from it when this returns. About 20 ms, the kernel's grace periods.
    case disconnected
    /// Its container has ended: the endpoint is off the network when this returns, the rest follows in the background.
    case sandboxEnds
}

/// What a driver needs to know of a new endpoint.
struct EndpointWiring: Sendable {
    /// The network.
    var network: NetworkRecord
    /// The host's end of the cable, where the driver makes one.
    var hostInterface: String
    /// What the interface is called inside.
    var interfaceName: String
    /// Its Ethernet address; nil where it has its parent's.
    var mac: MACAddress?
    /// Bytes; nil is the parent's.
    var mtu: Int?
    /// The number for the container's end of a cable, and the one before the host's end's: where both are free,
    /// `ip link` shows the two next to each other, `4: eth0@if5` and `5: veth6008cec@if4`.
    var index: Int32
    /// Whether the container is to reach its own published ports by the host's address.
    var hairpin: Bool
}
