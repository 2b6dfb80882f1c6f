import CLinux
import Glibc

/// A process of this machine, child or not, held by a pidfd: a number that was given to another process since then
/// is never meant by it.
public struct ProcessHandle: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// pidfd_open(2): fails with ESRCH where there is no such process.
    public init(pid: Int32) throws(SystemCallError) {
        descriptor = FileDescriptor(owning: try checkWrapper("pidfd_open", "\(pid)", cw_pidfd_open(pid)))
    }

    /// pidfd_send_signal(2). A process that has ended already is fine.
    public func send(_ signal: CInt) throws(SystemCallError) {
        let status = cw_pidfd_send_signal(descriptor.rawValue, signal)
        if status < 0, status != -ESRCH { try checkWrapper("pidfd_send_signal", "", status) }
    }

    /// Waits until the process has ended, blocking the thread.
    ///
    /// - Parameter milliseconds: how long at most.
    /// - Returns: whether it has ended.
    public func waitForEnd(milliseconds: Int) throws(SystemCallError) -> Bool {
        var wanted = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        return try check("poll") { unsafe poll(&wanted, 1, CInt(milliseconds)) } > 0
    }
}
