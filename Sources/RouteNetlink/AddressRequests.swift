import CLinux
public import IPAddressing
public import Netlink

/// Requests about addresses and routes.
public enum AddressRequest {
    /// Adds an address to a device; one that is there already is fine (EEXIST). IPv4 subnets of up to 30 bits get
    /// their broadcast address, as ip(8) does for `brd +`. IPv6 addresses are in use at once (IFA_F_NODAD): the engine
    /// hands out each only once, and a bridge without ports would never finish the duplicate detection.
    public static func add(_ prefix: IPPrefix, to index: Int32, name: String) -> NetlinkRequest {
        NetlinkRequest(
            "add \(prefix) to \(name)", type: UInt16(RTM_NEWADDR), flags: UInt16(NLM_F_CREATE | NLM_F_EXCL),
            payload: payload(prefix, index), tolerated: [17])
    }

    /// Takes an address away; one that is gone is fine (EADDRNOTAVAIL).
    public static func delete(_ prefix: IPPrefix, from index: Int32, name: String) -> NetlinkRequest {
        NetlinkRequest(
            "take \(prefix) from \(name)", type: UInt16(RTM_DELADDR), payload: payload(prefix, index), tolerated: [99])
    }

    private static func payload(_ prefix: IPPrefix, _ index: Int32) -> [UInt8] {
        var payload = NetlinkPayload()
        payload.header(UInt8(prefix.family == .v4 ? 2 : 10))
        payload.header(UInt8(prefix.length))
        payload.header(UInt8(prefix.family == .v4 ? 0 : IFA_F_NODAD))
        payload.header(UInt8(0))
        payload.header(index)
        payload.put(Int(IFA_LOCAL), prefix.address.bytes)
        payload.put(Int(IFA_ADDRESS), prefix.address.bytes)
        if prefix.family == .v4, prefix.length <= 30 {
            payload.put(Int(IFA_BROADCAST), prefix.lastAddress.bytes)
        }
        return payload.bytes
    }

    static func dump() -> NetlinkRequest {
        var payload = NetlinkPayload()
        payload.header(UInt64(0))
        return NetlinkRequest("list the addresses", type: UInt16(RTM_GETADDR), payload: payload.bytes)
    }
}

/// Requests about routes and neighbours.
public enum RouteRequest {
    /// Adds the default route by a gateway, in the main table.
    ///
    /// - Parameter index: the device, or nil to let the kernel find it.
    public static func addDefault(via gateway: IPAddress, device index: Int32?) -> NetlinkRequest {
        var payload = header(family: gateway.family, length: 0)
        payload.put(Int(RTA_GATEWAY.rawValue), gateway.bytes)
        if let index { payload.put(Int(RTA_OIF.rawValue), number: index) }
        return NetlinkRequest(
            "add the default route by \(gateway)", type: UInt16(RTM_NEWROUTE),
            flags: UInt16(NLM_F_CREATE | NLM_F_EXCL), payload: payload.bytes)
    }

    /// struct rtmsg for a unicast route of ours: table main, protocol boot as ip(8) writes, scope universe.
    private static func header(family: IPFamily, length: Int) -> NetlinkPayload {
        var payload = NetlinkPayload()
        payload.header(UInt8(family == .v4 ? 2 : 10))
        payload.header(UInt8(length))
        payload.header(UInt8(0))
        payload.header(UInt8(0))
        payload.header(UInt8(254))
        payload.header(UInt8(3))
        payload.header(UInt8(0))
        payload.header(UInt8(1))
        payload.header(UInt32(0))
        return payload
    }

    static func dump() -> NetlinkRequest {
        var payload = NetlinkPayload()
        for _ in 0..<3 { payload.header(UInt32(0)) }
        return NetlinkRequest("list the routes", type: UInt16(RTM_GETROUTE), payload: payload.bytes)
    }

    static func dumpNeighbours() -> NetlinkRequest {
        var payload = NetlinkPayload()
        for _ in 0..<3 { payload.header(UInt32(0)) }
        return NetlinkRequest("list the neighbours", type: UInt16(RTM_GETNEIGH), payload: payload.bytes)
    }
}
