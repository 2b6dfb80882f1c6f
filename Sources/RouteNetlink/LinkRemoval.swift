import CLinux
import Dispatch
import Glibc
import Netlink
import Synchronization
public import SystemCalls

/// Deletes one device and comes back when it is gone: off its namespace's list, out of its bridge, its name and number
/// free, and the other end of a cable as well. The kernel tells of that after a millisecond, and then takes some 15 more
/// for readers of its memory before it answers the request; nobody needs to wait for those.
public struct LinkRemoval: Sendable {
    private let news: NetlinkNotifications
    private let deletion: RouteSocket

    /// Opens its sockets in a network namespace; nil is the caller's.
    public init(in namespace: NetworkNamespace? = nil) throws(SystemCallError) {
        // RTNLGRP_LINK of `<linux/rtnetlink.h>`.
        news = try NetlinkNotifications(family: 0, groups: [1], in: namespace)
        deletion = if let namespace { try RouteSocket(in: namespace) } else { try RouteSocket() }
    }

    /// Deletes the device; one that is gone is fine. Blocks.
    public func remove(_ link: Link) throws {
        let answer = try Answer()
        let (deletion, index, name) = (deletion, link.index, link.name)
        DispatchQueue(label: "causeway.deletion").async {
            do throws(NetlinkError) {
                try deletion.apply([LinkRequest.delete(index: index, name: name)])
                answer.settle(nil)
            } catch {
                answer.settle(error)
            }
        }
        while true {
            var waiting = [news.rawValue, answer.wakeUp.rawValue].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = unsafe poll(&waiting, 2, -1)
            if waiting[1].revents != 0 {
                if let error = answer.error { throw error }
                return
            }
            if isTold(index) { return }
        }
    }

    /// Whether one of the messages that wait says that the device is gone. That it is out of its bridge is told in the
    /// bridge's own family, earlier.
    private func isTold(_ index: Int32) -> Bool {
        // What is lost is made up for by the kernel's answer.
        guard let replies = try? news.readAll() else { return false }
        return replies.contains { reply in
            // struct ifinfomsg: the family, and the device's number after three more bytes and 16 bits.
            let family: UInt8 = reply.number(at: 0)
            let number: Int32 = reply.number(at: 4)
            return reply.type == RTM_DELLINK && family == 0 && number == index
        }
    }

    /// The kernel's answer to the request.
    private final class Answer: Sendable {
        let wakeUp: WakeUp
        private let failure = Mutex<NetlinkError?>(nil)

        init() throws(SystemCallError) { wakeUp = try WakeUp() }

        var error: NetlinkError? { failure.withLock { $0 } }

        func settle(_ error: NetlinkError?) {
            failure.withLock { $0 = error }
            wakeUp.raise()
        }
    }
}
