import CLinux
import Netlink

/// What a bridge as a whole is set to (IFLA_BR_* of `<linux/if_link.h>`).
public struct BridgeParameters: Sendable, Hashable {
    /// Whether it speaks the spanning tree protocol (IEEE 802.1D).
    public var spanningTree: Bool
    /// Seconds that a port listens and learns before it forwards, where it speaks that protocol.
    public var forwardDelay: Double
    /// Seconds after which a station that has been silent is forgotten.
    public var ageing: Double
    /// Whether it keeps VLANs apart.
    public var filtersVlans: Bool
    /// Whether multicast goes only to ports that asked for it (IGMP snooping, RFC 4541).
    public var snoopsMulticast: Bool

    /// Reads IFLA_INFO_DATA of a bridge. Times are in hundredths of a second there.
    init(_ data: NetlinkAttributes) {
        spanningTree = (data.number(Int(IFLA_BR_STP_STATE)) ?? UInt32(0)) != 0
        forwardDelay = Double(data.number(Int(IFLA_BR_FORWARD_DELAY)) ?? UInt32(0)) / 100
        ageing = Double(data.number(Int(IFLA_BR_AGEING_TIME)) ?? UInt32(0)) / 100
        filtersVlans = (data.number(Int(IFLA_BR_VLAN_FILTERING)) ?? UInt8(0)) != 0
        snoopsMulticast = (data.number(Int(IFLA_BR_MCAST_SNOOPING)) ?? UInt8(0)) != 0
    }
}
