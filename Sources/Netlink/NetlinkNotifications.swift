import CLinux
import Glibc
public import SystemCalls

/// What the kernel tells of its own accord on some multicast groups of one netlink family, in the network namespace
/// that it was opened in. Waiting is done on the `Reactor`, without a thread.
public final class NetlinkNotifications: Sendable {
    private let descriptor: SharedFileDescriptor

    /// SOL_NETLINK of `<linux/socket.h>`.
    private static let level: CInt = 270

    /// Subscribes; what is told from here on is kept until it is read, up to the socket's buffer of 4 MiB.
    ///
    /// - Parameters:
    ///   - family: `NETLINK_ROUTE` (0) or `NETLINK_NETFILTER` (12).
    ///   - groups: `RTNLGRP_*` or `NFNLGRP_*`; one that the kernel does not know is an error.
    ///   - namespace: whose news; nil is the caller's own namespace.
    public init(family: CInt, groups: [CInt], in namespace: NetworkNamespace? = nil) throws(SystemCallError) {
        let socket: FileDescriptor
        if let namespace {
            socket = try namespace.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), family)
        } else {
            socket = FileDescriptor(
                owning: try check("socket", "AF_NETLINK") {
                    Glibc.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), family)
                })
        }
        try socket.setNonBlocking(true)
        let number = socket.rawValue
        // Past the administrator's limit where that is allowed.
        for option in [SO_RCVBUFFORCE, SO_RCVBUF] {
            do throws(SystemCallError) {
                try SocketOption.set(number, level: SOL_SOCKET, name: option, value: 4 << 20)
                break
            } catch {
                if option == SO_RCVBUF { throw error }
            }
        }
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
        for group in groups {
            try SocketOption.set(number, level: Self.level, name: NETLINK_ADD_MEMBERSHIP, value: group)
        }
        descriptor = SharedFileDescriptor(socket)
    }

    /// Has the kernel leave out what is no change of a device or loss of an address or route: of what it tells of a new
    /// cable, more than half.
    public func keepDeviceChanges() throws(SystemCallError) {
        try SocketOption.keepDeviceChanges(descriptor.rawValue)
    }

    /// The socket's number, for poll(2). Valid only while this object lives.
    public var rawValue: CInt { descriptor.rawValue }

    /// What is there, in order, 10,000 messages or so at most; empty where nothing is. Does not wait.
    ///
    /// - Throws: ENOBUFS where more came than the buffer could hold: some are lost, the next call goes on.
    public func readAll() throws(SystemCallError) -> [NetlinkReply] {
        var all: [NetlinkReply] = []
        while all.count < 10_000 {
            do throws(SystemCallError) {
                let bytes = try descriptor.withDescriptor { (socket) throws(SystemCallError) in
                    try socket.read(upTo: 32768)
                }
                all += NetlinkReply.all(in: bytes[...])
            } catch {
                if error.errno == .wouldBlock { return all }
                throw error
            }
        }
        return all
    }

    /// Waits until something is there to be read, or the task is cancelled.
    public func wait() async { await Reactor.shared.waitReadable(descriptor.rawValue) }

    /// Waits for the next messages, in order; none where the task is cancelled.
    ///
    /// - Throws: as `readAll`.
    public func next() async throws(SystemCallError) -> [NetlinkReply] {
        while !Task.isCancelled {
            let replies = try readAll()
            if !replies.isEmpty { return replies }
            await wait()
        }
        return []
    }
}
