public import IPAddressing

/// A bridge as it is or is to be.
public struct BridgeState: Hashable, Sendable {
    /// Its Ethernet address; nil leaves it as it is.
    public var mac: MACAddress?
    /// Bytes; nil leaves it as it is.
    public var mtu: Int?
    /// Whether it is set up.
    public var isUp: Bool
    /// The addresses of both families that are ours; others that a user added are left alone.
    public var addresses: [IPPrefix]
    /// Kernel parameters of the device, `net/ipv6/conf/docker0/accept_ra`.
    public var parameters: [String: String] = [:]
    /// The destinations of the routes out of it that the kernel makes with its addresses.
    public var routes: Set<IPPrefix> = []
}

/// The parent of macvlan and ipvlan networks, where the engine makes it.
public enum ParentState: Hashable, Sendable {
    /// A device without a way out, for a network that names no parent.
    case dummy
    /// A VLAN (IEEE 802.1Q) of a device, `eth0.100`.
    case vlan(device: String, number: UInt16)
}

/// A bridge port as it is or is to be.
public struct PortState: Hashable, Sendable {
    /// The bridge's name; nil where it is plugged into none.
    public var bridge: String?
    /// Whether it is set up.
    public var isUp: Bool
    /// Whether a frame may go back out of the port it came in by.
    public var isHairpin = false
}

/// Everything that the engine does to the kernel's network in the host's namespace, the firewall aside (see
/// `FirewallIntent`), as one value: as it is, or as it is to be.
public struct KernelState: Hashable, Sendable {
    /// Kernel parameters by name, `net.ipv4.ip_forward`.
    public var sysctls: [String: String] = [:]
    /// Bridges by name.
    public var bridges: [String: BridgeState] = [:]
    /// Parents of macvlan and ipvlan networks that the engine makes, by name. Of what is there only the name counts.
    public var parents: [String: ParentState] = [:]
    /// The host's ends of cables by name.
    public var ports: [String: PortState] = [:]

    /// Nothing.
    public init() {}
}
