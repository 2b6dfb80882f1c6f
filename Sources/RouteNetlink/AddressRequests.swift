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
    /// Sets the default route of a family, in the main table.
    ///
    /// - Parameters:
    ///   - gateway: the router; nil sends everything out of the device as if it were on the link.
    ///   - replacing: whether it takes the place of one that is there, in one step; else that one is an error (EEXIST).
    public static func setDefault(
        _ family: IPFamily, via gateway: IPAddress?, device index: Int32, replacing: Bool = false
    ) -> NetlinkRequest {
        var payload = header(family: family, isOnLink: gateway == nil)
        if let gateway { payload.put(Int(RTA_GATEWAY.rawValue), gateway.bytes) }
        payload.put(Int(RTA_OIF.rawValue), number: index)
        return NetlinkRequest(
            "add the default route by \(gateway.map { "\($0)" } ?? "device \(index)")", type: UInt16(RTM_NEWROUTE),
            flags: UInt16(NLM_F_CREATE) | UInt16(replacing ? NLM_F_REPLACE : NLM_F_EXCL), payload: payload.bytes)
    }

    /// Sets the route to a device's own subnet as the kernel makes it together with the address; one that is there is
    /// fine (EEXIST).
    public static func addConnected(_ address: IPPrefix, device index: Int32, name: String) -> NetlinkRequest {
        let isIPv4 = address.family == .v4
        // RTPROT_KERNEL, RT_SCOPE_LINK; the kernel's own metric of IPv6, IP6_RT_PRIO_ADDRCONF.
        var payload = header(
            family: address.family, length: UInt8(address.length), scope: isIPv4 ? 253 : 0, type: 1, origin: 2)
        payload.put(Int(RTA_DST.rawValue), address.network.address.bytes)
        if isIPv4 {
            payload.put(Int(RTA_PREFSRC.rawValue), address.address.bytes)
        } else {
            payload.put(Int(RTA_PRIORITY.rawValue), number: UInt32(256))
        }
        payload.put(Int(RTA_OIF.rawValue), number: index)
        return NetlinkRequest(
            "add the route to \(address.network) by \(name)", type: UInt16(RTM_NEWROUTE),
            flags: UInt16(NLM_F_CREATE | NLM_F_EXCL), payload: payload.bytes, tolerated: [17])
    }

    /// struct rtmsg for a route of the table main.
    ///
    /// - Parameters:
    ///   - length: the destination's, in bits.
    ///   - scope: RT_SCOPE_*, 0 universe, 253 link.
    ///   - type: RTN_*, 1 unicast; 0 matches any.
    ///   - origin: RTPROT_*, 3 boot as ip(8) writes, 2 kernel; 0 matches any.
    private static func header(
        family: IPFamily, length: UInt8 = 0, scope: UInt8, type: UInt8, origin: UInt8 = 3
    ) -> NetlinkPayload {
        var payload = NetlinkPayload()
        payload.header(UInt8(family == .v4 ? 2 : 10))
        payload.header(length)
        payload.header(UInt8(0))
        payload.header(UInt8(0))
        payload.header(UInt8(254))
        payload.header(origin)
        payload.header(scope)
        payload.header(type)
        payload.header(UInt32(0))
        return payload
    }

    private static func header(family: IPFamily, isOnLink: Bool) -> NetlinkPayload {
        header(family: family, scope: isOnLink && family == .v4 ? 253 : 0, type: 1)
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
