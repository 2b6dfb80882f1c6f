/// The daemon's reply: its head is read, its body comes when asked for (RFC 9112).
public final class HTTPResponse {
    /// The status code.
    public let status: Int
    /// The header lines in order, names in lower case.
    public let headers: [(name: String, value: String)]
    /// Where the body comes from; after `101` the raw connection.
    public let stream: SocketStream
    private var framing: Framing

    private enum Framing {
        /// This many bytes are left.
        case fixed(Int)
        /// This many bytes of the current chunk are left; nil before the next size line.
        case chunked(Int?)
        /// The body ends with the connection.
        case untilClose
        /// All is read.
        case finished
    }

    /// Reads the head of a reply.
    /// - Parameter isHead: whether the request was HEAD, so that no body follows whatever the headers say.
    public init(reading stream: SocketStream, isHead: Bool = false) throws(ClientError) {
        guard let line = try stream.readLine() else { throw HTTPResponse.closed }
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
            throw ClientError(.transport, "the daemon's reply is no HTTP: \"\(line.prefix(80))\"")
        }
        var headers: [(name: String, value: String)] = []
        while true {
            guard let line = try stream.readLine() else { throw HTTPResponse.closed }
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers.append((line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingSpaces))
        }
        self.status = status
        self.headers = headers
        self.stream = stream
        framing = .finished
        if isHead || status == 204 || status == 304 || (100..<200).contains(status) { return }
        if self["transfer-encoding"]?.lowercased().hasSuffix("chunked") == true {
            framing = .chunked(nil)
        } else if let length = self["content-length"].flatMap(Int.init), length >= 0 {
            framing = length == 0 ? .finished : .fixed(length)
        } else {
            framing = .untilClose
        }
    }

    static let closed = ClientError(.transport, "error during connect: the daemon closed the connection: EOF")

    /// A header's value; `name` in lower case.
    public subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Whether the body has been read to its end.
    public var isFinished: Bool {
        if case .finished = framing { true } else { false }
    }

    /// Whether another request may follow on the same connection.
    public var allowsReuse: Bool { isFinished && self["connection"]?.lowercased() != "close" && status != 101 }

    /// The next piece of the body, as it arrives; nil at its end.
    public func read(upTo limit: Int = 65536) throws(ClientError) -> [UInt8]? {
        switch framing {
        case .finished:
            return nil
        case .untilClose:
            let bytes = try stream.read(upTo: limit)
            if bytes.isEmpty { framing = .finished }
            return bytes.isEmpty ? nil : bytes
        case .fixed(let left):
            let bytes = try readSome(min(left, limit))
            framing = bytes.count == left ? .finished : .fixed(left - bytes.count)
            return bytes
        case .chunked(nil):
            guard let line = try stream.readLine() else { throw HTTPResponse.closed }
            let digits = line.prefix { $0 != ";" }.trimmingSpaces
            guard let size = Int(digits, radix: 16), size >= 0 else {
                throw ClientError(.transport, "the daemon sent a chunk of size \"\(digits)\"")
            }
            if size > 0 {
                framing = .chunked(size)
                return try read(upTo: limit)
            }
            while let trailer = try stream.readLine(), !trailer.isEmpty {}
            framing = .finished
            return nil
        case .chunked(let left?):
            let bytes = try readSome(min(left, limit))
            if bytes.count == left {
                guard try stream.readLine() != nil else { throw HTTPResponse.closed }
                framing = .chunked(nil)
            } else {
                framing = .chunked(left - bytes.count)
            }
            return bytes
        }
    }

    private func readSome(_ limit: Int) throws(ClientError) -> [UInt8] {
        let bytes = try stream.read(upTo: limit)
        if bytes.isEmpty { throw ClientError(.transport, "error during connect: unexpected EOF") }
        return bytes
    }

    /// The whole rest of the body.
    public func readAll() throws(ClientError) -> [UInt8] {
        var all: [UInt8] = []
        while let part = try read() { all += part }
        return all
    }

    /// Hands out the body line by line as it arrives, without the line ends; empty lines are left out.
    public func forEachLine(_ body: ([UInt8]) throws(ClientError) -> Void) throws(ClientError) {
        var line: [UInt8] = []
        while let part = try read() {
            for byte in part {
                if byte != UInt8(ascii: "\n") {
                    line.append(byte)
                    continue
                }
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                if !line.isEmpty { try body(line) }
                line.removeAll(keepingCapacity: true)
            }
        }
        if !line.isEmpty { try body(line) }
    }
}
