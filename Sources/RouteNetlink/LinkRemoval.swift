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
    private let news: SharedFileDescriptor
    private let deletion: RouteSocket

    /// Opens its sockets in a network namespace; nil is the caller's.
    public init(in namespace: NetworkNamespace? = nil) throws(SystemCallError) {
        if let namespace {
            news = SharedFileDescriptor(
                try namespace.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0))
            try ChangeWatcher.join(news.rawValue, [1])
            deletion = try RouteSocket(in: namespace)
        } else {
            news = SharedFileDescriptor(try ChangeWatcher.open(0, [1]))
            deletion = try RouteSocket()
        }
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
        var buffer = [UInt8](repeating: 0, count: 32768)
        while true {
            let count = unsafe recv(news.rawValue, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            // One message each: struct nlmsghdr, struct ifinfomsg.
            let isWhole = count >= 32
            let type = UInt16(buffer[4]) | UInt16(buffer[5]) << 8
            let number = (20..<24).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(buffer[$1]) }
            let isOfLinks = type == UInt16(RTM_DELLINK) && buffer[16] == 0
            if isWhole, isOfLinks, number == UInt32(bitPattern: index) { return true }
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
