public import IPAddressing

/// One direction of a connection, as the kernel tracks it (linux/netfilter/nfnetlink_conntrack.h, CTA_TUPLE_*).
public struct FlowTuple: Hashable, Sendable {
    /// Where its packets come from.
    public var source: IPAddress
    /// Where they go.
    public var destination: IPAddress
    /// IPPROTO_*: 6 TCP, 17 UDP, 132 SCTP.
    public var protocolNumber: UInt8
    /// 0 where the protocol has none.
    public var sourcePort: UInt16
    /// 0 where the protocol has none.
    public var destinationPort: UInt16
    /// The identifier of an ICMP echo; 0 otherwise.
    public var identifier: UInt16 = 0

    /// Describes a direction.
    public init(
        source: IPAddress, destination: IPAddress, protocolNumber: UInt8, sourcePort: UInt16 = 0,
        destinationPort: UInt16 = 0
    ) {
        self.source = source
        self.destination = destination
        self.protocolNumber = protocolNumber
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
    }
}
