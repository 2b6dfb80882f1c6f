import SystemCalls

/// A small internet of network namespaces on this machine, to try an engine in: a host with an uplink, and behind the
/// uplink an internet that owns 203.0.113.8, with a name server and a web server.
///
/// ```
///  causeway-lab-host                       causeway-lab-inet
///  docker0 … up0 198.51.100.2/24  ══════  isp0 198.51.100.1/24
///                2001:db8:51::2/64             2001:db8:51::1/64
///            default via 198.51.100.1      203.0.113.8 (web)  203.0.113.53 (DNS)
///            and via 2001:db8:51::1        2001:db8:113::8 (web)
/// ```
///
/// The internet knows no way back to 172.17.0.0/16: a container's packets get answers only where the host hides their
/// source behind its own address. Nothing in the machine's own network namespace changes. The addresses are those that
/// RFC 5737 and RFC 3849 set aside for documentation.
public struct Lab: Hashable, Sendable {
    /// Its name, `lab` where none is given.
    public let name: String

    /// A lab of this name, whether it is up or not.
    ///
    /// - Throws: where the name is not 1 to 24 of `a-z`, `0-9` and `-`, beginning with a letter or digit.
    public init(_ name: String = "lab") throws(LabError) {
        let allowed = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard allowed, !name.isEmpty, !name.hasPrefix("-"), name.utf8.count <= 24 else {
            throw LabError(
                "'\(name)' is no name for a lab: use 1 to 24 of a-z, 0-9 and '-', beginning with a letter or digit.")
        }
        self.name = name
    }

    /// The namespace that plays the host, as `ip netns list` shows it.
    public var hostNamespace: String { "causeway-\(name)-host" }
    /// The namespace that plays the internet.
    public var internetNamespace: String { "causeway-\(name)-inet" }
    /// Where the host's namespace is bind-mounted.
    public var hostNamespacePath: String { Self.namespaceFolder + "/" + hostNamespace }
    /// Where the internet's namespace is bind-mounted.
    public var internetNamespacePath: String { Self.namespaceFolder + "/" + internetNamespace }

    /// Sockets, logs and process files; short, since a socket's path has at most 107 bytes.
    public var runDirectory: String { Self.runRoot + "/" + name }
    /// What the daemon keeps: images, containers, its database.
    public var stateDirectory: String { Self.stateRoot + "/" + name }
    /// The engine's API socket.
    public var socketPath: String { runDirectory + "/docker.sock" }
    /// What `DOCKER_HOST` is to be.
    public var dockerHost: String { "unix://" + socketPath }
    /// The daemon's data root.
    public var dataRoot: String { stateDirectory + "/data" }
    /// The daemon's exec root.
    public var execRoot: String { runDirectory + "/exec" }
    /// The daemon's process id, in decimal.
    public var pidFile: String { runDirectory + "/causewayd.pid" }
    /// What the daemon logs.
    public var daemonLog: String { runDirectory + "/causewayd.log" }
    /// The lab's resolver configuration: its own name server.
    public var resolverFile: String { runDirectory + "/resolv.conf" }

    /// Where `ip netns` keeps names.
    static let namespaceFolder = "/run/netns"
    static let runRoot = "/run/causeway-lab"
    static let stateRoot = "/var/lib/causeway-lab"

    /// Address of the host's uplink.
    public static let hostAddress = "198.51.100.2"
    /// The host's gateway.
    public static let gatewayAddress = "198.51.100.1"
    /// What the lab's internet answers pings and web requests at.
    public static let webAddress = "203.0.113.8"
    /// The same over IPv6: addresses of RFC 3849.
    public static let hostIPv6Address = "2001:db8:51::2"
    /// The host's IPv6 gateway.
    public static let gatewayIPv6Address = "2001:db8:51::1"
    /// What the lab's internet answers pings and web requests at over IPv6.
    public static let webIPv6Address = "2001:db8:113::8"
    /// The lab's name server.
    public static let nameServerAddress = "203.0.113.53"

    /// Whether anything of the lab is there.
    public var exists: Bool {
        FileSystem.exists(hostNamespacePath) || FileSystem.exists(internetNamespacePath)
            || FileSystem.exists(runDirectory)
    }

    /// The labs of this machine, by name.
    public static func all() -> [Lab] {
        let names = (try? FileSystem.list(runRoot)) ?? []
        return names.compactMap { name in name.hasPrefix(".") ? nil : try? Lab(name) }
    }
}
