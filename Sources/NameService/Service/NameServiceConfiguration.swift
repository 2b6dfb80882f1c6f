public import IPAddressing
public import SystemCalls

/// What all resolvers of a `NameService` share.
public struct NameServiceConfiguration: Sendable {
    /// The host's resolv.conf(5), followed while the service runs.
    public var resolvConfPath: String
    /// The daemon's `--dns`, asked from each container's network namespace; empty follows the host's file.
    public var defaultServers: [IPAddress]
    /// The namespace that the host's servers are asked from; nil is the caller's own.
    public var hostNamespace: NetworkNamespace?
    /// How many threads answer; each sandbox keeps to one of them.
    public var threadCount: Int

    /// How long a server has for one try, before the next is asked. Docker's value.
    var patience: Duration = .seconds(4)
    /// How long a TCP connection of a client may do nothing.
    var idleLimit: Duration = .seconds(10)
    /// How many questions of one sandbox may be with servers at a time. Docker's value.
    var forwardLimit = 1024
    /// How many TCP connections one sandbox may hold.
    var connectionLimit = 256
    /// The port of all servers.
    var serverPort: UInt16 = 53

    /// Joins them.
    public init(
        resolvConfPath: String = "/etc/resolv.conf", defaultServers: [IPAddress] = [],
        hostNamespace: NetworkNamespace? = nil, threadCount: Int = 1
    ) {
        self.resolvConfPath = resolvConfPath
        self.defaultServers = defaultServers
        self.hostNamespace = hostNamespace
        self.threadCount = threadCount
    }
}
