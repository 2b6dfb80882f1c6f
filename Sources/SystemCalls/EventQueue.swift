import CLinux

/// An epoll(7) set: every descriptor with a token that names it.
///
/// For servers with a thread of their own, whose every hop counts. All others wait on the one `Reactor`.
public final class EventQueue: Sendable {
    private let descriptor: FileDescriptor

    /// Makes an empty set, close-on-exec.
    public init() throws(SystemCallError) {
        descriptor = FileDescriptor(owning: try checkWrapper("epoll_create1", "", cw_epoll_make()))
    }

    /// What may happen to a descriptor: EPOLLIN, EPOLLOUT and so on. Hang-up and error are always told.
    public struct Events: OptionSet, Sendable {
        /// The bits of `<sys/epoll.h>`.
        public let rawValue: UInt32

        /// Wraps the bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// EPOLLIN.
        public static let readable = Events(rawValue: EPOLLIN.rawValue)
        /// EPOLLOUT.
        public static let writable = Events(rawValue: EPOLLOUT.rawValue)
        /// EPOLLRDHUP: the peer has sent all that it will.
        public static let peerEnded = Events(rawValue: EPOLLRDHUP.rawValue)
        /// EPOLLERR or EPOLLHUP.
        public static let broken = Events(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
        /// EPOLLONESHOT: after one delivery there is none until the descriptor is watched again.
        public static let once = Events(rawValue: EPOLLONESHOT.rawValue)
    }

    /// Has `token` delivered for events of a descriptor, level-triggered; in place of what was awaited of it before.
    /// Closing the descriptor ends it.
    public func watch(_ number: CInt, for events: Events, token: UInt64) throws(SystemCallError) {
        try checkWrapper("epoll_ctl", "", cw_epoll_watch(descriptor.rawValue, number, events.rawValue, token))
    }

    /// Stops watching a descriptor that stays open; one that is not watched is fine.
    public func forget(_ number: CInt) { _ = cw_epoll_forget(descriptor.rawValue, number) }

    /// Waits for events and hands them to `body` one by one.
    ///
    /// - Parameter milliseconds: how long at most; -1 waits for ever.
    public func wait(milliseconds: CInt, _ body: (_ token: UInt64, _ events: Events) -> Void) {
        var tokens = InlineArray<64, UInt64>(repeating: 0)
        var events = InlineArray<64, UInt32>(repeating: 0)
        var tokenSpan = tokens.mutableSpan
        var eventSpan = events.mutableSpan
        let count = unsafe tokenSpan.withUnsafeMutableBufferPointer { tokens in
            unsafe eventSpan.withUnsafeMutableBufferPointer { events in
                unsafe cw_epoll_wait(descriptor.rawValue, tokens.baseAddress, events.baseAddress, 64, milliseconds)
            }
        }
        for index in 0..<max(0, Int(count)) { body(tokens[index], Events(rawValue: events[index])) }
    }
}

/// A counter that wakes a thread which waits on an `EventQueue`, eventfd(2).
public final class WakeUp: Sendable {
    private let descriptor: FileDescriptor

    /// Makes one, close-on-exec.
    public init() throws(SystemCallError) {
        descriptor = FileDescriptor(owning: try checkWrapper("eventfd", "", cw_event_make()))
    }

    /// The descriptor's number, readable after `raise`. Do not close it.
    public var rawValue: CInt { descriptor.rawValue }

    /// Wakes whoever waits.
    public func raise() { _ = cw_event_raise(descriptor.rawValue) }

    /// Takes note of all that was raised.
    public func clear() { _ = cw_event_clear(descriptor.rawValue) }
}
