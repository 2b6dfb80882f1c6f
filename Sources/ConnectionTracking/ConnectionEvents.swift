import Netlink
public import SystemCalls

import CLinux
import Glibc

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
    private let descriptor: SharedFileDescriptor

    /// SOL_NETLINK of `<linux/socket.h>`.
    private static let level: CInt = 270

    /// Subscribes; events from here on are kept until they are read, up to the socket's buffer.
    ///
    /// - Parameter namespace: whose connections; nil is the caller's own.
    public init(in namespace: NetworkNamespace? = nil) throws(SystemCallError) {
        let socket: FileDescriptor
        if let namespace {
            socket = try namespace.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), NETLINK_NETFILTER)
        } else {
            socket = FileDescriptor(
                owning: try check("socket", "AF_NETLINK") {
                    Glibc.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), NETLINK_NETFILTER)
                })
        }
        try socket.setNonBlocking(true)
        try SocketOption.set(socket.rawValue, level: SOL_SOCKET, name: SO_RCVBUF, value: 1 << 21)
        descriptor = SharedFileDescriptor(socket)
        let number = descriptor.rawValue
        // Without an address of its own the socket passes for the kernel, which does not hear its own news.
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        try check("bind", "AF_NETLINK") {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.bind(number, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                }
            }
        }
        for group in [NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE, NFNLGRP_CONNTRACK_DESTROY] {
            try SocketOption.set(
                number, level: Self.level, name: NETLINK_ADD_MEMBERSHIP, value: CInt(group.rawValue))
        }
    }

    /// Waits for the next events, in order; none where the task is cancelled.
    ///
    /// - Throws: ENOBUFS where more came than the buffer could hold: some are lost, the next call goes on.
    public func next() async throws(SystemCallError) -> [ConnectionEvent] {
        while !Task.isCancelled {
            let bytes: [UInt8]
            do throws(SystemCallError) {
                bytes = try descriptor.withDescriptor { (socket) throws(SystemCallError) in
                    try socket.read(upTo: 65536)
                }
            } catch {
                guard error.errno == .wouldBlock else { throw error }
                await Reactor.shared.waitReadable(descriptor.rawValue)
                continue
            }
            let events = NetlinkReply.all(in: bytes[...]).compactMap(Self.event)
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
