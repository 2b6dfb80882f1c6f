public import AddressAllocation
public import IPAddressing

/// What the daemon's options say about networks; the defaults are Docker's.
public struct NetworkConfiguration: Sendable, Hashable {
    /// The default bridge's device.
    public var bridgeName = "docker0"
    /// Whether the bridge is the user's own (`--bridge`): it is used as it is, never made, renumbered or removed.
    public var bridgeIsUsers = false
    /// Whether there is no default bridge (`--bridge none`).
    public var isBridgeDisabled = false
    /// The bridge's address and subnet; nil takes the first free pool.
    public var bip: IPPrefix?
    /// The part of the subnet that containers get addresses from.
    public var fixedCIDR: IPPrefix?
    /// The containers' default route; nil is the bridge's address.
    public var defaultGateway: IPv4Address?
    /// Where subnets are taken from.
    public var pools: [SubnetPool] = SubnetChooser.dockerPools
    /// Bytes; nil is 1500.
    public var mtu: Int?
    /// Whether containers on the bridge may talk to each other.
    public var icc = true
    /// Whether what leaves the bridge gets an address of the host.
    public var masquerade = true
    /// Whether the daemon switches IP forwarding on.
    public var ipForward = true
    /// Whether FORWARD's policy stays as it is.
    public var ipForwardNoDrop = false
    /// Whether the daemon makes firewall rules.
    public var iptables = true
    /// The host's address for published ports.
    public var hostBinding = "0.0.0.0"
    /// Where namespaces are named: `execRoot/netns`.
    public var execRoot: String

    /// All defaults.
    public init(execRoot: String) {
        self.execRoot = execRoot
    }

    /// The directory of the namespaces' names.
    var namespaceDirectory: String { execRoot + "/netns" }
    /// The bridge's MTU in bytes.
    var bridgeMTU: Int { mtu ?? 1500 }
}
