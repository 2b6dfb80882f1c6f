import Dispatch
import Glibc
import Testing

@testable import EngineHTTP

/// A client without manners: sends and reads bytes. Its blocking calls run on threads of their own, since the server
/// under test shares the cooperative pool.
final class RawClient: Sendable {
    private let descriptor: CInt
    private let queue = DispatchQueue(label: "test.client")

    init(_ path: String) throws {
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            for (position, byte) in path.utf8.enumerated() { unsafe bytes[position] = byte }
        }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(descriptor) }

    private func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in self.queue.async { continuation.resume(returning: body()) } }
    }

    func send(_ text: String) async { await send(Array(text.utf8)) }

    /// Sends all, or as much as the peer takes before it closes.
    @discardableResult
    func send(_ bytes: [UInt8]) async -> Int {
        await blocking { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let count = unsafe bytes[sent...].withUnsafeBytes {
                    unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                sent += count
            }
            return sent
        }
    }

    /// The next bytes; empty at the end or after ten seconds.
    func read() async -> [UInt8] {
        await blocking { [descriptor] in
            unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                count = unsafe max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
            }
        }
    }

    /// Everything until the server closes.
    func readToEnd() async -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let more = await read()
            if more.isEmpty { return all }
            all += more
        }
    }

    /// Everything up to and including `text`.
    func read(until text: String) async -> String {
        var all = ""
        while !all.contains(text) {
            let more = await read()
            if more.isEmpty { return all }
            all += String(decoding: more, as: UTF8.self)
        }
        return all
    }

    func endInput() { _ = Glibc.shutdown(descriptor, Int32(SHUT_WR)) }
    func hangUp() { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }
}
