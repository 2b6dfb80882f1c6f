import CLinux
public import Netlink
public import SystemCalls

extension RouteSocket {
    /// The number by which this socket's namespace knows another one: what IFLA_LINK_NETNSID (`link-netnsid` of ip(8))
    /// says of a cable's other end. Nil where it has none, RTM_GETNSID of `<linux/net_namespace.h>`.
    public func number(of namespace: NetworkNamespace) throws(NetlinkError) -> Int32? {
        var payload = NetlinkPayload()
        // struct rtgenmsg, padded.
        payload.header(UInt32(0))
        payload.put(3, number: UInt32(bitPattern: namespace.rawValue))
        let reply = try get(
            NetlinkRequest("ask for a namespace's number", type: UInt16(RTM_GETNSID), payload: payload.bytes))
        let number: Int32 = reply.attributes(after: 4).number(1) ?? -1
        return number < 0 ? nil : number
    }
}
