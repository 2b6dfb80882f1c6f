import CLinux
import Glibc

/// An epoll(7) instance for one thread that works events off itself, such as the userland proxy's. For everything else
/// there is `Reactor`.
public struct Poller: ~Copyable {
    private let epoll: FileDescriptor
    private var descriptors = [CInt](repeating: -1, count: 64)
    private var events = [UInt32](repeating: 0, count: 64)

    /// Makes one.
    public init() throws(SystemCallError) {
        epoll = FileDescriptor(owning: try checkWrapper("epoll_create1", "", cw_epoll_make()))
    }

    /// Wants one delivery when the descriptor can be read or written, as asked, or has failed. After it, it is silent
    /// until the next call.
    public func arm(_ descriptor: CInt, reading: Bool, writing: Bool) throws(SystemCallError) {
        let wanted = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
        try checkWrapper("epoll_ctl", "", cw_epoll_arm(epoll.rawValue, descriptor, wanted))
    }

    /// Forgets a descriptor that stays open elsewhere.
    public func forget(_ descriptor: CInt) { _ = cw_epoll_forget(epoll.rawValue, descriptor) }

    /// Waits for deliveries: up to 64 descriptors; none where the time is up.
    ///
    /// - Parameter milliseconds: the limit; nil waits for ever.
    public mutating func wait(milliseconds: Int?) -> [CInt] {
        let limit = milliseconds.map { CInt(clamping: $0) } ?? -1
        let count = unsafe cw_epoll_wait_for(epoll.rawValue, &descriptors, &events, 64, limit)
        return Array(descriptors.prefix(max(0, Int(count))))
    }
}
