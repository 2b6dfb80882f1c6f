/// A family of nftables' tables (linux/netfilter.h, NFPROTO_*): which packets its chains meet.
public enum NFTablesFamily: UInt8, Sendable, Hashable, CaseIterable {
    /// IPv4 and IPv6 in one.
    case inet = 1
    /// IPv4.
    case ip = 2
    /// ARP.
    case arp = 3
    /// One device, on its way in or out.
    case netdev = 5
    /// What a bridge hands from port to port.
    case bridge = 7
    /// IPv6.
    case ip6 = 10
}
