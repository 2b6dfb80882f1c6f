import CLinux
public import IPAddressing
public import Netlink

/// Requests about neighbours: who has which Ethernet address.
public enum NeighbourRequest {
    /// Sets a neighbour for good (NUD_PERMANENT), over whatever is known of it.
    public static func set(_ address: IPAddress, _ mac: MACAddress, on index: Int32, name: String) -> NetlinkRequest {
        NetlinkRequest(
            "set the neighbour \(address) on \(name)", type: UInt16(RTM_NEWNEIGH),
            flags: UInt16(NLM_F_CREATE | NLM_F_REPLACE), payload: payload(address, mac, index, state: 0x80))
    }

    /// Forgets a neighbour; one that is not known is fine (ENOENT).
    public static func delete(_ address: IPAddress, from index: Int32, name: String) -> NetlinkRequest {
        NetlinkRequest(
            "forget the neighbour \(address) on \(name)", type: UInt16(RTM_DELNEIGH),
            payload: payload(address, nil, index, state: 0), tolerated: [2])
    }

    /// struct ndmsg and its attributes.
    private static func payload(_ address: IPAddress, _ mac: MACAddress?, _ index: Int32, state: UInt16) -> [UInt8] {
        var payload = NetlinkPayload()
        payload.header(UInt8(address.family == .v4 ? 2 : 10))
        payload.header(UInt8(0))
        payload.header(UInt16(0))
        payload.header(index)
        payload.header(state)
        payload.header(UInt16(0))
        payload.put(Int(NDA_DST), address.bytes)
        if let mac { payload.put(Int(NDA_LLADDR), mac.bytes) }
        return payload.bytes
    }
}
