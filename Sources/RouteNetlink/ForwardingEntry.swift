import CLinux
public import IPAddressing
public import Netlink

/// An entry of a bridge's forwarding database: behind which port a station is (RTM_NEWNEIGH of AF_BRIDGE).
public struct ForwardingEntry: Sendable, Hashable {
    /// The port's device.
    public var index: Int32
    /// The bridge, where the entry is the bridge's and not the device's own.
    public var master: Int32?
    /// The station's Ethernet address.
    public var mac: MACAddress
    /// The VLAN, or nil.
    public var vlan: UInt16?
    /// NUD_*: 0x80 permanent (an address of the port itself or set by hand), 0x40 static, 2 learned.
    public var state: UInt16
    /// NTF_*: 2 self, 4 master, 0x40 sticky.
    public var flags: UInt8

    /// Whether it is an address of the host itself, or was set by hand, and never ages.
    public var isPermanent: Bool { state & 0x80 != 0 }

    init?(_ reply: NetlinkReply) {
        guard reply.type == RTM_NEWNEIGH, reply.number(at: 0, as: UInt8.self) == Self.bridgeFamily else { return nil }
        let attributes = reply.attributes(after: 12)
        guard let mac = attributes[Int(NDA_LLADDR)].flatMap({ MACAddress(bytes: $0) }) else { return nil }
        self.mac = mac
        index = reply.number(at: 4)
        state = reply.number(at: 8)
        flags = reply.number(at: 10)
        master = attributes.number(Int(NDA_MASTER))
        vlan = attributes.number(Int(NDA_VLAN))
    }

    /// AF_BRIDGE of `<linux/socket.h>`.
    private static let bridgeFamily: UInt8 = 7

    static func dump() -> NetlinkRequest {
        var payload = NetlinkPayload()
        payload.header(bridgeFamily)
        payload.header(UInt8(0))
        payload.header(UInt16(0))
        payload.header(UInt64(0))
        return NetlinkRequest("list the forwarding databases", type: UInt16(RTM_GETNEIGH), payload: payload.bytes)
    }
}

extension RouteSocket {
    /// The forwarding databases of all bridges, and the devices' own.
    public func forwardingEntries() throws(NetlinkError) -> [ForwardingEntry] {
        try dump(ForwardingEntry.dump()).compactMap(ForwardingEntry.init)
    }
}
