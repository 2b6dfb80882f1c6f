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
    /// IP's protocol.
    var protocolNumber: UInt8?
    /// The port that it comes from, where its protocol has ports and the kernel told them.
    var sourcePort: UInt16?
    /// The port that it goes to at this point, where its protocol has ports and the kernel told them.
    var destinationPort: UInt16?
    /// The tracked connection that the packet belongs to, and whether it is of the way back; kernel 6.18 and later.
    var connection: UInt32?
    var isReplyOfConnection: Bool?
    /// Whether it is ARP or neighbour discovery, not the probe: then the addresses are who asks and who is asked for.
    var isTalk = false

    /// NF_DROP, and what takes a packet away without a word: NF_STOLEN, NF_QUEUE of `<linux/netfilter.h>`.
    var isDrop: Bool { verdict == 0 }
    var isQueue: Bool { verdict >= 0 && verdict & 0xFFFF == 3 }
    var isStolen: Bool { verdict == 2 }

    /// Whether one of the probe's own chains speaks, and for which end of a hook.
    var end: String? {
        table.hasPrefix("causeway_trace") && chain.hasPrefix("end-") && isPolicy ? String(chain.dropFirst(4)) : nil
    }

    /// As nft(8) writes the family.
    var familyName: String {
        switch family {
        case 1: "inet"
        case 3: "arp"
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
        let transport = Array(attributes[Int(NFTA_TRACE_TRANSPORT_HEADER.rawValue)] ?? [])
        if header.count >= 20, !header.starts(with: [0, 1]) {
            protocolNumber = header[0] >> 4 == 4 ? header[9] : header[6]
        }
        if [6, 17].contains(protocolNumber), transport.count >= 4 {
            sourcePort = UInt16(transport[0]) << 8 | UInt16(transport[1])
            destinationPort = UInt16(transport[2]) << 8 | UInt16(transport[3])
        }
        // NFTA_TRACE_CT_ID and NFTA_TRACE_CT_DIRECTION, which older headers do not have.
        connection = attributes.bigEndian(18)
        isReplyOfConnection = attributes[19]?.first.map { $0 != 0 }
        if header.count >= 28, header.starts(with: [0, 1, 8, 0]) {
            isTalk = true
            source = IPAddress(bytes: header[14..<18])
            destination = IPAddress(bytes: header[24..<28])
        } else if header.count >= 20, header[0] >> 4 == 4 {
            source = IPAddress(bytes: header[12..<16])
            destination = IPAddress(bytes: header[16..<20])
        } else if header.count >= 40, header[0] >> 4 == 6 {
            source = IPAddress(bytes: header[8..<24])
            destination = IPAddress(bytes: header[24..<40])
            // Neighbour solicitation and advertisement (RFC 4861).
            if header[6] == 58, transport.count >= 1, [135, 136].contains(transport[0]) {
                isTalk = true
            }
        }
    }
}

/// Listens to nftables' reports in a network namespace (NFNLGRP_NFTRACE).
struct TraceListener {
    private let news: NetlinkNotifications

    init(in namespace: NetworkNamespace) throws(SystemCallError) {
        news = try NetlinkNotifications(
            family: NETLINK_NETFILTER, groups: [CInt(NFNLGRP_NFTRACE.rawValue)], in: namespace)
    }

    /// Takes the reports that are there.
    func take(station: Int) -> [TraceEvent] {
        // Some are lost where more came than the buffer held; the way is told without them.
        let replies = (try? news.readAll()) ?? []
        return Self.completed(replies.compactMap { TraceEvent($0, station: station) })
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
                event.protocolNumber = before.protocolNumber
                event.sourcePort = before.sourcePort
                event.destinationPort = before.destinationPort
                event.connection = event.connection ?? before.connection
                event.isReplyOfConnection = event.isReplyOfConnection ?? before.isReplyOfConnection
                event.isTalk = before.isTalk
            }
            last[event.id] = event
            return event
        }
    }
}
