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
    /// Bytes; nil is the uplink's, that of the host's default route, and without one 1500.
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
    /// Whether the daemon makes IPv6 rules.
    public var ip6tables = true
    /// Which back end makes the rules.
    public var firewallBackend = FirewallKind.iptables
    /// Whether containers can be reached directly from outside, on any port (`--allow-direct-routing`).
    public var allowsDirectRouting = false
    /// Whether the default bridge has IPv6 (`--ipv6`).
    public var ipv6 = false
    /// The default bridge's IPv6 address and subnet (`--bip6`); nil takes a free pool.
    public var bip6: IPPrefix?
    /// The part of the IPv6 subnet that containers get addresses from (`--fixed-cidr-v6`).
    public var fixedCIDRv6: IPPrefix?
    /// The containers' IPv6 default route on the default bridge.
    public var defaultGatewayV6: IPv6Address?
    /// Driver options of networks that name none, by driver (`--default-network-opt bridge=KEY=VALUE`).
    public var defaultNetworkOptions: [String: [String: String]] = [:]
    /// Whether what the kernel cannot forward (`[::1]`, IPv6 clients of IPv4-only containers) is proxied.
    public var userlandProxy = true
    /// Whether the default bridge has names as other networks do (`--dns-on-default-bridge`).
    public var namesOnDefaultBridge = false
    /// Resolvers that queries go to where the container names none (`--dns`); empty follows the host's resolv.conf.
    public var dns: [String] = []

    /// The engine's own id, from which its IPv6 subnets and its bridges' Ethernet addresses are derived; empty takes the
    /// host's, `/etc/machine-id`.
    public var engineID = ""

    /// Which back end makes the firewall's rules (`--firewall-backend`).
    public enum FirewallKind: String, Sendable, Hashable, CaseIterable {
        /// The programs `iptables` and `ip6tables`, by one `iptables-restore` a change.
        case iptables
        /// nftables by netlink.
        case nftables
    }

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
