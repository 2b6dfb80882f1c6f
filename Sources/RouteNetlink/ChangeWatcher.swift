import Glibc
import Netlink
public import SystemCalls

/// Waits for what the kernel tells of changes to a network namespace: devices, addresses, routes, neighbours,
/// namespaces (rtnetlink(7)) and rules (nfnetlink). Nothing is polled.
public final class ChangeWatcher: Sendable {
    private let sockets: [NetlinkNotifications]

    /// RTNLGRP_* of `<linux/rtnetlink.h>`: LINK, NEIGH, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE, NSID.
    private static let routeGroups: [CInt] = [1, 3, 5, 7, 9, 11, 28]
    /// NFNLGRP_NFTABLES of `<linux/netfilter/nfnetlink.h>`; iptables' nftables back end tells there, too.
    private static let ruleGroups: [CInt] = [7]

    /// Watches the caller's network namespace from now on.
    public init() throws(SystemCallError) {
        sockets = [
            try NetlinkNotifications(family: 0, groups: Self.routeGroups),
            try NetlinkNotifications(family: 12, groups: Self.ruleGroups),
        ]
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
        for socket in sockets {
            // An overflow (ENOBUFS) is a change, too.
            do { _ = try socket.readAll() } catch { continue }
        }
    }
}
