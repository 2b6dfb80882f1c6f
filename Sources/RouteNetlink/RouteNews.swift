import CLinux
public import IPAddressing
public import Netlink

/// A change that rtnetlink tells of: of devices, addresses and routes only what may take something away, since what
/// is added is in nobody's way.
public struct RouteNews: Sendable, Hashable {
    /// What happened.
    public enum Change: Sendable, Hashable {
        /// A device was made or changed.
        case link(Link)
        /// A device is gone from the namespace: deleted, or moved to another.
        case linkGone(index: Int32)
        /// A device lost an address.
        case addressGone(IPPrefix, index: Int32)
        /// A route of the table main out of a device is gone.
        case routeGone(IPPrefix, index: Int32)
        /// Forwarding of a whole family was switched.
        case forwarding(IPFamily, isOn: Bool)
    }

    /// What happened.
    public var change: Change
    /// The port of the socket by which it was asked for, where the kernel tells; see `NetlinkReply.port`.
    public var port: UInt32

    /// RTNLGRP_* of `<linux/rtnetlink.h>`: LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE, IPV4_NETCONF,
    /// IPV6_NETCONF.
    public static let groups: [CInt] = [1, 5, 7, 9, 11, 24, 25]

    /// Joins the two.
    public init(_ change: Change, port: UInt32 = 0) {
        self.change = change
        self.port = port
    }

    /// Reads a message; nil for one that is of no concern.
    public init?(_ reply: NetlinkReply) {
        guard let change = Change(reply) else { return nil }
        self.init(change, port: reply.port)
    }
}

extension RouteNews.Change {
    init?(_ reply: NetlinkReply) {
        let family: UInt8 = reply.number(at: 0)
        switch Int(reply.type) {
        // Messages of AF_BRIDGE and AF_INET6 tell of the same devices, in other words.
        case Int(RTM_NEWLINK) where family == 0:
            guard let link = Link(reply) else { return nil }
            self = .link(link)
        case Int(RTM_DELLINK) where family == 0: self = .linkGone(index: reply.number(at: 4))
        case Int(RTM_DELADDR):
            guard let address = InterfaceAddress(reply, of: Int(RTM_DELADDR)) else { return nil }
            self = .addressGone(address.prefix, index: address.index)
        case Int(RTM_DELROUTE):
            guard let route = Route(reply, of: Int(RTM_DELROUTE)), route.table == 254, let index = route.index else {
                return nil
            }
            self = .routeGone(route.destination, index: index)
        case Self.netconf:
            // struct netconfmsg has one byte. NETCONFA_IFINDEX and NETCONFA_FORWARDING of `<linux/netconf.h>`;
            // NETCONFA_IFINDEX_ALL is -1.
            let attributes = reply.attributes(after: 1)
            guard attributes.number(1, as: Int32.self) == -1, let value = attributes.number(2, as: Int32.self),
                family == 2 || family == 10
            else { return nil }
            self = .forwarding(family == 2 ? .v4 : .v6, isOn: value != 0)
        default: return nil
        }
    }

    /// RTM_NEWNETCONF.
    private static let netconf = 80
}
