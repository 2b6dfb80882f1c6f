import IPAddressing
import Netlink
public import SystemCalls

/// How a container's 127.0.0.11:53 leads to the resolver's own ports. Ports are rewritten in the packets, both ways,
/// with no connection tracking: a query costs four comparisons, and no state is kept.
public enum ResolverRedirect {
    /// Puts the redirect into a container's namespace; an earlier one of ours is replaced in the same step. Blocks for
    /// some microseconds.
    ///
    /// - Parameters:
    ///   - namespace: the container's.
    ///   - udp: the port on 127.0.0.11 where the resolver listens for datagrams.
    ///   - tcp: the same for connections.
    ///   - replacing: whether an earlier one may be there. To take one away costs the kernel's grace period, some 10 ms,
    ///     and so does the attempt where there is none: a new namespace is spared it.
    /// - Throws: the kernel's refusal; ENOENT or EOPNOTSUPP mean that it lacks nftables' `payload` set.
    public static func install(in namespace: NetworkNamespace, udp: UInt16, tcp: UInt16, replacing: Bool = true) throws
    {
        let socket = try NFTablesSocket(in: namespace)
        let table = table(udp: udp, tcp: tcp)
        var change = NFTablesChange()
        // To delete what is not there fails: it is made first.
        if replacing { change.requests = [NFTablesRequest.add(table), NFTablesRequest.delete(table)] }
        change.append(table.change(from: nil))
        try socket.commit(change.requests)
    }

    /// Takes the redirect away; none is fine. Blocks for the kernel's grace period, some 10 ms.
    public static func remove(in namespace: NetworkNamespace) throws {
        let table = table(udp: 0, tcp: 0)
        try NFTablesSocket(in: namespace).commit([NFTablesRequest.add(table), NFTablesRequest.delete(table)])
    }

    /// The table, as `nft list ruleset` shows it in the container.
    static func table(udp: UInt16, tcp: UInt16) -> NFTablesTable {
        let address = IPv4Address(127, 0, 0, 11)
        let pairs: [(number: UInt8, port: UInt16)] = [(17, udp), (6, tcp)]
        let rules = pairs.flatMap { pair in
            [
                NFTablesRule(
                    .match(.ipv4Destination, .ipv4(address)), .match(.transportProtocol, .transport(pair.number)),
                    .match(.destinationPort, .port(53)), .setPort(.destinationPort, pair.port, isTCP: pair.number == 6),
                    comment: "queries to the embedded resolver"),
                NFTablesRule(
                    .match(.ipv4Source, .ipv4(address)), .match(.transportProtocol, .transport(pair.number)),
                    .match(.sourcePort, .port(pair.port)), .setPort(.sourcePort, 53, isTCP: pair.number == 6),
                    comment: "its answers"),
            ]
        }
        return NFTablesTable(
            .ip, "causeway_resolver", comment: "Causeway: the embedded resolver", sets: [],
            // Priority mangle: before the container's own rules of NAT.
            chains: [NFTablesChain("output", NFTablesHook(.filter, .output, priority: -150), rules: rules)])
    }
}
