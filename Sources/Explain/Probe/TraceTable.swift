import CLinux
import Netlink
import SystemCalls

/// A table of nftables that has the kernel report which rules judge the probe (`meta nftrace set 1`), and nothing else.
///
/// The table is owned by this socket (NFT_TABLE_F_OWNER): the kernel removes it when the socket closes, also after
/// `kill -9`.
final class TraceTable {
    private let socket: NetlinkSocket
    private let name: String
    private var families: [UInt8] = []
    /// Where the kernel refused, and why.
    private(set) var refusals: [String] = []

    /// The hooks of IP and of bridges (NF_INET_*, NF_BR_*). A chain without rules at the end of each tells that the probe
    /// came through all others.
    private static let ends: [(name: String, number: UInt32)] = [
        ("prerouting", 0), ("input", 1), ("forward", 2), ("output", 3), ("postrouting", 4),
    ]

    /// NFPROTO_* of `<linux/netfilter.h>`.
    private static let inet: UInt8 = 1
    private static let arp: UInt8 = 3
    private static let netdev: UInt8 = 5
    private static let bridge: UInt8 = 7

    /// Puts the table into a namespace.
    ///
    /// - Parameters:
    ///   - flow: what to report.
    ///   - devices: whose ingress hooks are to be reported, too.
    init(in namespace: NetworkNamespace, name: String, flow: ProbeFlow, devices: [String]) throws(SystemCallError) {
        socket = try NetlinkSocket(in: namespace, family: 12)
        self.name = name
        let both = Self.ends.map { (name: "end-" + $0.name, hook: $0.number, device: String?.none) }
        let starts = [(name: "early", hook: UInt32(0), device: String?.none), ("own", 3, nil)]
        add(Self.inet, flow, starts + both, "rules of IP")
        add(Self.bridge, flow, starts + both, "rules of bridges")
        add(Self.arp, flow, [("early", 0, nil), ("own", 1, nil)], "rules of ARP")
        add(Self.netdev, flow, devices.map { ("in-" + $0, 0, $0) }, "ingress hooks")
    }

    /// Takes the tables away; what fails is left to the kernel, which does it when the socket closes.
    func remove() {
        for family in families {
            try? socket.commit([request("delete the trace table", 2, family) { $0.put(1, text: name) }], subsystem: 10)
        }
        families = []
    }

    private func add(
        _ family: UInt8, _ flow: ProbeFlow, _ chains: [(name: String, hook: UInt32, device: String?)], _ what: String
    ) {
        if chains.isEmpty { return }
        let create = UInt16(NLM_F_CREATE)
        var requests = [
            request("add the trace table", 0, family, create) {
                $0.put(1, text: name)
                // NFT_TABLE_F_OWNER
                $0.put(2, bigEndian: UInt32(2))
            }
        ]
        for (chain, hook, device) in chains {
            requests.append(
                request("add a trace chain", 3, family, create) {
                    $0.put(Int(NFTA_CHAIN_TABLE.rawValue), text: name)
                    $0.put(Int(NFTA_CHAIN_NAME.rawValue), text: chain)
                    $0.nest(Int(NFTA_CHAIN_HOOK.rawValue), marked: true) {
                        $0.put(Int(NFTA_HOOK_HOOKNUM.rawValue), bigEndian: hook)
                        let priority = chain.hasPrefix("end-") ? Int32.max : Int32.min + 1
                        $0.put(Int(NFTA_HOOK_PRIORITY.rawValue), bigEndian: UInt32(bitPattern: priority))
                        if let device { $0.put(Int(NFTA_HOOK_DEV.rawValue), text: device) }
                    }
                    $0.put(Int(NFTA_CHAIN_TYPE.rawValue), text: "filter")
                })
            if chain.hasPrefix("end-") { continue }
            for match in flow.matches where family != Self.arp {
                requests.append(rule(family, chain, match))
            }
            if family != Self.inet { requests.append(rule(family, chain, ProbeFlow.Match(arp: true))) }
        }
        do {
            try socket.commit(requests, subsystem: 10)
            families.append(family)
        } catch {
            refusals.append("\(what) cannot be traced here: \(error)")
        }
    }

    private func rule(_ family: UInt8, _ chain: String, _ match: ProbeFlow.Match) -> NetlinkRequest {
        var expressions = NetlinkPayload()
        func expression(_ kind: String, _ body: (inout NetlinkPayload) -> Void) {
            expressions.nest(1, marked: true) {
                $0.put(Int(NFTA_EXPR_NAME.rawValue), text: kind)
                $0.nest(Int(NFTA_EXPR_DATA.rawValue), marked: true, body)
            }
        }
        func compare(_ bytes: [UInt8]) {
            expression("cmp") {
                $0.put(Int(NFTA_CMP_SREG.rawValue), bigEndian: UInt32(8))
                $0.put(Int(NFTA_CMP_OP.rawValue), bigEndian: UInt32(0))
                $0.nest(Int(NFTA_CMP_DATA.rawValue), marked: true) { $0.put(Int(NFTA_DATA_VALUE.rawValue), bytes) }
            }
        }
        func meta(_ key: UInt32) {
            expression("meta") {
                $0.put(Int(NFTA_META_DREG.rawValue), bigEndian: UInt32(8))
                $0.put(Int(NFTA_META_KEY.rawValue), bigEndian: key)
            }
        }
        if match.isARP {
            // NFT_META_PROTOCOL; ETH_P_ARP.
            meta(1)
            compare([0x08, 0x06])
        } else {
            // NFT_META_L4PROTO
            meta(16)
            compare([match.protocolNumber])
            expression("payload") {
                $0.put(Int(NFTA_PAYLOAD_DREG.rawValue), bigEndian: UInt32(8))
                // NFT_PAYLOAD_TRANSPORT_HEADER
                $0.put(Int(NFTA_PAYLOAD_BASE.rawValue), bigEndian: UInt32(2))
                $0.put(Int(NFTA_PAYLOAD_OFFSET.rawValue), bigEndian: match.offset)
                $0.put(Int(NFTA_PAYLOAD_LEN.rawValue), bigEndian: UInt32(2))
            }
            compare([UInt8(match.value >> 8), UInt8(match.value & 0xFF)])
        }
        expression("immediate") {
            $0.put(Int(NFTA_IMMEDIATE_DREG.rawValue), bigEndian: UInt32(8))
            $0.nest(Int(NFTA_IMMEDIATE_DATA.rawValue), marked: true) {
                $0.put(Int(NFTA_DATA_VALUE.rawValue), [1])
            }
        }
        expression("meta") {
            // NFT_META_NFTRACE
            $0.put(Int(NFTA_META_KEY.rawValue), bigEndian: UInt32(12))
            $0.put(Int(NFTA_META_SREG.rawValue), bigEndian: UInt32(8))
        }
        return request("add a trace rule", 6, family, UInt16(NLM_F_CREATE | NLM_F_APPEND)) {
            $0.put(Int(NFTA_RULE_TABLE.rawValue), text: name)
            $0.put(Int(NFTA_RULE_CHAIN.rawValue), text: chain)
            $0.put(Int(NFTA_RULE_EXPRESSIONS.rawValue) | Int(NLA_F_NESTED), expressions.bytes)
        }
    }

    private func request(
        _ purpose: String, _ message: UInt16, _ family: UInt8, _ flags: UInt16 = 0,
        _ body: (inout NetlinkPayload) -> Void
    ) -> NetlinkRequest {
        var payload = NetlinkPayload()
        payload.header(family)
        payload.header(UInt8(0))
        payload.header(UInt16(0))
        body(&payload)
        return NetlinkRequest(purpose, type: 10 << 8 | message, flags: flags, payload: payload.bytes)
    }
}
