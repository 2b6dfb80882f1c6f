/// What `POST /networks/create` asks for, in the network room's words. Texts are as the client sent them;
/// `NetworkController.create` checks them and answers in Docker's words.
public struct NetworkRequest: Sendable, Hashable {
    /// The network's name.
    public var name: String
    /// `bridge` where it is empty.
    public var driver = ""
    /// Whether its containers have IPv4; nil is the daemon's choice, yes.
    public var enableIPv4: Bool?
    /// Whether its containers have IPv6; nil is the daemon's choice, no unless `--default-network-opt` says so.
    public var enableIPv6: Bool?
    /// The address driver; empty is `default`.
    public var ipamDriver = ""
    /// The address driver's options.
    public var ipamOptions: [String: String]?
    /// The subnets asked for, in the client's order. One without a subnet names only a range or a gateway; a subnet of
    /// an unspecified address, `0.0.0.0/24`, names only a size.
    public var pools: [PoolWish] = []
    /// Whether it has no way out.
    public var isInternal = false
    /// Swarm only; kept and shown.
    public var isAttachable = false
    /// Swarm only: refused.
    public var isIngress = false
    /// Whether it is only a configuration that others take.
    public var isConfigOnly = false
    /// The network whose configuration it takes; empty for none.
    public var configFrom = ""
    /// `local` or empty.
    public var scope = ""
    /// The driver's options.
    public var options: [String: String] = [:]
    /// The user's labels.
    public var labels: [String: String] = [:]
    /// RFC 3339, for the record.
    public var created: String

    /// Asks for a network of that name, all else left to the daemon.
    public init(name: String, created: String) {
        self.name = name
        self.created = created
    }

    /// One `IPAM.Config` entry.
    public struct PoolWish: Sendable, Hashable {
        /// `172.20.0.0/16`, or empty.
        public var subnet = ""
        /// `172.20.10.0/24`, or empty.
        public var range = ""
        /// `172.20.0.1`, or empty.
        public var gateway = ""
        /// `--aux-address`, by name.
        public var auxiliary: [String: String] = [:]
        /// Asks for nothing.
        public init() {}
    }
}
