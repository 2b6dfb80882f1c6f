public import IPAddressing

/// How much the daemon logs, by logrus' names, which dockerd takes.
public enum DaemonLogLevel: String, Hashable, Sendable, CaseIterable {
    /// Every step.
    case trace
    /// What helps to find a fault.
    case debug
    /// What happens.
    case info
    /// What may be wrong.
    case warn
    /// What failed.
    case error
    /// What ends the daemon.
    case fatal
    /// As fatal.
    case panic
}

/// What makes the firewall's rules.
public enum FirewallBackendName: String, Hashable, Sendable, CaseIterable {
    /// iptables and ip6tables.
    case iptables
    /// nftables.
    case nftables
}

/// What is done where somebody else changes the engine's network.
public enum NetworkRepairName: String, Hashable, Sendable, CaseIterable {
    /// What is the engine's own is brought back.
    case restore
    /// It is only told.
    case warn
}

/// A block of addresses that networks' subnets are cut from.
public struct AddressPoolSetting: Hashable, Sendable, CustomStringConvertible {
    /// The block, without host bits.
    public let base: IPPrefix
    /// The prefix length of each subnet, at least the block's.
    public let size: Int

    /// `base=10.0.0.0/8,size=24`.
    public var description: String { "base=\(base),size=\(size)" }
}

/// Everything that the daemon is told by its command line and its configuration file, checked.
public struct DaemonConfiguration: Hashable, Sendable {
    /// Where to wait for clients; never empty.
    public var listenAddresses: [ListenAddress] = [.standard]
    /// The TLS of TCP ports; nil leaves them without.
    public var tls: ListenerTLS?
    /// What the options said of it.
    var tlsChoice = TLSChoice()
    /// Directory of what outlives a reboot; absolute.
    public var dataRoot = "/var/lib/causeway"
    /// Directory of what a reboot clears; absolute.
    public var execRoot = "/run/causeway"
    /// File for the daemon's process id; nil where `--pidfile ""` asks for none.
    public var pidFile: String? = "/run/causeway.pid"
    /// The configuration file, whether or not it is there.
    public var configFile = "/etc/causeway/daemon.json"
    /// Whether the configuration file was there.
    public var configFileWasFound = false

    /// Interface name of the default network's bridge.
    public var bridge = "docker0"
    /// Whether the user named a bridge with `--bridge`: then it is the user's, and is neither made nor renumbered.
    public var bridgeIsUsers = false
    /// Whether there is to be no default network (`--bridge none`).
    public var isBridgeDisabled = false
    /// The bridge's address and its subnet's length; nil leaves the choice to the daemon.
    public var bip: IPPrefix?
    /// The part of the bridge's subnet that containers get addresses from; nil is all of it.
    public var fixedCIDR: IPPrefix?
    /// The default route of containers; nil is the bridge's own address.
    public var defaultGateway: IPv4Address?
    /// Blocks for networks that name no subnet; empty stands for Docker's own.
    public var defaultAddressPools: [AddressPoolSetting] = []
    /// MTU of the default network in bytes, 68...65535; nil leaves it to the daemon.
    public var mtu: Int?
    /// Whether containers of the default network may talk to each other.
    public var icc = true
    /// Whether what leaves the default network gets the host's address; always false without iptables, as in dockerd.
    public var ipMasquerade = true
    /// Whether the daemon turns IP forwarding on.
    public var ipForward = true
    /// Whether filter's FORWARD policy stays as it is when forwarding is turned on.
    public var ipForwardNoDrop = false
    /// Whether the daemon makes firewall rules at all.
    public var iptables = true
    /// The host's address that ports are published on where the container names none.
    public var hostBindingIP = IPAddress.v4(IPv4Address(rawValue: 0))
    /// DNS servers for containers that name none; empty takes the host's.
    public var dns: [IPAddress] = []
    /// resolv.conf options for containers that name none.
    public var dnsOptions: [String] = []
    /// Search domains for containers that name none; `.` is none at all.
    public var dnsSearch: [String] = []
    /// Whether the default network has IPv6.
    public var ipv6 = false
    /// The bridge's IPv6 address and its subnet's length; nil leaves the choice to the daemon.
    public var bip6: IPPrefix?
    /// The part of the bridge's IPv6 subnet that containers get addresses from; nil is all of it.
    public var fixedCIDRv6: IPPrefix?
    /// The IPv6 default route of containers; nil is the bridge's own address.
    public var defaultGatewayV6: IPv6Address?
    /// Whether the daemon makes IPv6 firewall rules.
    public var ip6tables = true
    /// What makes the firewall's rules.
    public var firewallBackend = FirewallBackendName.iptables
    /// What is done where somebody else changes the engine's network.
    public var networkRepair = NetworkRepairName.restore
    /// Driver options of networks that name none, by driver.
    public var defaultNetworkOptions: [String: [String: String]] = [:]
    /// Whether other hosts may reach containers directly, past published ports.
    public var allowsDirectRouting = false
    /// What `host-gateway` stands for, at most one address a family; empty is the default bridge's own.
    public var hostGatewayIPs: [IPAddress] = []
    /// Whether containers on the default network find each other by name.
    public var dnsOnDefaultBridge = false
    /// Whether what the kernel cannot forward to containers is proxied.
    public var userlandProxy = true
    /// Registries that need no TLS: `host[:port]` or CIDR. Those on loopback addresses never do.
    public var insecureRegistries: [String] = []
    /// Base URLs of mirrors of Docker Hub.
    public var registryMirrors: [String] = []
    /// Blobs that are downloaded at once.
    public var maxConcurrentDownloads = 3
    /// Blobs that are uploaded at once.
    public var maxConcurrentUploads = 5
    /// How often a blob is tried.
    public var maxDownloadAttempts = 5
    /// The driver of containers' logs where they name none.
    public var logDriver = "json-file"
    /// The options of that driver where a container does not set them.
    public var logOptions: [String: String] = [:]
    /// Proxy for plain requests to registries; nil leaves it to the environment's `HTTP_PROXY`, as below.
    public var httpProxy: String?
    /// Proxy for requests over TLS.
    public var httpsProxy: String?
    /// Hosts that are asked directly, separated by commas.
    public var noProxy: String?
    /// Whether containers keep running while the daemon is down. On unless told otherwise, unlike dockerd.
    public var liveRestore = true
    /// How much to log, leaving `debug` aside.
    public var logLevel = DaemonLogLevel.info
    /// Whether to log at debug level and serve debugging aids.
    public var debug = false
    /// The group that may use the unix sockets; nil is root's only.
    public var group: String? = "docker"

    /// Docker's defaults, but for the paths and `liveRestore`.
    public init() {}

    /// The level that counts: `debug` lowers `logLevel` to debug.
    public var effectiveLogLevel: DaemonLogLevel { debug && logLevel != .trace ? .debug : logLevel }
}
