/// One option of the daemon, as the command line and the configuration file know it.
struct DaemonOption: Hashable, Sendable {
    /// The daemon's name in messages.
    static let program = "causewayd"

    /// What an option takes, and how the command line's help calls it.
    enum Kind: Hashable, Sendable {
        /// true or false; the name alone is true.
        case flag
        /// A number.
        case number
        /// One text; the word that help shows for it.
        case text(String)
        /// Any number of texts, one each time the option is given; in the file an array.
        case list(String)
        /// Blocks of addresses; in the file an array of objects with `base` and `size`.
        case pools
        /// `KEY=VALUE` any number of times; in the file an object of strings.
        case pairs
        /// `OUTER=KEY=VALUE` any number of times; in the file an object of objects.
        case nested

        /// What help shows after the name.
        var word: String {
            switch self {
            case .flag: ""
            case .number: "int"
            case .text(let word), .list(let word): word
            case .pools: "pool-options"
            case .pairs: "map"
            case .nested: "mapmap"
            }
        }
    }

    /// The name after two dashes.
    let name: String
    /// The letter after one dash.
    let letter: Character?
    /// The key in the configuration file; nil where the file cannot set it.
    let key: String?
    /// What it takes.
    let kind: Kind
    /// The value it has where nobody sets it, as help shows it; empty where there is none.
    let standard: String
    /// One line for help.
    let help: String

    init(
        _ name: String, letter: Character? = nil, key: String? = nil, inFile: Bool = true, _ kind: Kind,
        standard: String = "", _ help: String
    ) {
        self.name = name
        self.letter = letter
        self.key = inFile ? key ?? name : nil
        self.kind = kind
        self.standard = standard
        self.help = help
    }

    /// The option as messages about the command line name it: `--mtu`, `-D, --debug`.
    var spelling: String { (letter.map { "-\($0), " } ?? "") + "--\(name)" }
}

extension DaemonOption {
    /// The options that the daemon has, by name.
    static let supported: [DaemonOption] = [
        DaemonOption(
            "allow-direct-routing", .flag, "Allow remote access to published ports on container IP addresses"),
        DaemonOption("bip", .text("string"), "IPv4 address for the default bridge"),
        DaemonOption("bip6", .text("string"), "IPv6 address for the default bridge"),
        DaemonOption("bridge", letter: "b", .text("string"), "Attach containers to a network bridge"),
        DaemonOption(
            "config-file", inFile: false, .text("string"), standard: "/etc/causeway/daemon.json",
            "Daemon configuration file"),
        DaemonOption(
            "data-root", .text("string"), standard: "/var/lib/causeway", "Root directory of persistent Causeway state"),
        DaemonOption("debug", letter: "D", .flag, "Enable debug mode"),
        DaemonOption(
            "default-address-pool", key: "default-address-pools", .pools,
            "Default address pools for node specific local networks"),
        DaemonOption(
            "default-gateway", .text("ip"), "Default gateway IPv4 address for the default bridge network"),
        DaemonOption(
            "default-gateway-v6", .text("ip"), "Default gateway IPv6 address for the default bridge network"),
        DaemonOption("default-network-opt", key: "default-network-opts", .nested, "Default network options"),
        DaemonOption("dns", .list("ipSlice"), "DNS server to use"),
        DaemonOption(
            "dns-on-default-bridge", .flag,
            "Containers on the default bridge find each other by name, too (dockerd has no such option)"),
        DaemonOption("dns-opt", key: "dns-opts", .list("list"), "DNS options to use"),
        DaemonOption("dns-search", .list("list"), "DNS search domains to use"),
        DaemonOption(
            "exec-root", .text("string"), standard: "/run/causeway", "Root directory for execution state files"),
        DaemonOption(
            "firewall-backend", .text("string"), "Firewall backend to use, iptables or nftables"),
        DaemonOption("fixed-cidr", .text("string"), "IPv4 subnet for the default bridge network"),
        DaemonOption("fixed-cidr-v6", .text("string"), "IPv6 subnet for the default bridge network"),
        DaemonOption("group", letter: "G", .text("string"), standard: "docker", "Group for the unix socket"),
        DaemonOption("help", letter: "h", inFile: false, .flag, "Print usage"),
        DaemonOption(
            "host", letter: "H", key: "hosts", .list("list"),
            "Daemon socket(s) to connect to: unix://PATH, tcp://HOST:PORT or fd:// (default unix:///var/run/docker.sock)"
        ),
        DaemonOption(
            "host-gateway-ip", key: "host-gateway-ips", .list("list"),
            "IP addresses that the special 'host-gateway' string in --add-host resolves to. Defaults to the IP addresses of the default bridge"
        ),
        DaemonOption("http-proxy", inFile: false, .text("string"), "HTTP proxy URL to use for outgoing traffic"),
        DaemonOption("https-proxy", inFile: false, .text("string"), "HTTPS proxy URL to use for outgoing traffic"),
        DaemonOption(
            "icc", .flag, standard: "true", "Enable inter-container communication for the default bridge network"),
        DaemonOption(
            "insecure-registry", key: "insecure-registries", .list("list"),
            "Registries (host:port or CIDR) to speak to without TLS, or without checking their certificate"),
        DaemonOption(
            "ip", .text("ip"), standard: "0.0.0.0", "Host IP for port publishing from the default bridge network"),
        DaemonOption("ip-forward", .flag, standard: "true", "Enable IP forwarding in system configuration"),
        DaemonOption(
            "ip-forward-no-drop", .flag,
            "Do not set the filter-FORWARD policy to DROP when enabling IP forwarding"),
        DaemonOption(
            "ip-masq", .flag, standard: "true", "Enable IP masquerading for the default bridge network"),
        DaemonOption("ip6tables", .flag, standard: "true", "Enable addition of ip6tables rules"),
        DaemonOption("iptables", .flag, standard: "true", "Enable addition of iptables rules"),
        DaemonOption("ipv6", .flag, "Enable IPv6 networking for the default bridge network"),
        DaemonOption(
            "live-restore", .flag, standard: "true",
            "Containers keep running while the daemon is down (dockerd's default is false)"),
        DaemonOption(
            "log-driver", .text("string"), standard: "json-file", "Default driver for container logs, json-file or none"
        ),
        DaemonOption(
            "log-level", letter: "l", .text("string"), standard: "info",
            "Set the logging level (\"debug\"|\"info\"|\"warn\"|\"error\"|\"fatal\")"),
        DaemonOption(
            "log-opt", key: "log-opts", .pairs, "Default log driver options for containers"),
        DaemonOption(
            "max-concurrent-downloads", .number, standard: "3", "Set the max concurrent downloads"),
        DaemonOption("max-concurrent-uploads", .number, standard: "5", "Set the max concurrent uploads"),
        DaemonOption(
            "max-download-attempts", .number, standard: "5", "Set the max download attempts for each layer"),
        DaemonOption("mtu", .number, "Set the MTU for the default \"bridge\" network"),
        DaemonOption(
            "network-repair", .text("string"), standard: "restore",
            "What to do where others change the engine's network: restore or warn (dockerd has no such option)"),
        DaemonOption(
            "no-proxy", inFile: false, .text("string"),
            "Comma-separated list of hosts or IP addresses for which the proxy is skipped"),
        DaemonOption(
            "pidfile", letter: "p", .text("string"), standard: "/run/causeway.pid", "Path to use for daemon PID file"),
        DaemonOption(
            "registry-mirror", key: "registry-mirrors", .list("list"), "Preferred registry mirror of Docker Hub"),
        DaemonOption("tls", .flag, "Use TLS; implied by --tlsverify. --tls=false asks for TCP ports without it"),
        DaemonOption(
            "tlscacert", .text("string"), standard: "/etc/causeway/ca.pem", "Trust certs signed only by this CA"),
        DaemonOption(
            "tlscert", .text("string"), standard: "/etc/causeway/cert.pem", "Path to TLS certificate file"),
        DaemonOption("tlskey", .text("string"), standard: "/etc/causeway/key.pem", "Path to TLS key file"),
        DaemonOption("tlsverify", .flag, "Use TLS and verify the remote"),
        DaemonOption(
            "userland-proxy", .flag, standard: "true",
            "Use a userland proxy for what the kernel cannot forward to containers"),
        DaemonOption("validate", inFile: false, .flag, "Validate daemon configuration and exit"),
        DaemonOption("version", letter: "v", inFile: false, .flag, "Print version information and quit"),
    ]

    /// Finds an option by its name on the command line.
    static func named(_ name: some StringProtocol) -> DaemonOption? { supported.first { $0.name == name } }

    /// Finds an option by its letter on the command line.
    static func lettered(_ letter: Character) -> DaemonOption? { supported.first { $0.letter == letter } }

    /// Finds an option by its key in the configuration file.
    static func keyed(_ key: String) -> DaemonOption? {
        // dockerd 27 and earlier had one such address.
        supported.first { $0.key == (key == "host-gateway-ip" ? "host-gateway-ips" : key) }
    }
}
