import Dispatch
import Glibc
import Synchronization
import SystemCalls

/// A small HTTP server on a loopback address that does what a test tells it, misbehaviour included. One connection
/// carries one request.
final class ScriptedServer: Sendable {
    /// A request as it came.
    struct Request: Sendable {
        var method: String
        /// The path with its query.
        var target: String
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]
    }

    /// What to answer.
    struct Reply: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        /// Closes the connection after so many bytes of the body.
        var cutAfter: Int?
        /// Falls silent after so many bytes of the body, until the client goes.
        var stallAfter: Int?
        /// Says nothing at all, until the client goes.
        var isSilent = false

        static func json(_ text: String, status: Int = 200) -> Reply {
            Reply(status: status, headers: [("Content-Type", "application/json")], body: Array(text.utf8))
        }
    }

    let port: UInt16
    private let listener: CInt
    private let handler: @Sendable (Request) -> Reply
    private let seen = Mutex<[Request]>([])

    /// All requests so far.
    var requests: [Request] { seen.withLock { $0 } }

    /// The name of the registry: `127.0.0.1:PORT`.
    var host: String { "127.0.0.1:\(port)" }

    init(_ handler: @escaping @Sendable (Request) -> Reply) throws {
        self.handler = handler
        listener = try check("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        try check("bind") {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listener, $0, length) }
            }
        }
        try check("listen") { listen(listener, 64) }
        try check("getsockname") {
            unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(listener, $0, &length)
                }
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        DispatchQueue(label: "scripted.accept").async { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                let handle = SharedFileDescriptor(FileDescriptor(owning: connection))
                DispatchQueue(label: "scripted.serve").async { [weak self] in
                    self?.serve(handle.rawValue); _ = handle
                }
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ connection: CInt) {
        guard let request = Self.read(connection) else { return }
        seen.withLock { $0.append(request) }
        let reply = handler(request)
        if reply.isSilent { return Self.waitForEnd(connection) }
        var head = "HTTP/1.1 \(reply.status) Scripted\r\nConnection: close\r\n"
        if !reply.headers.contains(where: { $0.0 == "Content-Length" }) {
            head += "Content-Length: \(reply.body.count)\r\n"
        }
        for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
        let limit = reply.cutAfter ?? reply.stallAfter ?? reply.body.count
        let body = request.method == "HEAD" ? [] : Array(reply.body.prefix(limit))
        guard Self.write(Array((head + "\r\n").utf8) + body, connection) else { return }
        if reply.stallAfter != nil { Self.waitForEnd(connection) }
    }

    private static func read(_ connection: CInt) -> Request? {
        var bytes: [UInt8] = []
        let blank = Array("\r\n\r\n".utf8)
        while bytes.firstRange(of: blank) == nil {
            guard let more = receive(connection) else { return nil }
            bytes += more
            // A TLS hello is not for us.
            if bytes.first == 0x16 { return nil }
        }
        guard let end = bytes.firstRange(of: blank) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " }) }
        }
        var body = Array(bytes[end.upperBound...])
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while body.count < length {
            guard let more = receive(connection) else { return nil }
            body += more
        }
        return Request(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }

    private static func receive(_ connection: CInt) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(connection, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private static func write(_ bytes: [UInt8], _ connection: CInt) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(connection, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    private static func waitForEnd(_ connection: CInt) {
        while receive(connection) != nil {}
    }
}
