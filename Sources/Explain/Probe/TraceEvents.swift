import CLinux
import Glibc
import IPAddressing
import Netlink
import SystemCalls

/// One judgement about the probe, as nftables reports it.
struct TraceEvent: Hashable, Sendable {
    var station: Int
    /// NFPROTO_*: 2 ip, 10 ip6, 1 inet, 7 bridge, 5 netdev.
    var family: UInt8
    var table: String
    var chain: String
    /// The rule's; nil where the policy or the chain's end spoke.
    var handle: UInt64?
    var isPolicy: Bool
    /// NF_DROP 0, NF_ACCEPT 1, or nftables' own negative codes.
    var verdict: Int32
    /// Where a jump leads.
    var target: String
    /// Equal for all judgements of one packet at one hook.
    var id: UInt32
    var input: Int32?
    var output: Int32?
    /// The packet's addresses at this point; nil where the kernel did not tell them.
    var source: IPAddress?
    var destination: IPAddress?

    /// As nft(8) writes the family.
    var familyName: String {
        switch family {
        case 1: "inet"
        case 5: "netdev"
        case 7: "bridge"
        case 10: "ip6"
        default: "ip"
        }
    }

    init?(_ message: NetlinkReply, station: Int) {
        guard message.type == 10 << 8 | 17 else { return nil }
        self.station = station
        family = message.number(at: 0)
        let attributes = message.attributes(after: 4)
        table = attributes.text(Int(NFTA_TRACE_TABLE.rawValue)) ?? ""
        chain = attributes.text(Int(NFTA_TRACE_CHAIN.rawValue)) ?? ""
        handle = attributes.bigEndian(Int(NFTA_TRACE_RULE_HANDLE.rawValue))
        isPolicy = attributes.bigEndian(Int(NFTA_TRACE_TYPE.rawValue), as: UInt32.self) == 1
        let nested = attributes.nested(Int(NFTA_TRACE_VERDICT.rawValue))
        let policy: UInt32? = attributes.bigEndian(Int(NFTA_TRACE_POLICY.rawValue))
        let code: UInt32? = nested.bigEndian(Int(NFTA_VERDICT_CODE.rawValue))
        verdict = Int32(bitPattern: policy ?? code ?? 0xFFFF_FFFF)
        target = nested.text(Int(NFTA_VERDICT_CHAIN.rawValue)) ?? ""
        id = attributes.bigEndian(Int(NFTA_TRACE_ID.rawValue)) ?? 0
        input = attributes.bigEndian(Int(NFTA_TRACE_IIF.rawValue), as: UInt32.self).map { Int32(bitPattern: $0) }
        output = attributes.bigEndian(Int(NFTA_TRACE_OIF.rawValue), as: UInt32.self).map { Int32(bitPattern: $0) }
        let header = Array(attributes[Int(NFTA_TRACE_NETWORK_HEADER.rawValue)] ?? [])
        if header.count >= 20, header[0] >> 4 == 4 {
            source = IPAddress(bytes: header[12..<16])
            destination = IPAddress(bytes: header[16..<20])
        } else if header.count >= 40, header[0] >> 4 == 6 {
            source = IPAddress(bytes: header[8..<24])
            destination = IPAddress(bytes: header[24..<40])
        }
    }
}

/// Listens to nftables' reports in a network namespace (NFNLGRP_NFTRACE).
struct TraceListener: ~Copyable {
    private let descriptor: FileDescriptor

    init(in namespace: NetworkNamespace) throws(SystemCallError) {
        let socket = try namespace.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), NETLINK_NETFILTER)
        try socket.setNonBlocking(true)
        let number = socket.rawValue
        try SocketOption.set(number, level: SOL_SOCKET, name: SO_RCVBUF, value: 1 << 21)
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        try check("bind", "AF_NETLINK") {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.bind(number, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                }
            }
        }
        // SOL_NETLINK of `<linux/socket.h>`.
        try SocketOption.set(
            number, level: 270, name: NETLINK_ADD_MEMBERSHIP, value: CInt(NFNLGRP_NFTRACE.rawValue))
        descriptor = socket
    }

    /// Takes the reports that are there.
    func take(station: Int) -> [TraceEvent] {
        var events: [TraceEvent] = []
        for _ in 0..<2000 {
            guard let bytes = try? descriptor.read(upTo: 65536), !bytes.isEmpty else { break }
            events += NetlinkReply.all(in: bytes[...]).compactMap { TraceEvent($0, station: station) }
        }
        return Self.completed(events)
    }

    /// The kernel tells a packet's devices and addresses once for each chain of a hook: later judgements inherit them.
    static func completed(_ events: [TraceEvent]) -> [TraceEvent] {
        var last: [UInt32: TraceEvent] = [:]
        return events.map { event in
            var event = event
            if event.source == nil, event.input == nil, event.output == nil, let before = last[event.id] {
                event.input = before.input
                event.output = before.output
                event.source = before.source
                event.destination = before.destination
            }
            last[event.id] = event
            return event
        }
    }
}
