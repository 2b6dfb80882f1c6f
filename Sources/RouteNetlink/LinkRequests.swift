import CLinux
public import IPAddressing
public import Netlink

/// One end of a veth pair that is to be made.
public struct VethEnd: Sendable, Hashable {
    /// The device's name.
    public var name: String
    /// Its Ethernet address.
    public var mac: MACAddress
    /// The number that it is to have in its namespace; nil leaves the choice to the kernel.
    public var index: Int32?

    /// Describes an end.
    public init(name: String, mac: MACAddress, index: Int32? = nil) {
        self.name = name
        self.mac = mac
        self.index = index
    }
}

/// What to change of a device. What is nil stays as it is.
public struct LinkChange: Sendable, Hashable {
    /// IFF_UP on or off.
    public var up: Bool?
    /// The bridge to plug it into; 0 unplugs it.
    public var master: Int32?
    /// Ethernet address.
    public var mac: MACAddress?
    /// Bytes.
    public var mtu: Int?
    /// IFLA_GROUP.
    public var group: UInt32?
    /// IN6_ADDR_GEN_MODE_* of `<linux/if_link.h>`: 0 by EUI-64, 1 none.
    public var addressGeneration: UInt8?

    /// Changes nothing.
    public init(
        up: Bool? = nil, master: Int32? = nil, mac: MACAddress? = nil, mtu: Int? = nil, group: UInt32? = nil,
        addressGeneration: UInt8? = nil
    ) {
        self.up = up
        self.master = master
        self.mac = mac
        self.mtu = mtu
        self.group = group
        self.addressGeneration = addressGeneration
    }
}

/// Requests about devices (RTM_NEWLINK, RTM_SETLINK, RTM_DELLINK).
public enum LinkRequest {
    /// IFF_UP of `<linux/if.h>`.
    static let up: UInt32 = 1
    /// IN6_ADDR_GEN_MODE_NONE of `<linux/if_link.h>`.
    static let noLinkLocal: UInt8 = 1

    /// Makes a bridge, down.
    public static func makeBridge(name: String, mac: MACAddress, mtu: Int) -> NetlinkRequest {
        var payload = linkHeader(index: 0)
        payload.put(Int(IFLA_IFNAME), text: name)
        payload.put(Int(IFLA_ADDRESS), mac.bytes)
        payload.put(Int(IFLA_MTU), number: UInt32(mtu))
        payload.put(Int(IFLA_TXQLEN), number: UInt32(0))
        payload.nest(Int(IFLA_LINKINFO)) { $0.put(Int(IFLA_INFO_KIND), text: "bridge") }
        return NetlinkRequest(
            "make the bridge \(name)", type: UInt16(RTM_NEWLINK), flags: UInt16(NLM_F_CREATE | NLM_F_EXCL),
            payload: payload.bytes)
    }

    /// Makes a veth pair whole: this end plugged into a bridge and up, the other born in another namespace. The other
    /// end cannot be born up (ENOTCONN); raise it from inside, after `withoutLinkLocal`.
    ///
    /// Two requests for one batch. The second keeps IPv6 link-local addresses off this end: the kernel refuses that
    /// wish where a device is made (EAFNOSUPPORT). It comes in time, since there is no carrier before the other end is
    /// up.
    ///
    /// - Parameters:
    ///   - host: this end.
    ///   - inside: the other end.
    ///   - namespace: descriptor of the other end's network namespace.
    ///   - master: the bridge's index.
    ///   - mtu: bytes, for both ends.
    ///   - group: IFLA_GROUP of this end, by which our own are told from others'.
    public static func makeVeth(
        host: VethEnd, inside: VethEnd, namespace: CInt, master: Int32, mtu: Int, group: UInt32
    ) -> [NetlinkRequest] {
        var payload = linkHeader(index: host.index ?? 0, flags: up, change: up)
        payload.put(Int(IFLA_IFNAME), text: host.name)
        payload.put(Int(IFLA_ADDRESS), host.mac.bytes)
        payload.put(Int(IFLA_MTU), number: UInt32(mtu))
        payload.put(Int(IFLA_MASTER), number: master)
        payload.put(Int(IFLA_TXQLEN), number: UInt32(0))
        payload.put(Int(IFLA_GROUP), number: group)
        payload.nest(Int(IFLA_LINKINFO)) { information in
            information.put(Int(IFLA_INFO_KIND), text: "veth")
            information.nest(Int(IFLA_INFO_DATA)) { data in
                data.nest(Int(VETH_INFO_PEER)) { peer in
                    peer.appendHeader(index: inside.index ?? 0)
                    peer.put(Int(IFLA_IFNAME), text: inside.name)
                    peer.put(Int(IFLA_ADDRESS), inside.mac.bytes)
                    peer.put(Int(IFLA_MTU), number: UInt32(mtu))
                    peer.put(Int(IFLA_TXQLEN), number: UInt32(0))
                    peer.put(Int(IFLA_NET_NS_FD), number: UInt32(bitPattern: namespace))
                }
            }
        }
        let pair = NetlinkRequest(
            "make the veth pair \(host.name)", type: UInt16(RTM_NEWLINK), flags: UInt16(NLM_F_CREATE | NLM_F_EXCL),
            payload: payload.bytes)
        return [pair, withoutLinkLocal(name: host.name)]
    }

    /// Keeps the kernel from making IPv6 link-local addresses on a device when it comes up: each costs a multicast
    /// report and duplicate detection, milliseconds an endpoint where there are a thousand on a bridge. A kernel
    /// without IPv6 (EAFNOSUPPORT) makes none anyway.
    public static func withoutLinkLocal(name: String) -> NetlinkRequest {
        var payload = linkHeader(index: 0)
        payload.put(Int(IFLA_IFNAME), text: name)
        payload.addressGeneration(noLinkLocal)
        return NetlinkRequest(
            "keep link-local addresses off \(name)", type: UInt16(RTM_NEWLINK), payload: payload.bytes, tolerated: [97])
    }

    /// Lets a bridge send a frame back out of the port it came in by, or not (IFLA_BRPORT_MODE): what a container needs
    /// to reach its own published port.
    public static func setHairpin(_ on: Bool, name: String) -> NetlinkRequest {
        var payload = linkHeader(index: 0)
        payload.put(Int(IFLA_IFNAME), text: name)
        payload.nest(Int(IFLA_LINKINFO)) { information in
            information.put(Int(IFLA_INFO_SLAVE_KIND), text: "bridge")
            information.nest(Int(IFLA_INFO_SLAVE_DATA)) { $0.put(Int(IFLA_BRPORT_MODE), number: UInt8(on ? 1 : 0)) }
        }
        return NetlinkRequest("set hairpin of \(name)", type: UInt16(RTM_NEWLINK), payload: payload.bytes)
    }

    /// Changes a device.
    ///
    /// - Parameter tolerated: errors that mean that nothing is left to do.
    public static func change(index: Int32, name: String, _ change: LinkChange, tolerated: [CInt] = [])
        -> NetlinkRequest
    {
        var payload = linkHeader(index: index, flags: change.up == true ? up : 0, change: change.up == nil ? 0 : up)
        if let master = change.master { payload.put(Int(IFLA_MASTER), number: master) }
        if let mac = change.mac { payload.put(Int(IFLA_ADDRESS), mac.bytes) }
        if let mtu = change.mtu { payload.put(Int(IFLA_MTU), number: UInt32(mtu)) }
        if let group = change.group { payload.put(Int(IFLA_GROUP), number: group) }
        if let mode = change.addressGeneration { payload.addressGeneration(mode) }
        return NetlinkRequest("change \(name)", type: UInt16(RTM_NEWLINK), payload: payload.bytes, tolerated: tolerated)
    }

    /// Deletes a device; one that is gone is fine (ENODEV).
    public static func delete(index: Int32, name: String) -> NetlinkRequest {
        NetlinkRequest(
            "delete \(name)", type: UInt16(RTM_DELLINK), payload: linkHeader(index: index).bytes, tolerated: [19])
    }

    /// Deletes every device of a group in one step, much faster for many; an empty group is fine.
    public static func delete(group: UInt32) -> NetlinkRequest {
        var payload = linkHeader(index: 0)
        payload.put(Int(IFLA_GROUP), number: group)
        return NetlinkRequest(
            "delete the devices of group \(group)", type: UInt16(RTM_DELLINK), payload: payload.bytes, tolerated: [19])
    }

    /// Asks for all devices.
    static func dump() -> NetlinkRequest {
        NetlinkRequest("list the devices", type: UInt16(RTM_GETLINK), payload: linkHeader(index: 0).bytes)
    }

    /// Asks for one device by its name.
    static func get(name: String) -> NetlinkRequest {
        var payload = linkHeader(index: 0)
        payload.put(Int(IFLA_IFNAME), text: name)
        return NetlinkRequest("look at \(name)", type: UInt16(RTM_GETLINK), payload: payload.bytes)
    }

    private static func linkHeader(index: Int32, flags: UInt32 = 0, change: UInt32 = 0) -> NetlinkPayload {
        var payload = NetlinkPayload()
        payload.appendHeader(index: index, flags: flags, change: change)
        return payload
    }
}

extension NetlinkPayload {
    /// struct ifinfomsg.
    mutating func appendHeader(index: Int32, flags: UInt32 = 0, change: UInt32 = 0) {
        header(UInt8(0))
        header(UInt8(0))
        header(UInt16(0))
        header(index)
        header(flags)
        header(change)
    }

    /// IFLA_INET6_ADDR_GEN_MODE inside IFLA_AF_SPEC.
    mutating func addressGeneration(_ mode: UInt8) {
        nest(Int(IFLA_AF_SPEC)) { families in
            families.nest(10) { $0.put(Int(IFLA_INET6_ADDR_GEN_MODE), number: mode) }
        }
    }
}
