public import IPAddressing

/// What one container's resolver knows and may do.
public struct SandboxNames: Hashable, Sendable {
    /// What the sandbox is called to `NameService`: its path, unique in the engine.
    public var key: String
    /// The container's id.
    public var containerID: String
    /// The ids of its networks, the one to look in first at the front.
    public var networkIDs: [String]
    /// Names of its own for others on its networks (`--link db:database` is `["database": "db"]`). They follow
    /// whoever has the name at the time.
    public var links: [String: String]
    /// Servers to ask for what nobody here is called, of `--dns`, asked from the container's network namespace. Empty:
    /// the daemon's, else the host's.
    public var servers: [IPAddress]
    /// Whether servers may be asked from the host's network namespace; false for a container with internal networks
    /// only. Servers of its own may be asked in any case: the question goes no further than its own packets.
    public var mayForward: Bool
    /// Whether the user has set `ndots`: then names of one label that nobody here has are answered with no records,
    /// and the client goes on with its search domains, as Docker has it.
    public var hasNdots: Bool

    /// Joins them.
    public init(
        key: String, containerID: String, networkIDs: [String], links: [String: String] = [:],
        servers: [IPAddress] = [], mayForward: Bool, hasNdots: Bool = false
    ) {
        self.key = key
        self.containerID = containerID
        self.networkIDs = networkIDs
        self.links = links
        self.servers = servers
        self.mayForward = mayForward
        self.hasNdots = hasNdots
    }
}

/// Where a sandbox's resolver listens on 127.0.0.11, in the sandbox's network namespace.
public struct ResolverPorts: Hashable, Sendable {
    /// The UDP port.
    public let udp: UInt16
    /// The TCP port.
    public let tcp: UInt16

    /// Joins the two.
    public init(udp: UInt16, tcp: UInt16) {
        self.udp = udp
        self.tcp = tcp
    }
}
