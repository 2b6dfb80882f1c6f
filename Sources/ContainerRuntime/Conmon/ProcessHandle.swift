import CLinux
import Glibc
import SystemCalls

/// A process that cannot be mistaken for a later one with the same id.
struct ProcessIdentity: Hashable, Sendable {
    /// Its id.
    var pid: Int32
    /// Clock ticks from the machine's start to the process' own: field 22 of `/proc/PID/stat`, proc(5).
    var startTime: UInt64

    /// The process that has this id now, or nil where there is none. A zombie counts.
    static func current(_ pid: Int32) -> ProcessIdentity? {
        guard pid > 0, let text = try? FileSystem.readText("/proc/\(pid)/stat") else { return nil }
        return startTime(inStat: text).map { ProcessIdentity(pid: pid, startTime: $0) }
    }

    /// Reads field 22. The command's name, field 2, may hold spaces and brackets: counted from its last bracket.
    static func startTime(inStat text: String) -> UInt64? {
        guard let bracket = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }
}

/// A hold on a process by pidfd_open(2): signals reach this process or none, and its end can be awaited without a
/// thread, whether or not it is a child.
final class ProcessHandle: Sendable {
    private let pid: Int32
    private let descriptor: SharedFileDescriptor

    /// Opens a process, or returns nil where it is gone. One that has ended but is not reaped can be opened.
    init?(_ identity: ProcessIdentity) {
        let number = cw_pidfd_open(identity.pid)
        guard number >= 0 else { return nil }
        pid = identity.pid
        descriptor = SharedFileDescriptor(FileDescriptor(owning: number))
        // Checked after opening: a process that took the id over in between differs here.
        guard ProcessIdentity.current(identity.pid) == identity else { return nil }
    }

    /// pidfd_send_signal(2); false where the process has ended.
    func signal(_ number: Int32) throws(SystemCallError) -> Bool {
        let result = cw_pidfd_send_signal(descriptor.rawValue, number)
        if result >= 0 { return true }
        let error = Errno(rawValue: result)
        if error == .noProcess { return false }
        throw SystemCallError("pidfd_send_signal", "\(pid)", error)
    }

    /// Whether it has ended.
    var hasEnded: Bool {
        var poller = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&poller, 1, 0) > 0
    }

    /// Suspends until it ends, however the task fares.
    func waitForEnd() async {
        // A task of its own is not cancelled with the caller's.
        await Task { [self] in
            while !hasEnded { await Reactor.shared.waitReadable(descriptor.rawValue) }
        }.value
    }

    /// Takes the zombie away where the process was a child of ours; nothing happens where it was not.
    func reap() {
        var status: CInt = 0
        _ = unsafe waitpid(pid, &status, WNOHANG)
    }
}
