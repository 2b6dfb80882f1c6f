import CLinux
public import Netlink

/// Requests for devices that macvlan and ipvlan devices hang on.
public enum ParentRequest {
    /// Makes a dummy device, down: what is sent there goes nowhere. One that is there already is fine (EEXIST).
    public static func makeDummy(name: String) -> NetlinkRequest { make(name, kind: "dummy", parent: nil) { _ in } }

    /// Makes a VLAN of a device (IEEE 802.1Q), down. One that is there already is fine (EEXIST).
    ///
    /// - Parameters:
    ///   - parent: the device's index.
    ///   - number: 1...4094.
    public static func makeVlan(name: String, parent: Int32, number: UInt16) -> NetlinkRequest {
        make(name, kind: "vlan", parent: parent) { $0.put(Int(IFLA_VLAN_ID), number: number) }
    }

    private static func make(
        _ name: String, kind: String, parent: Int32?, _ data: (inout NetlinkPayload) -> Void
    ) -> NetlinkRequest {
        var payload = NetlinkPayload()
        payload.appendHeader(index: 0)
        payload.put(Int(IFLA_IFNAME), text: name)
        if let parent { payload.put(Int(IFLA_LINK), number: parent) }
        payload.nest(Int(IFLA_LINKINFO)) { information in
            information.put(Int(IFLA_INFO_KIND), text: kind)
            if parent != nil { information.nest(Int(IFLA_INFO_DATA)) { data(&$0) } }
        }
        return NetlinkRequest(
            "make the \(kind) device \(name)", type: UInt16(RTM_NEWLINK), flags: UInt16(NLM_F_CREATE | NLM_F_EXCL),
            payload: payload.bytes, tolerated: [17])
    }
}
