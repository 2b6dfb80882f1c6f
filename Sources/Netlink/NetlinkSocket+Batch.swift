import CLinux
import Glibc
import SystemCalls

extension NetlinkSocket {
    /// Sends a batch of nfnetlink: all of its requests take effect, or none does (NFNL_MSG_BATCH_BEGIN and _END of
    /// `<linux/netfilter/nfnetlink.h>`).
    ///
    /// - Parameters:
    ///   - subsystem: whose batch it is: `NFNL_SUBSYS_NFTABLES` (10).
    ///   - generation: the state that the requests were made for; the kernel refuses the batch with ERESTART where its
    ///     own has moved on since. Nil does not ask.
    /// - Throws: the first request that the kernel refused, by its own purpose.
    public func commit(
        _ requests: [NetlinkRequest], subsystem: UInt16, generation: UInt32? = nil
    ) throws(NetlinkError) {
        guard let last = requests.last else { return }
        var begin = Self.frame(Int32(NFNL_MSG_BATCH_BEGIN), subsystem)
        if let generation {
            var payload = NetlinkPayload()
            payload.put(Int(NFNL_BATCH_GENID.rawValue), bigEndian: generation)
            begin.payload += payload.bytes
        }
        let end = Self.frame(Int32(NFNL_MSG_BATCH_END), subsystem)
        // The kernel answers a request that it refuses in any case. One acknowledgement, the last request's, says that
        // it has come that far.
        let all = [begin] + requests + [end]
        try exchangeBatch(all, acknowledged: requests.count, last: last)
    }

    private static func frame(_ type: Int32, _ subsystem: UInt16) -> NetlinkRequest {
        // struct nfgenmsg: family, version, and the subsystem in network byte order.
        var payload = NetlinkPayload()
        payload.header(UInt16(0))
        payload.header(subsystem.bigEndian)
        return NetlinkRequest("change the firewall as a whole", type: UInt16(type), payload: payload.bytes)
    }
}
