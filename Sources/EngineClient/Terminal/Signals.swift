import Glibc
import SystemCalls

/// Signals as bytes that poll(2) can wait for. One user a process: commands that hold a connection.
///
/// The handler writes the signal's number into a pipe; the command reads it between two other events and does there
/// whatever it likes.
final class Signals {
    /// Readable when a signal has come.
    let descriptor: SharedFileDescriptor

    /// The pipe's writing end, for the handler; -1 while nobody listens.
    nonisolated(unsafe) private static var target: CInt = -1
    private let writing: SharedFileDescriptor
    private var watched: [CInt] = []

    /// Listens for nothing yet.
    init() throws(ClientError) {
        do {
            let ends = try FileDescriptor.pipe().split { reading, writing in
                (SharedFileDescriptor(reading), SharedFileDescriptor(writing))
            }
            descriptor = ends.0
            writing = ends.1
            try writing.withDescriptor { (end) throws(SystemCallError) in try end.setNonBlocking(true) }
            try descriptor.withDescriptor { (end) throws(SystemCallError) in try end.setNonBlocking(true) }
        } catch {
            throw .local("cannot listen for signals: \(error)")
        }
        unsafe Signals.target = writing.rawValue
    }

    deinit {
        for number in watched { signal(number, SIG_DFL) }
        unsafe Signals.target = -1
    }

    /// From now on these signals arrive through the descriptor.
    func watch(_ numbers: [CInt]) {
        for number in numbers {
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = unsafe write(Signals.target, &byte, 1)
                errno = saved
            }
            action.sa_flags = SA_RESTART
            unsafe sigaction(number, &action, nil)
        }
        watched += numbers
    }

    /// The signals that have come since the last call.
    func received() -> [CInt] {
        let bytes = try? descriptor.withDescriptor { (end) throws(SystemCallError) in try end.read(upTo: 256) }
        return (bytes ?? []).map { CInt($0) }
    }

    /// The signals that Docker's clients pass on to the container, with the names that the API takes.
    static let forwarded: [(number: CInt, name: String)] = [
        (SIGHUP, "HUP"), (SIGINT, "INT"), (SIGQUIT, "QUIT"), (SIGUSR1, "USR1"), (SIGUSR2, "USR2"), (SIGALRM, "ALRM"),
        (SIGTERM, "TERM"), (SIGCONT, "CONT"), (SIGTSTP, "TSTP"),
    ]
}
