import CLinux
public import IPAddressing
public import Netlink
import SystemCalls

/// The kernel's routing decision for one packet (RTM_GETROUTE), asked for and not guessed.
public struct RouteLookup: Sendable, Hashable {
    /// Where the packet is to go.
    public var destination: IPAddress
    /// Its source address, where it has one already.
    public var source: IPAddress?
    /// The device it came in by; nil for a packet of this host.
    public var arrivesBy: Int32?
    /// Its firewall mark.
    public var mark: UInt32?

    /// Describes a packet.
    public init(to destination: IPAddress, from source: IPAddress? = nil, arrivesBy: Int32? = nil, mark: UInt32? = nil)
    {
        self.destination = destination
        self.source = source
        self.arrivesBy = arrivesBy
        self.mark = mark
    }

    /// - Parameter matched: whether to ask for the table's entry (RTM_F_FIB_MATCH) and not for the resolved route.
    func request(matched: Bool) -> NetlinkRequest {
        let family: UInt8 = destination.family == .v4 ? 2 : 10
        let bits = UInt8(destination.family.bits)
        var payload = NetlinkPayload()
        payload.header(family)
        payload.header(bits)
        payload.header(source == nil ? UInt8(0) : bits)
        payload.header(UInt8(0))
        payload.header(UInt32(0))
        // IPv6 names the table by itself, and takes no other flag (inet6_rtm_valid_getroute_req).
        let resolved = family == 2 ? UInt32(RTM_F_LOOKUP_TABLE) : 0
        payload.header(matched ? UInt32(RTM_F_FIB_MATCH) : resolved)
        payload.put(Int(RTA_DST.rawValue), destination.bytes)
        if let source { payload.put(Int(RTA_SRC.rawValue), source.bytes) }
        if let arrivesBy { payload.put(Int(RTA_IIF.rawValue), number: arrivesBy) }
        if let mark { payload.put(Int(RTA_MARK.rawValue), number: mark) }
        return NetlinkRequest("look up the route to \(destination)", type: UInt16(RTM_GETROUTE), payload: payload.bytes)
    }
}

extension RouteSocket {
    /// The route that the kernel takes for a packet, with next hop, device and source address filled in.
    ///
    /// - Throws: the decision where there is no way: ENETUNREACH no route, EHOSTUNREACH unreachable or forwarding is
    ///   off, EINVAL a blackhole or a refused source, EACCES prohibited.
    public func resolve(_ lookup: RouteLookup) throws(NetlinkError) -> Route {
        try route(lookup.request(matched: false))
    }

    /// The entry of the routing table that decides about a packet.
    public func match(_ lookup: RouteLookup) throws(NetlinkError) -> Route {
        try route(lookup.request(matched: true))
    }

    private func route(_ request: NetlinkRequest) throws(NetlinkError) -> Route {
        guard let route = Route(try get(request)) else {
            throw NetlinkError(request.purpose, .noEntry)
        }
        return route
    }
}
