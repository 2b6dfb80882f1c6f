import EngineClient
import SystemCalls

/// One kept connection to an engine, that waits for each reply whole before it asks again.
struct LoadConnection: ~Copyable {
    private let stream: SocketStream
    private let clock = ContinuousClock()

    /// Connects.
    init(socket: String) throws {
        stream = SocketStream(SharedFileDescriptor(try UnixSocket.connect(socket, patience: 10)))
    }

    /// Asks for the same until a time.
    ///
    /// - Returns: microseconds from each request to its whole reply.
    func get(_ path: String, until end: ContinuousClock.Instant) throws -> [Int] {
        let request = Array("GET \(path) HTTP/1.1\r\nHost: engine\r\n\r\n".utf8)
        var times: [Int] = []
        while clock.now < end { times.append(try exchange(request)) }
        return times
    }

    /// Posts JSON.
    ///
    /// - Returns: microseconds to the whole reply.
    func post(_ path: String, _ body: String) throws -> Int {
        try exchange(
            Array(
                ("POST \(path) HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8))
    }

    private func exchange(_ request: [UInt8]) throws -> Int {
        let begin = clock.now
        try stream.write(request)
        try readReply()
        return Int((clock.now - begin) / .microseconds(1))
    }

    private func line() throws -> String {
        guard let line = try stream.readLine() else { throw LoadFailure.broken("the engine closed the connection") }
        return line
    }

    /// Reads a reply of either framing, RFC 9112 section 6.
    private func readReply() throws {
        let status = try line()
        guard status.hasPrefix("HTTP/1.1 2") else { throw LoadFailure.broken("the reply is \(status)") }
        var length = 0
        var isChunked = false
        while true {
            let field = try line().lowercased()
            if field.isEmpty { break }
            if field.hasPrefix("content-length:") {
                length = Int(field.dropFirst("content-length:".count).filter { $0 != " " }) ?? 0
            }
            if field.hasPrefix("transfer-encoding:") { isChunked = field.contains("chunked") }
        }
        guard isChunked else { return try skip(length) }
        while true {
            guard let size = Int(try line(), radix: 16) else { throw LoadFailure.broken("a chunk has no size") }
            try skip(size)
            _ = try line()
            if size == 0 { return }
        }
    }

    private func skip(_ count: Int) throws {
        var left = count
        while left > 0 {
            let bytes = try stream.read(upTo: left)
            if bytes.isEmpty { throw LoadFailure.broken("the engine closed the connection") }
            left -= bytes.count
        }
    }
}
