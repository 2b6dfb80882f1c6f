/// A network as it is kept: what `docker network inspect` shows.
public struct NetworkRecord: Codable, Hashable, Sendable {
    /// 64 hex digits.
    public var id: String
    /// `bridge`, `host`, `none`, or a user's choice.
    public var name: String
    /// `bridge`, `host` or `null`.
    public var driver: String
    /// RFC 3339.
    public var created: String
    /// `172.17.0.0/16`; nil where the driver has no addresses.
    public var subnet: String?
    /// The part of the subnet that containers get addresses from; nil is all of it.
    public var range: String?
    /// The containers' default route, `172.17.0.1`.
    public var gateway: String?
    /// The bridge's own address; the gateway's unless `--default-gateway` names another.
    public var bridgeAddress: String?
    /// The bridge's device; nil for other drivers.
    public var bridgeName: String?
    /// The bridge's Ethernet address, kept over restarts.
    public var bridgeMAC: String?
    /// Bytes.
    public var mtu: Int?
    /// Whether it has no way out.
    public var isInternal = false
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

    /// A bridge option that is `true` unless it says otherwise.
    func flag(_ option: String) -> Bool { options["com.docker.network.bridge.\(option)"] != "false" }
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
    /// `172.17.0.2`.
    public var ipv4Address: String
    /// The subnet's length in bits.
    public var prefixLength: Int
    /// The default route, `172.17.0.1`.
    public var gateway: String
    /// The ports that are published.
    public var ports: [PortRecord] = []
}

/// A container's network namespace, held by a bind mount.
public struct Sandbox: Hashable, Sendable {
    /// Where it is bind-mounted.
    public let path: String
}
