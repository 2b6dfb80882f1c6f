import AddressAllocation
import IPAddressing

/// What is derived from who this engine is, so that it stays the same over restarts and differs from other engines'.
struct EngineIdentity: Hashable, Sendable {
    /// Any text that is this engine's alone.
    let seed: String

    init(_ configuration: NetworkConfiguration, _ situation: HostSituation) {
        let id = configuration.engineID.isEmpty ? situation.machineID : configuration.engineID
        seed = "\(id) \(configuration.execRoot)"
    }

    /// The /48 of unique local addresses (RFC 4193) that IPv6 subnets come from where no pool names any, cut into /64.
    var localPool: SubnetPool? {
        let global = UInt128(Self.hash("causeway ula " + seed) & 0xFF_FFFF_FFFF)
        let address = IPv6Address(rawValue: 0xFD << 120 | global << 80)
        return IPPrefix(.v6(address), length: 48).flatMap { SubnetPool(base: $0, size: 64) }
    }

    /// The Ethernet address of a bridge that this engine makes: a bridge that a killed daemon left is told from
    /// everybody else's by it. Locally administered, unicast.
    func bridgeMAC(_ name: String) -> MACAddress {
        let hash = Self.hash("causeway bridge \(name) " + seed)
        return MACAddress(rawValue: (hash ^ hash >> 48) & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000)
    }

    /// FNV-1a.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
