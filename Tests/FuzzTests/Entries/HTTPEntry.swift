import Glibc
import Logging
import Synchronization
import SystemCalls

@testable import EngineHTTP

extension FuzzEntry {
    /// A connection's bytes, for the whole server: parser, limits, routes, bodies, hijacked streams.
    static let http = FuzzEntry(name: "http", mutations: 250) { bytes in
        try FuzzServer.shared.exchange(bytes)
    }
}

/// A server on a socket of its own, started when it is first needed.
private final class FuzzServer: Sendable {
    static let shared = FuzzServer()

    private static let path = "/tmp/causeway-fuzz-\(getpid()).sock"
    private var path: String { Self.path }
    private let server: APIServer
    private let count = Mutex(0)

    private init() {
        // The server runs as long as the process.
        atexit { try? FileSystem.removeFile(FuzzServer.path) }
        var logger = Logger(label: "fuzz")
        logger.logLevel = .critical
        var limits = ConnectionLimits()
        limits.wholeBody = 1 << 20
        server = APIServer(service: FakeEngine(), logger: logger, version: "0.1.0", limits: limits)
        let (server, path) = (server, path)
        let done = Mutex(false)
        Task.detached {
            do { try await server.listen(on: [.unix(path: path, group: nil, mode: 0o600)]) } catch {
                fatalError("\(error)")
            }
            done.withLock { $0 = true }
        }
        while !done.withLock({ $0 }) { usleep(1000) }
    }

    /// Sends the bytes and the end, reads a moment, hangs up; now and then looks whether the server still answers.
    func exchange(_ bytes: [UInt8]) throws {
        do {
            let client = try UnixSocket.connect(path)
            do { try client.writeAll(bytes) } catch {}
            _ = shutdown(client.rawValue, Int32(SHUT_WR))
            // Routes that wait for events keep silent: they are hung up on, which is a case, too.
            while Self.isReadable(client, within: 30) {
                if try client.read(upTo: 1 << 16).isEmpty { break }
            }
        } catch {
            // A server that hangs up early is in its right.
        }
        let number = count.withLock { count in
            count += 1
            return count
        }
        if number % 32 == 0 { try ping() }
    }

    private func ping() throws {
        let client = try UnixSocket.connect(path)
        try client.writeAll(Array("GET /_ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
        guard Self.isReadable(client, within: 10_000) else { throw Finding("the server answers no more") }
        let reply = String(decoding: try client.read(upTo: 4096), as: UTF8.self)
        guard reply.hasPrefix("HTTP/1.1 200") else { throw Finding("the server answers a ping with \(reply)") }
    }

    private typealias Finding = FuzzEntry.Finding

    private static func isReadable(_ client: borrowing FileDescriptor, within milliseconds: CInt) -> Bool {
        var wanted = pollfd(fd: client.rawValue, events: Int16(POLLIN), revents: 0)
        while true {
            let count = unsafe poll(&wanted, 1, milliseconds)
            // libFuzzer's alarm is no answer.
            if count >= 0 || Errno.current != .interrupted { return count == 1 }
        }
    }
}
