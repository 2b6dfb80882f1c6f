import EngineClient
import Glibc
import Synchronization
import SystemCalls

/// Work on a thread beside the command's own: one of the two makes bytes and the other uses them up, with a pipe
/// between.
final class BackgroundTask: Sendable {
    private let failure = Mutex<String?>(nil)
    private let finished: SharedFileDescriptor

    /// Starts it; what `body` throws is kept for `finish`.
    init(_ body: @escaping @Sendable () throws -> Void) throws(ClientError) {
        // A writer whose reader has failed is to get an error, not a signal.
        _ = signal(SIGPIPE, SIG_IGN)
        do throws(SystemCallError) {
            let ends = try FileDescriptor.pipe().split { reading, writing in
                (SharedFileDescriptor(reading), SharedFileDescriptor(writing))
            }
            finished = ends.0
            let writing = ends.1
            try DedicatedThread.start("copy") { [self] in
                do { try body() } catch { failure.withLock { $0 = "\(error)" } }
                try? writing.withDescriptor { (end) throws(SystemCallError) in try end.writeAll([1]) }
            }
        } catch {
            throw .local("\(error)")
        }
    }

    /// Waits for the end.
    ///
    /// - Returns: what went wrong, if anything did.
    func finish() -> String? {
        _ = try? finished.withDescriptor { (end) throws(SystemCallError) in try end.read(upTo: 1) }
        return failure.withLock { $0 }
    }
}

/// One end of a pipe that is closed when its user is done, whoever else still holds it.
final class OneWayEnd: Sendable {
    private let end: Mutex<SharedFileDescriptor?>

    private init(_ end: SharedFileDescriptor) {
        self.end = Mutex(end)
    }

    /// Both ends of a new pipe.
    static func pipe() throws(ClientError) -> (reading: OneWayEnd, writing: OneWayEnd) {
        do throws(SystemCallError) {
            return try FileDescriptor.pipe().split { reading, writing in
                (OneWayEnd(SharedFileDescriptor(reading)), OneWayEnd(SharedFileDescriptor(writing)))
            }
        } catch {
            throw .local("\(error)")
        }
    }

    /// Lends the descriptor, unless it is closed.
    func use<Failure: Error>(_ body: (SharedFileDescriptor) throws(Failure) -> Void) throws(Failure) {
        guard let end = end.withLock({ $0 }) else { return }
        try body(end)
    }

    /// Writes all bytes.
    func write(_ bytes: [UInt8]) throws(SystemCallError) {
        guard let end = end.withLock({ $0 }) else { throw SystemCallError("write", "pipe", Errno(rawValue: EPIPE)) }
        try end.withDescriptor { (end) throws(SystemCallError) in try end.writeAll(bytes) }
    }

    /// Closes it, once it is not in use.
    func close() { end.withLock { $0 = nil } }
}
