import CLinux
public import Netlink

/// One transaction of somebody's that changed nftables' rules, as the kernel tells of it. iptables' programs make such
/// transactions, too, unless they are those of iptables-legacy.
public struct RulesetNews: Sendable, Hashable {
    /// The tables in which anything changed, `ip filter`.
    public var tables: Set<String> = []
    /// Those of them that were made or deleted themselves.
    public var remade: Set<String> = []
    /// The port of the socket that the transaction came by; see `NetlinkReply.port`.
    public var port: UInt32 = 0
    /// The id of the thread that sent it, as the host counts; 0 where the kernel does not tell.
    public var pid: Int32 = 0
    /// Its name, at most 15 bytes: `iptables`, `nft`.
    public var program = ""

    /// NFNLGRP_NFTABLES of `<linux/netfilter/nfnetlink.h>`.
    public static let groups: [CInt] = [7]

    /// A transaction of which nothing is known yet.
    public init() {}
}

/// Puts transactions together: the kernel tells of the objects first and of who changed them last (NFT_MSG_NEWGEN).
public struct RulesetNewsReader: Sendable {
    private var open = RulesetNews()

    /// Knows of nothing yet.
    public init() {}

    /// Takes the next message.
    ///
    /// - Returns: the transaction that it ends.
    public mutating func take(_ reply: NetlinkReply) -> RulesetNews? {
        guard reply.type >> 8 == NFTablesRequest.subsystem else { return nil }
        let attributes = reply.attributes(after: 4)
        let kind = UInt32(reply.type & 0xFF)
        if kind == NFT_MSG_NEWGEN.rawValue {
            var done = open
            open = RulesetNews()
            done.port = reply.port
            done.pid = attributes.bigEndian(Int(NFTA_GEN_PROC_PID.rawValue)) ?? 0
            done.program = attributes.text(Int(NFTA_GEN_PROC_NAME.rawValue)) ?? ""
            return done
        }
        // The first attribute of every kind of object is its table's name.
        guard let family = NFTablesFamily(rawValue: reply.number(at: 0)),
            let name = attributes.text(Int(NFTA_TABLE_NAME.rawValue))
        else { return nil }
        let title = "\(family.name) \(name)"
        open.tables.insert(title)
        if kind == NFT_MSG_NEWTABLE.rawValue || kind == NFT_MSG_DELTABLE.rawValue { open.remade.insert(title) }
        return nil
    }

    /// Forgets the beginning of a transaction whose rest was lost.
    public mutating func forget() { open = RulesetNews() }
}
