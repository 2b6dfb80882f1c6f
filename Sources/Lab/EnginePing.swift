import CLinux
import Glibc
import SystemCalls

/// Asks an engine whether it is there: `GET /_ping` of the Docker Engine API.
enum EnginePing {
    /// Whether the engine behind the socket answers 200 within two seconds.
    static func answers(_ socketPath: String) -> Bool {
        reply(socketPath, "GET /_ping HTTP/1.0\r\nHost: lab\r\n\r\n")?.hasPrefix("HTTP/1.") == true
    }

    private static func reply(_ path: String, _ request: String) -> String? {
        guard let descriptor = try? connect(path), (try? descriptor.writeAll(Array(request.utf8))) != nil,
            let bytes = try? descriptor.read()
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func connect(_ path: String) throws(SystemCallError) -> FileDescriptor {
        let number = try check("socket") { Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0) }
        let descriptor = FileDescriptor(owning: number)
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        try check("setsockopt") {
            unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = unsafe sockaddr_un()
        unsafe address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = unsafe MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { throw SystemCallError("connect", path, .invalid) }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        try check("connect", path) {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        return descriptor
    }
}
