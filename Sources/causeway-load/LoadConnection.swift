import EngineClient
import SystemCalls

/// One connection that asks for the same thing again and again.
struct LoadConnection: ~Copyable {
    /// Why a measurement cannot go on.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let stream: SocketStream
    private let request: [UInt8]
    private let clock = ContinuousClock()

    /// Connects.
    init(socket: String, path: String) throws {
        stream = SocketStream(SharedFileDescriptor(try UnixSocket.connect(socket, patience: 10)))
        request = Array("GET \(path) HTTP/1.1\r\nHost: engine\r\n\r\n".utf8)
    }

    /// Asks until a time.
    ///
    /// - Returns: microseconds from each request to its whole reply.
    func run(until end: ContinuousClock.Instant) throws -> [Int] {
        var times: [Int] = []
        while clock.now < end {
            let begin = clock.now
            try stream.write(request)
            try readReply()
            times.append(Int((clock.now - begin) / .microseconds(1)))
        }
        return times
    }

    private func line() throws -> String {
        guard let line = try stream.readLine() else { throw Failure(description: "the engine closed the connection") }
        return line
    }

    /// Reads a reply of either framing, RFC 9112 section 6.
    private func readReply() throws {
        let status = try line()
        guard status.hasPrefix("HTTP/1.1 200 ") else { throw Failure(description: "the reply is \(status)") }
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
            guard let size = Int(try line(), radix: 16) else { throw Failure(description: "a chunk has no size") }
            try skip(size)
            _ = try line()
            if size == 0 { return }
        }
    }

    private func skip(_ count: Int) throws {
        var left = count
        while left > 0 {
            let bytes = try stream.read(upTo: left)
            if bytes.isEmpty { throw Failure(description: "the engine closed the connection") }
            left -= bytes.count
        }
    }
}
