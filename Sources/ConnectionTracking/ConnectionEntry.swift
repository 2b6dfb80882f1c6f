import IPAddressing
import Netlink

import CLinux

/// A connection that the kernel tracks (nf_conn; linux/netfilter/nfnetlink_conntrack.h).
public struct ConnectionEntry: Hashable, Sendable {
    /// As its first packet came: from the client to the address that it named.
    public var original: FlowTuple
    /// As answers come: from whoever really serves. Where addresses are translated it is not `original` turned round.
    public var reply: FlowTuple
    /// The kernel's number of the entry, unique while it lives; 0 where the kernel tells none.
    public var id: UInt32
    /// What has happened to it (IPS_* of nf_conntrack_common.h).
    public var status: Status
    /// Seconds until the kernel forgets it unless another packet comes; nil where it is not told.
    public var timeout: UInt32?
    /// The mark (CONNMARK); 0 for none.
    public var mark: UInt32
    /// The zone; 0 is the usual one.
    public var zone: UInt16
    /// The state of a TCP connection (enum tcp_conntrack): 1 SYN_SENT, 3 ESTABLISHED, 7 TIME_WAIT; nil for others.
    public var tcpState: UInt8?
    /// What went with the original direction; nil where the kernel does not count (net.netfilter.nf_conntrack_acct).
    public var sent: Counters?
    /// What came back, likewise.
    public var received: Counters?
    /// CTA_TUPLE_ORIG as the kernel told it: what a deletion names, of whatever protocol.
    let rawOriginal: [UInt8]

    /// Packets and bytes.
    public struct Counters: Hashable, Sendable {
        /// Packets.
        public var packets: UInt64
        /// Bytes, headers included.
        public var bytes: UInt64
    }

    /// IPS_* bits.
    public struct Status: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt32
        /// Wraps bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// An answer was seen.
        public static let seenReply = Status(rawValue: 1 << 1)
        /// It will not be thrown away early.
        public static let assured = Status(rawValue: 1 << 2)
        /// It has left the host or reached it.
        public static let confirmed = Status(rawValue: 1 << 3)
        /// Its source is translated.
        public static let sourceNAT = Status(rawValue: 1 << 4)
        /// Its destination is translated.
        public static let destinationNAT = Status(rawValue: 1 << 5)
        /// It is on its way out.
        public static let dying = Status(rawValue: 1 << 9)
    }

    /// Reads an entry; nil for what is none.
    init?(_ message: NetlinkReply) {
        let attributes = message.attributes(after: 4)
        guard let raw = attributes[Int(CTA_TUPLE_ORIG.rawValue)],
            let original = FlowTuple(NetlinkAttributes(raw)),
            let reply = FlowTuple(attributes.nested(Int(CTA_TUPLE_REPLY.rawValue)))
        else { return nil }
        rawOriginal = Array(raw)
        self.original = original
        self.reply = reply
        id = attributes.bigEndian(Int(CTA_ID.rawValue)) ?? 0
        status = Status(rawValue: attributes.bigEndian(Int(CTA_STATUS.rawValue)) ?? 0)
        timeout = attributes.bigEndian(Int(CTA_TIMEOUT.rawValue))
        mark = attributes.bigEndian(Int(CTA_MARK.rawValue)) ?? 0
        zone = attributes.bigEndian(Int(CTA_ZONE.rawValue)) ?? 0
        tcpState =
            attributes.nested(Int(CTA_PROTOINFO.rawValue)).nested(Int(CTA_PROTOINFO_TCP.rawValue))[
                Int(CTA_PROTOINFO_TCP_STATE.rawValue)]?.first
        sent = Counters(attributes.nested(Int(CTA_COUNTERS_ORIG.rawValue)))
        received = Counters(attributes.nested(Int(CTA_COUNTERS_REPLY.rawValue)))
    }

    /// `udp 192.0.2.1:40000 -> 192.0.2.2:53 (by 172.17.0.2:53)`.
    public var summary: String {
        let turned = original.destination == reply.source && original.destinationPort == reply.sourcePort
        let server = turned ? "" : " (by \(FlowTuple.end(reply.source, reply.sourcePort)))"
        return "\(original)\(server)"
    }
}

extension ConnectionEntry.Counters {
    init?(_ attributes: NetlinkAttributes) {
        guard let packets: UInt64 = attributes.bigEndian(Int(CTA_COUNTERS_PACKETS.rawValue)) else { return nil }
        self.init(packets: packets, bytes: attributes.bigEndian(Int(CTA_COUNTERS_BYTES.rawValue)) ?? 0)
    }
}

extension FlowTuple: CustomStringConvertible {
    /// From CTA_TUPLE_*'s attributes; nil where addresses or protocol are missing.
    init?(_ attributes: NetlinkAttributes) {
        let addresses = attributes.nested(Int(CTA_TUPLE_IP.rawValue))
        let transport = attributes.nested(Int(CTA_TUPLE_PROTO.rawValue))
        guard
            let source = (addresses[Int(CTA_IP_V4_SRC.rawValue)] ?? addresses[Int(CTA_IP_V6_SRC.rawValue)])
                .flatMap({ IPAddress(bytes: $0) }),
            let destination = (addresses[Int(CTA_IP_V4_DST.rawValue)] ?? addresses[Int(CTA_IP_V6_DST.rawValue)])
                .flatMap({ IPAddress(bytes: $0) }),
            let number = transport[Int(CTA_PROTO_NUM.rawValue)]?.first
        else { return nil }
        self.init(
            source: source, destination: destination, protocolNumber: number,
            sourcePort: transport.bigEndian(Int(CTA_PROTO_SRC_PORT.rawValue)) ?? 0,
            destinationPort: transport.bigEndian(Int(CTA_PROTO_DST_PORT.rawValue)) ?? 0)
        let key = source.family == .v4 ? CTA_PROTO_ICMP_ID : CTA_PROTO_ICMPV6_ID
        identifier = transport.bigEndian(Int(key.rawValue)) ?? 0
    }

    /// `tcp 192.0.2.1:40000 -> 192.0.2.2:80`.
    public var description: String {
        let names: [UInt8: String] = [1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp"]
        let name = names[protocolNumber] ?? "protocol \(protocolNumber)"
        return "\(name) \(Self.end(source, sourcePort)) -> \(Self.end(destination, destinationPort))"
    }

    /// `192.0.2.1:53`, `[2001:db8::1]:53`, or the address alone where there is no port.
    static func end(_ address: IPAddress, _ port: UInt16) -> String {
        if port == 0 { return address.description }
        return address.family == .v6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}

extension NetlinkAttributes {
    /// An attribute as a number in network order; nil where it is missing or short.
    func bigEndian<Number: FixedWidthInteger>(_ type: Int, as kind: Number.Type = Number.self) -> Number? {
        guard let value = self[type], value.count >= Number.bitWidth / 8 else { return nil }
        return value.prefix(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}
