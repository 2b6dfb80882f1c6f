public import EngineAPI
import EngineClient
import Glibc
import SystemCalls

/// Why a request has no reply.
public enum LoadFailure: Error, Hashable, CustomStringConvertible {
    /// None came within the deadline: somebody waits for somebody.
    case deadline(String)
    /// The connection broke.
    case broken(String)

    /// The words.
    public var description: String {
        switch self {
        case .deadline(let request): "\(request): no reply within the deadline"
        case .broken(let words): words
        }
    }
}

/// One kept connection to the engine, a request at a time, each with a deadline.
public final class LoadClient {
    /// A whole reply.
    public struct Reply: Sendable {
        /// HTTP's status code.
        public var status: Int
        /// The body, read to its end.
        public var body: [UInt8]

        /// The body as JSON; nil where it is none.
        public var json: JSONValue? { try? JSONValue(parsing: body) }
        /// The engine's words of a refusal.
        public var message: String { json?["message"]?.string ?? String(decoding: body, as: UTF8.self) }
    }

    private let address: EngineAddress
    private let deadline: Int
    private var stream: SocketStream?

    /// Connects with the first request.
    ///
    /// - Parameters:
    ///   - socket: path of the engine's socket.
    ///   - deadline: seconds that a reply may take.
    public init(socket: String, deadline: Int) {
        address = EngineAddress(socketPath: socket)
        self.deadline = deadline
    }

    /// Asks and reads the whole reply, whatever its status. After a failure the next request has a new connection.
    public func ask(_ method: String, _ path: String, _ body: String = "") throws(LoadFailure) -> Reply {
        let begin = ContinuousClock.now
        do {
            let stream = try connected()
            var head = "\(method) \(path) HTTP/1.1\r\nHost: engine\r\nContent-Length: \(body.utf8.count)\r\n"
            if !body.isEmpty { head += "Content-Type: application/json\r\n" }
            try stream.write(Array((head + "\r\n" + body).utf8))
            let response = try HTTPResponse(reading: stream, isHead: method == "HEAD")
            let reply = Reply(status: response.status, body: try response.readAll())
            if !response.allowsReuse { self.stream = nil }
            return reply
        } catch {
            stream = nil
            let isLate = ContinuousClock.now - begin >= .seconds(deadline)
            throw isLate ? .deadline("\(method) \(path)") : .broken("\(method) \(path): \(error)")
        }
    }

    /// Asks for what must succeed.
    @discardableResult
    public func succeed(_ method: String, _ path: String, _ body: String = "") throws(LoadFailure) -> Reply {
        let reply = try ask(method, path, body)
        if reply.status < 300 || reply.status == 304 { return reply }
        throw .broken("\(method) \(path): \(reply.status): \(reply.message)")
    }

    private func connected() throws -> SocketStream {
        if let stream { return stream }
        // A daemon with many clients lets some wait before it takes them.
        let made = SocketStream(SharedFileDescriptor(try UnixSocket.connect(address.socketPath, patience: 10)))
        var limit = timeval(tv_sec: deadline, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(made.descriptor.rawValue, SOL_SOCKET, option, &limit, size)
        }
        stream = made
        return made
    }
}
