import CLinux
import Glibc

/// An open file descriptor with exactly one owner: it is closed when the owner lets go of it.
public struct FileDescriptor: ~Copyable, Sendable {
    /// The descriptor's number. Valid only while this value lives; do not close it.
    public let rawValue: CInt

    /// Takes over an open descriptor.
    public init(owning rawValue: CInt) {
        self.rawValue = rawValue
    }

    deinit {
        close(rawValue)
    }

    /// Gives the descriptor away: whoever gets the number must close it.
    public consuming func release() -> CInt {
        let number = rawValue
        discard self
        return number
    }

    /// open(2) with O_CLOEXEC.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - flags: `O_RDONLY`, `O_CREAT` and so on.
    ///   - mode: permissions of a file that is made, before the umask.
    public static func open(
        _ path: String, _ flags: CInt, mode: UInt32 = 0o644
    ) throws(SystemCallError) -> FileDescriptor {
        FileDescriptor(owning: try check("open", path) { unsafe Glibc.open(path, flags | O_CLOEXEC, mode) })
    }

    /// pipe2(2) with O_CLOEXEC.
    public static func pipe() throws(SystemCallError) -> Pipe {
        var reading: CInt = -1
        var writing: CInt = -1
        try checkWrapper("pipe", "", unsafe cw_pipe(&reading, &writing))
        return Pipe(reading: FileDescriptor(owning: reading), writing: FileDescriptor(owning: writing))
    }

    /// Reads once, at most `limit` bytes. An empty result is the end of the file.
    public func read(upTo limit: Int = 65536) throws(SystemCallError) -> [UInt8] {
        let outcome = unsafe withUnsafeTemporaryAllocation(byteCount: limit, alignment: 16) {
            buffer -> Result<[UInt8], SystemCallError> in
            do throws(SystemCallError) {
                let count = try check("read") { unsafe Glibc.read(rawValue, buffer.baseAddress, limit) }
                return unsafe .success(Array(buffer[..<count]))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Reads until the end of the file.
    public func readToEnd() throws(SystemCallError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let part = try read()
            if part.isEmpty { return all }
            all += part
        }
    }

    /// Writes all of `bytes`.
    public func writeAll(_ bytes: [UInt8]) throws(SystemCallError) {
        var sent = 0
        while sent < bytes.count {
            sent += try check("write") {
                unsafe bytes.withUnsafeBytes {
                    unsafe Glibc.write(rawValue, $0.baseAddress?.advanced(by: sent), $0.count - sent)
                }
            }
        }
    }

    /// A second descriptor for the same open file (fcntl F_DUPFD_CLOEXEC).
    public func duplicate() throws(SystemCallError) -> FileDescriptor {
        FileDescriptor(owning: try check("fcntl") { fcntl(rawValue, F_DUPFD_CLOEXEC, 3) })
    }

    /// Switches O_NONBLOCK.
    public func setNonBlocking(_ on: Bool) throws(SystemCallError) {
        let flags = try check("fcntl") { fcntl(rawValue, F_GETFL) }
        try check("fcntl") { fcntl(rawValue, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) }
    }
}

/// Both ends of a pipe(2).
public struct Pipe: ~Copyable {
    /// The end that data comes out of.
    public let reading: FileDescriptor
    /// The end that data goes into.
    public let writing: FileDescriptor

    /// Joins two ends.
    public init(reading: consuming FileDescriptor, writing: consuming FileDescriptor) {
        self.reading = reading
        self.writing = writing
    }

    /// Hands out both ends, each to an owner of its own.
    public consuming func split<Value: ~Copyable, Failure: Error>(
        _ body: (consuming FileDescriptor, consuming FileDescriptor) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(reading, writing)
    }
}

/// A descriptor with several owners, for places that cannot hold a noncopyable value (actors' dictionaries, tasks).
/// It is closed when the last owner lets go.
public final class SharedFileDescriptor: Sendable {
    private let descriptor: FileDescriptor

    /// Takes over a descriptor.
    public init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    /// The descriptor's number. Valid only while this object lives; do not close it.
    public var rawValue: CInt { descriptor.rawValue }

    /// Lends the descriptor.
    public func withDescriptor<Value: ~Copyable, Failure: Error>(
        _ body: (borrowing FileDescriptor) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(descriptor)
    }
}
