import IPAddressing
import RouteNetlink

/// The host's end of an endpoint's cable.
///
/// Its Ethernet address is derived from its name: a leftover of a daemon that was killed is told from everybody else's
/// devices by that, without a mark that users would see in `ip link`.
enum HostEnd {
    /// A new name, `veth` and seven hex digits.
    static func makeName() -> String {
        let digits = String(UInt32.random(in: 0..<(1 << 28)), radix: 16)
        return "veth" + String(repeating: "0", count: 7 - digits.count) + digits
    }

    /// The address that belongs to a name: FNV-1a over the name with a prefix of ours, locally administered, unicast.
    static func mac(for name: String) -> MACAddress {
        MACAddress(hashing: Array(("causeway " + name).utf8))
    }

    /// Whether a device is one that we made.
    static func isOurs(_ link: Link) -> Bool {
        link.kind == "veth" && link.name.hasPrefix("veth") && link.mac == mac(for: link.name)
    }
}
