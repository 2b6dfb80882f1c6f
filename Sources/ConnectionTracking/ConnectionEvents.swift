import Netlink
public import SystemCalls

import CLinux

/// Something that happened to a tracked connection.
public struct ConnectionEvent: Hashable, Sendable {
    /// What happened.
    public enum Kind: Hashable, Sendable {
        /// It began.
        case new
        /// Its state, mark or the like changed.
        case update
        /// It ended, ran out or was deleted.
        case destroy
    }

    /// What happened.
    public var kind: Kind
    /// To which.
    public var entry: ConnectionEntry
}

/// The kernel's news of tracked connections in one network namespace (NFNLGRP_CONNTRACK_*). Reading waits on the
/// `Reactor`, without a thread.
public final class ConnectionEvents: Sendable {
    private let news: NetlinkNotifications

    /// Subscribes; events from here on are kept until they are read, up to the socket's buffer.
    ///
    /// - Parameter namespace: whose connections; nil is the caller's own.
    public init(in namespace: NetworkNamespace? = nil) throws(SystemCallError) {
        let groups = [NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE, NFNLGRP_CONNTRACK_DESTROY]
        news = try NetlinkNotifications(
            family: NETLINK_NETFILTER, groups: groups.map { CInt($0.rawValue) }, in: namespace)
    }

    /// Waits for the next events, in order; none where the task is cancelled.
    ///
    /// - Throws: ENOBUFS where more came than the buffer could hold: some are lost, the next call goes on.
    public func next() async throws(SystemCallError) -> [ConnectionEvent] {
        while !Task.isCancelled {
            let events = try await news.next().compactMap(Self.event)
            if !events.isEmpty { return events }
        }
        return []
    }

    /// A message of the kernel's as an event: IPCTNL_MSG_CT_NEW with NLM_F_CREATE is a new one, without it a change.
    private static func event(_ message: NetlinkReply) -> ConnectionEvent? {
        guard let entry = ConnectionEntry(message) else { return nil }
        switch message.type {
        case ConnectionSocket.type(Int(IPCTNL_MSG_CT_DELETE.rawValue)):
            return ConnectionEvent(kind: .destroy, entry: entry)
        case ConnectionSocket.type(Int(IPCTNL_MSG_CT_NEW.rawValue)):
            return ConnectionEvent(kind: message.flags & UInt16(NLM_F_CREATE) != 0 ? .new : .update, entry: entry)
        default: return nil
        }
    }
}
