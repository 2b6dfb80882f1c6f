import CLinux
public import IPAddressing
public import Netlink

/// A device that shares another one, its parent: macvlan or ipvlan.
public enum ChildLink: Sendable, Hashable {
    /// With an Ethernet address of its own. MACVLAN_MODE_* of `<linux/if_link.h>`: 1 private, 2 vepa, 4 bridge,
    /// 8 passthru.
    case macvlan(mode: UInt32)
    /// With its parent's Ethernet address. IPVLAN_MODE_*: 0 l2, 1 l3, 2 l3s; IPVLAN_F_*: 0 bridge, 1 private, 2 vepa.
    case ipvlan(mode: UInt16, flags: UInt16)

    /// The kernel's name.
    public var kind: String {
        switch self {
        case .macvlan: "macvlan"
        case .ipvlan: "ipvlan"
        }
    }
}

extension LinkRequest {
    /// Makes a device that shares a parent, down, born in another namespace under its name there.
    ///
    /// - Parameters:
    ///   - link: which kind.
    ///   - name: its name in that namespace.
    ///   - parent: the parent's number in the socket's own namespace.
    ///   - mac: its Ethernet address; nil leaves it to the kernel, as ipvlan must.
    ///   - mtu: bytes; nil is the parent's.
    ///   - namespace: descriptor of the network namespace.
    public static func makeChild(
        _ link: ChildLink, name: String, parent: Int32, mac: MACAddress?, mtu: Int?, namespace: CInt
    ) -> NetlinkRequest {
        var payload = NetlinkPayload()
        payload.appendHeader(index: 0)
        payload.put(Int(IFLA_IFNAME), text: name)
        payload.put(Int(IFLA_LINK), number: parent)
        if let mac { payload.put(Int(IFLA_ADDRESS), mac.bytes) }
        if let mtu { payload.put(Int(IFLA_MTU), number: UInt32(mtu)) }
        payload.put(Int(IFLA_NET_NS_FD), number: UInt32(bitPattern: namespace))
        payload.nest(Int(IFLA_LINKINFO)) { information in
            information.put(Int(IFLA_INFO_KIND), text: link.kind)
            information.nest(Int(IFLA_INFO_DATA)) { data in
                switch link {
                case .macvlan(let mode): data.put(Int(IFLA_MACVLAN_MODE), number: mode)
                case .ipvlan(let mode, let flags):
                    data.put(Int(IFLA_IPVLAN_MODE), number: mode)
                    data.put(Int(IFLA_IPVLAN_FLAGS), number: flags)
                }
            }
        }
        return NetlinkRequest(
            "make the \(link.kind) interface \(name)", type: UInt16(RTM_NEWLINK),
            flags: UInt16(NLM_F_CREATE | NLM_F_EXCL), payload: payload.bytes)
    }
}
