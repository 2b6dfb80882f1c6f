import Glibc
import SystemCalls

/// Many connections that GET the same, one request at a time on each. One thread for all of them: what the load costs
/// is taken from the engine's processors as well.
struct APILoad {
    /// The engine's unix socket.
    var socket: String
    /// What to ask for.
    var path: String
    var connections: Int
    var seconds: Int

    /// A connection that waits for its reply.
    private final class Waiting {
        let socket: FileDescriptor
        /// By `LoadClock`.
        var begin: UInt64 = 0
        var reply = HTTPReply()

        init(_ socket: consuming FileDescriptor) { self.socket = socket }
    }

    /// Prints replies a second, the median and the 99th percentile of the time to a whole one.
    func run() throws {
        let request = Array("GET \(path) HTTP/1.1\r\nHost: engine\r\n\r\n".utf8)
        let events = try EventQueue()
        var waiting: [Waiting] = []
        for number in 0..<connections {
            let connection = Waiting(try UnixSocket.connect(socket, patience: 10))
            try events.watch(connection.socket.rawValue, for: .readable, token: UInt64(number))
            waiting.append(connection)
        }
        let begin = LoadClock.now
        let end = begin + UInt64(seconds) * 1_000_000_000
        for connection in waiting { try ask(request, connection, LoadClock.now) }
        // Microseconds.
        var times: [UInt32] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var failure: (any Error)?
        while LoadClock.now < end, failure == nil {
            events.wait(milliseconds: 1000) { token, _ in
                let connection = waiting[Int(token)]
                do {
                    let count = try receive(connection.socket.rawValue, &buffer)
                    guard try connection.reply.take(buffer.span.extracting(0..<count)) else { return }
                    let now = LoadClock.now
                    times.append(UInt32(clamping: (now - connection.begin) / 1000))
                    try ask(request, connection, now)
                } catch { failure = error }
            }
        }
        if let failure { throw failure }
        let elapsed = Double(LoadClock.now - begin) / 1e9
        times.sort()
        guard !times.isEmpty else { throw LoadFailure.broken("no reply came within \(seconds) seconds") }
        print(Int(Double(times.count) / elapsed), times[times.count / 2], times[times.count * 99 / 100])
    }

    private func ask(_ request: [UInt8], _ connection: Waiting, _ now: UInt64) throws {
        connection.begin = now
        connection.reply.restart()
        // It is far smaller than the socket's buffer, which is empty.
        let sent = unsafe send(connection.socket.rawValue, request, request.count, CInt(MSG_NOSIGNAL))
        guard sent == request.count else { throw LoadFailure.broken("the engine closed the connection") }
    }

    private func receive(_ number: CInt, _ buffer: inout [UInt8]) throws -> Int {
        let count = unsafe recv(number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        if count > 0 { return count }
        if count < 0, [EAGAIN, EINTR].contains(errno) { return 0 }
        throw LoadFailure.broken("the engine closed the connection")
    }
}

/// A reply as it comes in, RFC 9112 section 6: finds its end and looks at nothing else.
struct HTTPReply {
    /// The head, as far as it has come.
    private var head: [UInt8] = []
    /// Bytes of the body or of the chunk that are to come.
    private var left = 0
    private var state = State.head

    /// The last head, and what it said: most are like the one before.
    private var known: (head: [UInt8], isChunked: Bool, length: Int) = ([], false, 0)

    private enum State {
        case head, body, size, chunk
    }

    /// Waits for the next reply.
    mutating func restart() {
        head.removeAll(keepingCapacity: true)
        left = 0
        state = .head
    }

    /// Takes bytes.
    ///
    /// - Returns: whether the reply is whole now.
    mutating func take(_ bytes: Span<UInt8>) throws -> Bool {
        var index = 0
        while index < bytes.count {
            switch state {
            case .head where head.isEmpty && isKnown(bytes, from: index):
                index += known.head.count
                if endsKnownHead() { return true }
            case .head, .size:
                head.append(bytes[index])
                index += 1
                guard head.last == 10 else { continue }
                if state == .head ? try endsHead() : try endsSize() { return true }
            case .body, .chunk:
                let count = min(left, bytes.count - index)
                left -= count
                index += count
                guard left == 0 else { continue }
                if state == .body { return true }
                state = .size
            }
        }
        return false
    }

    /// After a line's end of the head.
    private mutating func endsHead() throws -> Bool {
        guard head.suffix(4) == [13, 10, 13, 10] else { return false }
        guard head.starts(with: Array("HTTP/1.1 200 ".utf8)) else {
            throw LoadFailure.broken("the reply is \(String(decoding: head, as: UTF8.self))")
        }
        if head != known.head {
            let fields = String(decoding: head, as: UTF8.self).lowercased().split(separator: "\r\n")
            func value(_ name: String) -> Substring? {
                fields.first { $0.hasPrefix(name + ":") }?.dropFirst(name.count + 1)
            }
            known.head = head
            known.isChunked = value("transfer-encoding")?.contains("chunked") == true
            known.length = value("content-length").flatMap { Int($0.filter { $0 != " " }) } ?? 0
        }
        head.removeAll(keepingCapacity: true)
        return endsKnownHead()
    }

    /// Whether the last head comes once more, and whole.
    private func isKnown(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        let head = known.head
        if head.isEmpty || bytes.count - start < head.count { return false }
        for index in head.indices where bytes[start + index] != head[index] { return false }
        return true
    }

    /// Goes on as the last head said.
    private mutating func endsKnownHead() -> Bool {
        state = known.isChunked ? .size : .body
        left = known.isChunked ? 0 : known.length
        return !known.isChunked && left == 0
    }

    /// After a line's end where a chunk's size is to be.
    private mutating func endsSize() throws -> Bool {
        let line = String(decoding: head, as: UTF8.self).filter { !$0.isNewline }
        head.removeAll(keepingCapacity: true)
        guard let size = Int(line.prefix { $0 != ";" }, radix: 16) else {
            throw LoadFailure.broken("a chunk has no size: \(line)")
        }
        // The chunk and the line's end behind it; after the last, that end alone.
        left = size + 2
        state = size == 0 ? .body : .chunk
        return false
    }
}
