/// The live wiring of a network namespace and of those that are plugged into it, as plain values: what `causeway map`
/// draws, and what `--format json` prints. `docs/map.md` describes each field.
public struct NetworkMap: Codable, Hashable, Sendable {
    /// The version of this schema; fields may be added without a new one.
    public var format = 1
    /// Whether the namespace forwards IPv4.
    public var forwarding: Bool
    /// Whether it forwards IPv6; nil where the kernel has none.
    public var forwardingIPv6: Bool?
    /// Whether bridged packets meet iptables (net.bridge.bridge-nf-call-iptables); nil where the kernel lacks it.
    public var bridgeNetfilter: Bool?
    /// Devices that are neither bridges nor ports of bridges, loopback aside.
    public var devices: [Device]
    /// Bridges with what is plugged into them.
    public var bridges: [Bridge]
    /// Namespaces that cables, macvlans or ipvlans lead to.
    public var namespaces: [Namespace] = []
    /// The routes of the main table, both families, as ip(8) writes them.
    public var routes: [String]
    /// What the kernel knows of stations on its links.
    public var neighbours: [Station] = []
    /// FORWARD's policy, `DROP` or `ACCEPT`; nil where it could not be read.
    public var forwardPolicy: String?
    /// Rules that rewrite addresses.
    public var translations: [Translation]
    /// Rules that judge what is forwarded.
    public var forwardRules: [Translation] = []
    /// nftables' sets and maps that rules look packets up in; those of iptables' own tables left out.
    public var sets: [RuleSet] = []
    /// What is amiss and belongs to no single device.
    public var faults: [String] = []

    /// A device, of the host or of another namespace.
    public struct Device: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// `veth`, `tun`, `macvlan` and so on; empty for hardware.
        public var kind: String
        /// Its Ethernet address.
        public var mac: String?
        /// Largest packet in bytes; 0 where it was not read.
        public var mtu: UInt32 = 0
        /// Its addresses of both families with their subnets' lengths; link-local ones of IPv6 left out.
        public var addresses: [String]
        /// Whether it is set up.
        public var isUp: Bool
        /// Whether the other end is there.
        public var hasCarrier: Bool
        /// The next hop of the IPv4 default route that leaves by it.
        public var gateway: String?
        /// What the kernel knows of the next hop: `reachable`, `stale`, `incomplete`, `failed`, `unknown`.
        public var gatewayState: String?
        /// For a veth, whose other end is elsewhere.
        public var peer: Peer?
        /// For a macvlan, ipvlan or VLAN, the device that it hangs on.
        public var parent: String?
        /// What is amiss, in words; nil where nothing is.
        public var fault: String?
    }

    /// A bridge of the host.
    public struct Bridge: Codable, Hashable, Sendable {
        /// The bridge's own device.
        public var device: Device
        /// What is plugged in, by name.
        public var ports: [Port]
        /// How it works; nil where it was not read.
        public var settings: Settings?
        /// Which station is behind which port.
        public var forwardingDatabase: [Station] = []
    }

    /// How a bridge works.
    public struct Settings: Codable, Hashable, Sendable {
        /// Whether it speaks the spanning tree protocol.
        public var spanningTree: Bool
        /// Seconds until a new port forwards, with that protocol.
        public var forwardDelay: Double
        /// Seconds until a silent station is forgotten.
        public var ageing: Double
        /// Whether it keeps VLANs apart.
        public var filtersVlans: Bool
        /// Whether IPv4 packets that come in by it are forwarded (net.ipv4.conf.NAME.forwarding).
        public var forwards: Bool?
        /// The same for IPv6.
        public var forwardsIPv6: Bool?
    }

    /// A port of a bridge.
    public struct Port: Codable, Hashable, Sendable {
        /// The device's name.
        public var name: String
        /// `forwarding`, `disabled`, `listening`, `learning`, `blocking`.
        public var state: String
        /// Whether it is set up.
        public var isUp: Bool
        /// Whether the other end is up; true where it was not read.
        public var hasCarrier = true
        /// Largest packet in bytes; 0 where it was not read.
        public var mtu: UInt32 = 0
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
        /// Its Ethernet address.
        public var mac: String?
        /// Its addresses of both families.
        public var addresses: [String]
        /// `8080→80/tcp`: ports of the host that lead there.
        public var published: [String]
    }

    /// Another network namespace.
    public struct Namespace: Codable, Hashable, Sendable {
        /// A container's name, a namespace's, or a process.
        public var owner: String
        /// Where it can be opened: `/run/netns/red` or `/proc/PID/ns/net`.
        public var path: String
        /// Its devices, loopback aside.
        public var devices: [Device]
        /// The routes of its main table.
        public var routes: [String]
        /// What its kernel side knows of stations on its links.
        public var neighbours: [Station]
        /// What is amiss with it as a whole; nil where nothing is.
        public var fault: String?
    }

    /// A station on a link.
    public struct Station: Codable, Hashable, Sendable {
        /// Its address; nil for an entry of a forwarding database.
        public var address: String?
        /// Its Ethernet address; nil where it is not known.
        public var mac: String?
        /// The device, or the bridge's port.
        public var device: String
        /// `reachable`, `stale`, `incomplete`, `failed`, `permanent`; of a forwarding database `learned`, `static`,
        /// `host`.
        public var state: String
    }

    /// A rule of the firewall.
    public struct Translation: Codable, Hashable, Sendable {
        /// `nat/POSTROUTING` of iptables, `ip6 nat/POSTROUTING` of ip6tables, `ip causeway/forward` of nftables.
        public var chain: String
        /// Its place in the chain, from 1.
        public var number: Int
        /// The rule as `iptables -S` or `nft` prints it.
        public var rule: String
        /// Packets that it has met; nil where it does not count.
        public var packets: UInt64?

        /// Its table as nft names it; iptables' own are `ip`.
        var table: String { String(chain.prefix { $0 != "/" }) }
        /// `nat/POSTROUTING #2 · 41 packets`.
        var place: String { "\(chain) #\(number)" + (packets.map { " · \($0) packets" } ?? "") }
    }
}
