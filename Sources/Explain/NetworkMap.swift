/// The live wiring of a network namespace and of those that are plugged into it, as plain values: what `causeway map`
/// draws, and what `--format json` prints.
public struct NetworkMap: Codable, Hashable, Sendable {
    /// Whether the namespace forwards IPv4.
    public var forwarding: Bool
    /// Whether bridged packets meet iptables (net.bridge.bridge-nf-call-iptables); nil where the kernel lacks it.
    public var bridgeNetfilter: Bool?
    /// Devices that are neither bridges nor ports of bridges, loopback aside.
    public var devices: [Device]
    /// Bridges with what is plugged into them.
    public var bridges: [Bridge]
    /// The IPv4 routes of the main table, as ip(8) writes them.
    public var routes: [String]
    /// FORWARD's policy, `DROP` or `ACCEPT`; nil where it could not be read.
    public var forwardPolicy: String?
    /// Rules that rewrite addresses.
    public var translations: [Translation]

    /// A device of the host.
    public struct Device: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// `veth`, `tun` and so on; empty for hardware.
        public var kind: String
        /// Its IPv4 addresses with their subnets' lengths.
        public var addresses: [String]
        /// Whether it is set up.
        public var isUp: Bool
        /// Whether the other end is there.
        public var hasCarrier: Bool
        /// The next hop of the default route that leaves by it.
        public var gateway: String?
        /// What the kernel knows of the next hop: `reachable`, `stale`, `incomplete`, `failed`, `unknown`.
        public var gatewayState: String?
        /// For a veth, whose other end is elsewhere.
        public var peer: Peer?
        /// What is amiss, in words; nil where nothing is.
        public var fault: String?
    }

    /// A bridge of the host.
    public struct Bridge: Codable, Hashable, Sendable {
        /// The bridge's own device.
        public var device: Device
        /// What is plugged in, by name.
        public var ports: [Port]
    }

    /// A port of a bridge.
    public struct Port: Codable, Hashable, Sendable {
        /// The device's name.
        public var name: String
        /// `forwarding`, `disabled`, `listening`, `learning`, `blocking`.
        public var state: String
        /// Whether it is set up.
        public var isUp: Bool
        /// The cable's other end; nil where it is not known.
        public var peer: Peer?
        /// What is amiss; nil where nothing is.
        public var fault: String?
    }

    /// The other end of a cable.
    public struct Peer: Codable, Hashable, Sendable {
        /// Whose namespace it is in: a container's name, a namespace's, or a process.
        public var owner: String
        /// The device's name there.
        public var interface: String
        /// Its IPv4 addresses.
        public var addresses: [String]
        /// `8080→80/tcp`: ports of the host that lead there.
        public var published: [String]
    }

    /// A rule that rewrites addresses.
    public struct Translation: Codable, Hashable, Sendable {
        /// `nat/POSTROUTING`.
        public var chain: String
        /// Its place in the chain, from 1.
        public var number: Int
        /// The rule as `iptables -S` prints it.
        public var rule: String
        /// Packets that it has met.
        public var packets: UInt64
    }
}
