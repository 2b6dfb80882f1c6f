import CLinux
public import IPAddressing
import Netlink

/// A network device as the kernel describes it (RTM_NEWLINK, `<linux/if_link.h>`).
public struct Link: Sendable, Hashable {
    /// The device's number in its namespace.
    public var index: Int32
    /// Its name, at most 15 bytes.
    public var name: String
    /// `bridge`, `veth`, `tun` and so on; empty for hardware and loopback.
    public var kind: String
    /// Its Ethernet address; nil where it has none.
    public var mac: MACAddress?
    /// Largest packet in bytes.
    public var mtu: UInt32
    /// `IFF_*` of `<linux/if.h>`.
    public var flags: UInt32
    /// RFC 2863's state as a number: 2 is down, 6 is up.
    public var operationalState: UInt8
    /// The bridge that it is a port of.
    public var master: Int32?
    /// For a veth, the index of the other end, in that end's namespace.
    public var peerIndex: Int32?
    /// The namespace of the other end, as a number that the kernel gives in this one; nil means the same namespace.
    public var peerNamespace: Int32?
    /// IFLA_GROUP.
    public var group: UInt32
    /// For a bridge port, BR_STATE_* of `<linux/if_bridge.h>`: 0 disabled, 1 listening, 2 learning, 3 forwarding, 4
    /// blocking.
    public var portState: UInt8?
    /// For a bridge port, whether a frame may go back out of the port it came in by.
    public var isHairpin = false
    /// What a bridge is set to; nil for other devices.
    public var bridge: BridgeParameters?

    /// Whether an administrator has set it up (IFF_UP).
    public var isUp: Bool { flags & 0x1 != 0 }
    /// Whether the other end of the cable is there (IFF_LOWER_UP).
    public var hasCarrier: Bool { flags & 0x10000 != 0 }

    /// Reads a reply; nil for a message of another kind.
    init?(_ reply: NetlinkReply) {
        guard reply.type == RTM_NEWLINK else { return nil }
        index = reply.number(at: 4)
        flags = reply.number(at: 8)
        (name, kind, mtu, operationalState, group) = ("", "", 0, 0, 0)
        // One walk: a device's message is the longest there is, and each change of a device is told by several.
        for (type, value) in reply.attributes(after: 16) {
            switch type {
            case Int(IFLA_IFNAME): name = value.text
            case Int(IFLA_ADDRESS): mac = MACAddress(bytes: value)
            case Int(IFLA_MTU): mtu = value.number() ?? 0
            case Int(IFLA_OPERSTATE): operationalState = value.first ?? 0
            case Int(IFLA_MASTER): master = value.number()
            case Int(IFLA_LINK): peerIndex = value.number()
            case Int(IFLA_LINK_NETNSID): peerNamespace = value.number()
            case Int(IFLA_GROUP): group = value.number() ?? 0
            case Int(IFLA_LINKINFO): read(NetlinkAttributes(value))
            default: break
            }
        }
    }

    /// IFLA_LINKINFO.
    private mutating func read(_ information: NetlinkAttributes) {
        kind = information.text(Int(IFLA_INFO_KIND)) ?? ""
        if kind == "bridge" { bridge = BridgeParameters(information.nested(Int(IFLA_INFO_DATA))) }
        if information.text(Int(IFLA_INFO_SLAVE_KIND)) == "bridge" {
            let port = information.nested(Int(IFLA_INFO_SLAVE_DATA))
            portState = port[Int(IFLA_BRPORT_STATE)]?.first
            isHairpin = port[Int(IFLA_BRPORT_MODE)]?.first == 1
        }
    }
}

/// An address on a device (RTM_NEWADDR, `<linux/if_addr.h>`).
public struct InterfaceAddress: Sendable, Hashable {
    /// The device.
    public var index: Int32
    /// The address and its subnet's length.
    public var prefix: IPPrefix
    /// RT_SCOPE_*: 0 global, 253 link, 254 host.
    public var scope: UInt8

    init?(_ reply: NetlinkReply, of message: Int = Int(RTM_NEWADDR)) {
        guard reply.type == message else { return nil }
        let attributes = reply.attributes(after: 8)
        let length: UInt8 = reply.number(at: 1)
        index = reply.number(at: 4)
        scope = reply.number(at: 3)
        let bytes = attributes[Int(IFA_LOCAL)] ?? attributes[Int(IFA_ADDRESS)] ?? []
        guard let address = IPAddress(bytes: bytes), let prefix = IPPrefix(address, length: Int(length)) else {
            return nil
        }
        self.prefix = prefix
    }
}

/// A route (RTM_NEWROUTE, `<linux/rtnetlink.h>`).
public struct Route: Sendable, Hashable {
    /// Where to; the default route is 0.0.0.0/0 or ::/0.
    public var destination: IPPrefix
    /// The next hop's address; nil where the destination is on the link.
    public var gateway: IPAddress?
    /// The device it leaves by; nil for blackholes and the like.
    public var index: Int32?
    /// The routing table: 254 is main, 255 local.
    public var table: UInt32
    /// RTN_*: 1 unicast, 2 local, 6 blackhole, 7 unreachable, 8 prohibit.
    public var type: UInt8
    /// RTPROT_*: 2 kernel, 3 boot, 4 static.
    public var origin: UInt8
    /// The source address that it suggests.
    public var preferredSource: IPAddress?
    /// Lower is better.
    public var metric: UInt32

    init?(_ reply: NetlinkReply, of message: Int = Int(RTM_NEWROUTE)) {
        guard reply.type == message else { return nil }
        let attributes = reply.attributes(after: 12)
        let family: UInt8 = reply.number(at: 0)
        let length: UInt8 = reply.number(at: 1)
        let zero: IPAddress = family == 2 ? .v4(IPv4Address(rawValue: 0)) : .v6(IPv6Address(rawValue: 0))
        let target = attributes[Int(RTA_DST.rawValue)].flatMap { IPAddress(bytes: $0) } ?? zero
        guard family == 2 || family == 10, let destination = IPPrefix(target, length: Int(length)) else { return nil }
        self.destination = destination
        gateway = attributes[Int(RTA_GATEWAY.rawValue)].flatMap { IPAddress(bytes: $0) }
        index = attributes.number(Int(RTA_OIF.rawValue))
        let small: UInt8 = reply.number(at: 4)
        table = attributes.number(Int(RTA_TABLE.rawValue)) ?? UInt32(small)
        origin = reply.number(at: 5)
        type = reply.number(at: 7)
        preferredSource = attributes[Int(RTA_PREFSRC.rawValue)].flatMap { IPAddress(bytes: $0) }
        metric = attributes.number(Int(RTA_PRIORITY.rawValue)) ?? 0
    }
}

/// What the kernel knows of a station on a link (RTM_NEWNEIGH, `<linux/neighbour.h>`).
public struct Neighbour: Sendable, Hashable {
    /// The device.
    public var index: Int32
    /// The station's address.
    public var address: IPAddress
    /// Its Ethernet address, where it is known.
    public var mac: MACAddress?
    /// NUD_*: 1 incomplete, 2 reachable, 4 stale, 0x20 failed, 0x80 permanent.
    public var state: UInt16

    init?(_ reply: NetlinkReply) {
        guard reply.type == RTM_NEWNEIGH else { return nil }
        let attributes = reply.attributes(after: 12)
        guard let address = attributes[Int(NDA_DST)].flatMap({ IPAddress(bytes: $0) }) else { return nil }
        self.address = address
        index = reply.number(at: 4)
        state = reply.number(at: 8)
        mac = attributes[Int(NDA_LLADDR)].flatMap { MACAddress(bytes: $0) }
    }
}
