import Glibc
public import SystemCalls

/// A connected stream socket with a read buffer in front of it. Every call blocks; one thread uses it at a time.
public final class SocketStream {
    /// The socket. Bytes may be waiting in the buffer even where poll(2) says that it is not readable.
    public let descriptor: SharedFileDescriptor
    private var buffer: [UInt8] = []
    private var position = 0

    /// Takes over a connected socket.
    public init(_ descriptor: SharedFileDescriptor) {
        self.descriptor = descriptor
    }

    /// Connects to a unix socket.
    public static func connect(to address: EngineAddress) throws(ClientError) -> SocketStream {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let path = Array(address.socketPath.utf8)
        let fits = unsafe withUnsafeMutableBytes(of: &name.sun_path) { target in
            guard path.count < target.count else { return false }
            unsafe target.copyBytes(from: path)
            return true
        }
        guard fits else {
            throw ClientError(.unreachable, "unix socket path \"\(address.socketPath)\" is too long")
        }
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw ClientError(.unreachable, "socket: \(Errno.current)") }
        let stream = SocketStream(SharedFileDescriptor(FileDescriptor(owning: number)))
        let result = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return stream }
        throw unreachable(address, Errno.current)
    }

    private static func unreachable(_ address: EngineAddress, _ errno: Errno) -> ClientError {
        if errno.rawValue == EACCES || errno == .notPermitted {
            return ClientError(
                .unreachable,
                "permission denied while trying to connect to the Docker daemon socket at \(address): "
                    + "run as root or join the socket's group")
        }
        return ClientError(
            .unreachable, "Cannot connect to the Docker daemon at \(address). Is causewayd running?")
    }

    /// From now on, so long a silence is an error (SO_RCVTIMEO).
    func setPatience(seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(
            descriptor.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Bytes that were read from the socket and not asked for yet.
    public var hasBuffered: Bool { position < buffer.count }

    /// Reads at least one byte and at most `limit`; an empty result is the end of the stream.
    public func read(upTo limit: Int = 65536) throws(ClientError) -> [UInt8] {
        if !hasBuffered, try !fill() { return [] }
        let count = min(limit, buffer.count - position)
        defer { position += count }
        return Array(buffer[position..<position + count])
    }

    /// Reads up to the next line feed, which is taken away with a carriage return before it. Nil at the end.
    public func readLine() throws(ClientError) -> String? {
        var line: [UInt8] = []
        while true {
            if !hasBuffered, try !fill() { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            let rest = buffer[position...]
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line += rest[..<end]
                position = end + 1
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return String(decoding: line, as: UTF8.self)
            }
            line += rest
            position = buffer.count
            if line.count > 1 << 20 { throw ClientError(.transport, "the daemon sent a header line of over 1 MiB") }
        }
    }

    /// Writes all of `bytes`. A peer that is gone is an error, never a signal.
    public func write(_ bytes: [UInt8]) throws(ClientError) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(
                    descriptor.rawValue, $0.baseAddress?.advanced(by: sent), $0.count - sent,
                    CInt(MSG_NOSIGNAL))
            }
            if count < 0 {
                if Errno.current == .interrupted { continue }
                throw ClientError(.transport, "error during connect: write: \(Errno.current)")
            }
            sent += count
        }
    }

    /// Tells the peer that no more bytes will come (shutdown SHUT_WR); reading goes on.
    public func finishWriting() {
        shutdown(descriptor.rawValue, CInt(SHUT_WR))
    }

    /// Reads once into the buffer, which is empty; false at the end of the stream.
    private func fill() throws(ClientError) -> Bool {
        do {
            buffer = try descriptor.withDescriptor { (socket) throws(SystemCallError) in try socket.read() }
        } catch {
            if error.errno.rawValue == ECONNRESET {
                buffer = []
            } else {
                throw ClientError(.transport, "error during connect: \(error)")
            }
        }
        position = 0
        return !buffer.isEmpty
    }
}
