import Glibc
public import SystemCalls

/// Waits for what the kernel tells of changes to a network namespace: devices, addresses, routes, neighbours,
/// namespaces (rtnetlink(7)) and rules (nfnetlink). Nothing is polled.
public final class ChangeWatcher: Sendable {
    private let sockets: [SharedFileDescriptor]

    /// RTNLGRP_* of `<linux/rtnetlink.h>`: LINK, NEIGH, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE, NSID.
    private static let routeGroups: [CInt] = [1, 3, 5, 7, 9, 11, 28]
    /// NFNLGRP_NFTABLES of `<linux/netfilter/nfnetlink.h>`; iptables' nftables back end tells there, too.
    private static let ruleGroups: [CInt] = [7]

    /// Watches the caller's network namespace from now on.
    public init() throws(SystemCallError) {
        sockets = [
            SharedFileDescriptor(try Self.open(0, Self.routeGroups)),
            SharedFileDescriptor(try Self.open(12, Self.ruleGroups)),
        ]
    }

    private static func open(_ family: CInt, _ groups: [CInt]) throws(SystemCallError) -> FileDescriptor {
        let kind = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let socket = FileDescriptor(
            owning: try check("socket", "AF_NETLINK") { Glibc.socket(AF_NETLINK, kind, family) })
        // struct sockaddr_nl, all of it zero but the family: the kernel chooses the port.
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_NETLINK)
        try check("bind", "AF_NETLINK") {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(socket.rawValue, $0, 12)
                }
            }
        }
        // NETLINK_ADD_MEMBERSHIP of SOL_NETLINK.
        for group in groups { try SocketOption.set(socket.rawValue, level: 270, name: 1, value: group) }
        return socket
    }

    /// Blocks until something has changed and it has been quiet for 50 ms since, half a second at most. What was told
    /// is thrown away: whoever waits looks for himself.
    public func wait() {
        guard ready(within: -1) else { return }
        let deadline = ContinuousClock.now + .milliseconds(500)
        repeat { drain() } while ready(within: 50) && ContinuousClock.now < deadline
        drain()
    }

    private func ready(within milliseconds: CInt) -> Bool {
        var wanted = sockets.map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
        return unsafe poll(&wanted, nfds_t(wanted.count), milliseconds) > 0
    }

    private func drain() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        for socket in sockets {
            // An overflow (ENOBUFS) is a change, too.
            while unsafe recv(socket.rawValue, &buffer, buffer.count, 0) > 0 {}
        }
    }
}
