public import IPAddressing
public import Netlink
public import SystemCalls

import CLinux
import Glibc

/// The kernel's table of tracked connections in one network namespace (ctnetlink). Calls block for as long as the kernel
/// walks its table: microseconds to milliseconds.
public final class ConnectionSocket: Sendable {
    private let socket: NetlinkSocket

    /// Opens one in the caller's network namespace.
    public init() throws(SystemCallError) { socket = try NetlinkSocket(family: NETLINK_NETFILTER) }

    /// Opens one in another network namespace.
    public init(in namespace: NetworkNamespace) throws(SystemCallError) {
        socket = try NetlinkSocket(in: namespace, family: NETLINK_NETFILTER)
    }

    /// The connections of a family that a filter means.
    public func entries(
        _ family: IPFamily, _ filter: ConnectionFilter = ConnectionFilter()
    ) throws(NetlinkError) -> [ConnectionEntry] {
        var replies: [NetlinkReply]
        do {
            replies = try socket.dump(Self.list(family, filter))
        } catch {
            // A kernel that does not know this filter: everything, then.
            guard [EINVAL, EOPNOTSUPP].contains(error.errno.rawValue) else { throw error }
            replies = try socket.dump(Self.list(family, ConnectionFilter()))
        }
        return replies.compactMap { ConnectionEntry($0) }.filter { filter.matches($0) }
    }

    /// Forgets connections; the next packet of each is looked at as a first one. One that is gone already is no error.
    public func delete(_ entries: [ConnectionEntry]) throws(NetlinkError) {
        // A batch that the socket's buffers can answer.
        for start in stride(from: 0, to: entries.count, by: 64) {
            try socket.transact(entries[start..<min(start + 64, entries.count)].map(Self.deletion))
        }
    }

    /// The message that asks for a list (IPCTNL_MSG_CT_GET).
    static func list(_ family: IPFamily, _ filter: ConnectionFilter) -> NetlinkRequest {
        var payload = header(family)
        filter.encode(into: &payload)
        return NetlinkRequest(
            "list tracked connections", type: type(Int(IPCTNL_MSG_CT_GET.rawValue)), payload: payload.bytes)
    }

    /// The message that deletes one (IPCTNL_MSG_CT_DELETE): by its tuple, its zone and, where there is one, its number,
    /// so that a new connection between the same two is left alone.
    static func deletion(_ entry: ConnectionEntry) -> NetlinkRequest {
        var payload = header(entry.original.source.family)
        // The nesting mark of the attributes inside comes as the kernel wrote it.
        payload.put(Int(CTA_TUPLE_ORIG.rawValue) | Int(NLA_F_NESTED), entry.rawOriginal)
        if entry.zone != 0 { payload.put(Int(CTA_ZONE.rawValue), bigEndian(entry.zone)) }
        if entry.id != 0 { payload.put(Int(CTA_ID.rawValue), bigEndian(entry.id)) }
        return NetlinkRequest(
            "forget the connection \(entry.original)", type: type(Int(IPCTNL_MSG_CT_DELETE.rawValue)),
            payload: payload.bytes, tolerated: [ENOENT])
    }

    private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> Number(8 * $0)) }
    }

    /// Subsystem and message in one number (NFNL_SUBSYS_CTNETLINK of nfnetlink.h).
    static func type(_ message: Int) -> UInt16 { UInt16(Int(NFNL_SUBSYS_CTNETLINK) << 8 | message) }

    /// struct nfgenmsg.
    private static func header(_ family: IPFamily) -> NetlinkPayload {
        var payload = NetlinkPayload()
        payload.header(UInt8(family == .v4 ? AF_INET : AF_INET6))
        payload.header(UInt8(NFNETLINK_V0))
        payload.header(UInt16(0))
        return payload
    }
}
