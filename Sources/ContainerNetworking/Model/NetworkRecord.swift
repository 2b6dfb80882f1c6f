public import IPAddressing

/// A network as it is kept: what `docker network inspect` shows.
public struct NetworkRecord: Codable, Hashable, Sendable {
    /// 64 hex digits.
    public var id: String
    /// `bridge`, `host`, `none`, or a user's choice.
    public var name: String
    /// `bridge`, `host`, `null`, `macvlan` or `ipvlan`.
    public var driver: String
    /// RFC 3339.
    public var created: String
    /// Whether its containers have IPv4.
    public var enableIPv4 = true
    /// Whether its containers have IPv6.
    public var enableIPv6 = false
    /// Where its addresses come from: the subnets in force, at most one a family, IPv4 first.
    public var pools: [PoolRecord] = []
    /// The address driver's name, `default`.
    public var ipamDriver = "default"
    /// The address driver's options (`--ipam-opt`); nil where none were given.
    public var ipamOptions: [String: String]?
    /// The bridge's own IPv4 address; the gateway's unless `--default-gateway` names another.
    public var bridgeAddress: String?
    /// The bridge's own IPv6 address, likewise.
    public var bridgeIPv6Address: String?
    /// The bridge's device; nil for other drivers.
    public var bridgeName: String?
    /// The bridge's Ethernet address, kept over restarts.
    public var bridgeMAC: String?
    /// Whether the bridge was there before the network: it is used, and stays when the network goes.
    public var isBridgeForeign = false
    /// Whether the engine made the parent of a macvlan or ipvlan network, a VLAN of a device or a device without a way
    /// out; it goes with the last network that uses it.
    public var isParentOurs = false
    /// Bytes.
    public var mtu: Int?
    /// Whether it has no way out.
    public var isInternal = false
    /// Swarm only; kept and shown.
    public var isAttachable = false
    /// Whether it is only a configuration that others take (`--config-only`).
    public var isConfigOnly = false
    /// The name of the network whose configuration it has taken; empty for none (`--config-from`).
    public var configFrom = ""
    /// The driver's options, `com.docker.network.bridge.*`.
    public var options: [String: String] = [:]
    /// The user's labels.
    public var labels: [String: String] = [:]

    /// Describes a network.
    public init(id: String, name: String, driver: String, created: String) {
        self.id = id
        self.name = name
        self.driver = driver
        self.created = created
    }

    /// The pool of a family.
    public func pool(_ family: IPFamily) -> PoolRecord? {
        pools.first { IPPrefix($0.subnet)?.family == family }
    }

    /// The IPv4 subnet, `172.17.0.0/16`.
    public var subnet: String? { pool(.v4)?.subnet }
    /// The containers' IPv4 default route, `172.17.0.1`.
    public var gateway: String? { pool(.v4)?.gateway }
    /// The part of the IPv4 subnet that containers get addresses from; nil is all of it.
    public var range: String? { pool(.v4)?.range }

    /// A bridge option that is `true` unless it says otherwise.
    func flag(_ option: String) -> Bool { options["com.docker.network.bridge.\(option)"] != "false" }
}

/// A subnet of a network, as `docker network inspect` shows it under `IPAM.Config`.
public struct PoolRecord: Codable, Hashable, Sendable {
    /// `172.17.0.0/16`, without host bits.
    public var subnet: String
    /// The part of it that containers get addresses from; nil is all of it.
    public var range: String?
    /// The containers' default route; nil where there is none (internal macvlan, gateway mode isolated).
    public var gateway: String?
    /// Addresses that nobody gets, by name (`--aux-address`).
    public var auxiliary: [String: String]
    /// Whether the user named the subnet: only there may containers ask for an address.
    public var isSubnetGiven = true

    /// Describes a subnet.
    public init(subnet: String, range: String? = nil, gateway: String? = nil, auxiliary: [String: String] = [:]) {
        self.subnet = subnet
        self.range = range
        self.gateway = gateway
        self.auxiliary = auxiliary
    }
}

/// A container's place on a network.
public struct EndpointRecord: Codable, Hashable, Sendable {
    /// 64 hex digits.
    public var id: String
    /// The network's id.
    public var networkID: String
    /// The network's name.
    public var networkName: String
    /// The container's id.
    public var containerID: String
    /// The path of the container's network namespace.
    public var sandboxPath: String
    /// The host's end of the cable: `veth6008cec`.
    public var hostInterface: String
    /// The container's end: `eth0`.
    public var interfaceName: String
    /// `02:42:ac:11:00:02`.
    public var macAddress: String
    /// `172.17.0.2`; empty where it has no IPv4.
    public var ipv4Address: String
    /// The IPv4 subnet's length in bits.
    public var prefixLength: Int
    /// The IPv4 router of its network, `172.17.0.1`; empty where there is none.
    public var gateway: String
    /// `fd00::2`; empty where it has no IPv6.
    public var ipv6Address = ""
    /// The IPv6 subnet's length in bits.
    public var ipv6PrefixLength = 0
    /// The IPv6 router of its network; empty where there is none.
    public var ipv6Gateway = ""
    /// Link-local addresses that were asked for.
    public var linkLocalAddresses: [String] = []
    /// Of a container's endpoints the one with the highest gives the default route.
    public var gatewayPriority = 0
    /// Kernel parameters of the interface inside, as they were asked for.
    public var sysctls: [String] = []
    /// Names by which other containers of the network find it.
    public var dnsNames: [String] = []
    /// The ports that are published.
    public var ports: [PortRecord] = []
}

/// A container's network namespace, held by a bind mount.
public struct Sandbox: Hashable, Sendable {
    /// Where it is bind-mounted.
    public let path: String
}
