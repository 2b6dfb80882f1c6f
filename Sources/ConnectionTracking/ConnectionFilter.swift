public import IPAddressing

import CLinux
import Netlink

/// Which of the tracked connections are meant: what is nil does not matter. The kernel looks through its table itself
/// (CTA_FILTER, Linux 5.8); of older kernels everything comes and is sorted out here, with the same result. IPv6
/// addresses are always sorted out here: the kernel takes a match of them for a mismatch
/// (ctnetlink_filter_match_tuple of net/netfilter/nf_conntrack_netlink.c).
public struct ConnectionFilter: Hashable, Sendable {
    /// IPPROTO_*.
    public var protocolNumber: UInt8?
    /// Where the first packet came from.
    public var originalSource: IPAddress?
    /// Where the first packet went.
    public var originalDestination: IPAddress?
    /// The port that the first packet went to; only with a protocol.
    public var originalDestinationPort: UInt16?
    /// Who answers.
    public var replySource: IPAddress?

    /// Describes a choice.
    public init(
        protocolNumber: UInt8? = nil, originalSource: IPAddress? = nil, originalDestination: IPAddress? = nil,
        originalDestinationPort: UInt16? = nil, replySource: IPAddress? = nil
    ) {
        self.protocolNumber = protocolNumber
        self.originalSource = originalSource
        self.originalDestination = originalDestination
        self.originalDestinationPort = originalDestinationPort
        self.replySource = replySource
    }

    /// Whether an entry is meant.
    public func matches(_ entry: ConnectionEntry) -> Bool {
        func fits<Value: Equatable>(_ wanted: Value?, _ value: Value) -> Bool { wanted == nil || wanted == value }
        return fits(protocolNumber, entry.original.protocolNumber) && fits(originalSource, entry.original.source)
            && fits(originalDestination, entry.original.destination)
            && fits(originalDestinationPort, entry.original.destinationPort)
            && fits(replySource, entry.reply.source)
    }

    /// Bits of CTA_FILTER_*_FLAGS (net/netfilter/nf_internals.h).
    private enum Flag {
        static let source: UInt32 = 1 << 0
        static let destination: UInt32 = 1 << 1
        static let number: UInt32 = 1 << 3
        static let destinationPort: UInt32 = 1 << 5
    }

    /// Writes the filter for the kernel; nothing where everything is meant.
    func encode(into payload: inout NetlinkPayload) {
        func told(_ address: IPAddress?) -> IPAddress? { address?.family == .v4 ? address : nil }
        let (originalSource, originalDestination) = (told(originalSource), told(originalDestination))
        let replySource = told(replySource)
        var original: UInt32 = 0
        if protocolNumber != nil { original |= Flag.number }
        if originalSource != nil { original |= Flag.source }
        if originalDestination != nil { original |= Flag.destination }
        if originalDestinationPort != nil, protocolNumber != nil { original |= Flag.destinationPort }
        let reply: UInt32 = replySource == nil ? 0 : Flag.source
        if original == 0, reply == 0 { return }
        payload.nest(Int(CTA_FILTER.rawValue), marked: true) {
            $0.put(Int(CTA_FILTER_ORIG_FLAGS.rawValue), number: original)
            $0.put(Int(CTA_FILTER_REPLY_FLAGS.rawValue), number: reply)
        }
        if original != 0 {
            payload.nest(Int(CTA_TUPLE_ORIG.rawValue), marked: true) { tuple in
                if originalSource != nil || originalDestination != nil {
                    Self.put(originalSource, originalDestination, into: &tuple)
                }
                guard let protocolNumber else { return }
                tuple.nest(Int(CTA_TUPLE_PROTO.rawValue), marked: true) { transport in
                    transport.put(Int(CTA_PROTO_NUM.rawValue), [protocolNumber])
                    guard let port = originalDestinationPort else { return }
                    transport.put(Int(CTA_PROTO_DST_PORT.rawValue), [UInt8(port >> 8), UInt8(port & 255)])
                }
            }
        }
        if let replySource {
            payload.nest(Int(CTA_TUPLE_REPLY.rawValue), marked: true) { Self.put(replySource, nil, into: &$0) }
        }
    }

    private static func put(_ source: IPAddress?, _ destination: IPAddress?, into tuple: inout NetlinkPayload) {
        tuple.nest(Int(CTA_TUPLE_IP.rawValue), marked: true) { addresses in
            if let source { addresses.put(Int(CTA_IP_V4_SRC.rawValue), source.bytes) }
            if let destination { addresses.put(Int(CTA_IP_V4_DST.rawValue), destination.bytes) }
        }
    }
}
