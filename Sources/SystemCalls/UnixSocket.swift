import CLinux
import Glibc

/// Stream sockets of the local machine, unix(7).
public enum UnixSocket {
    /// Connects to the socket at `path`, which has at most 107 bytes. Blocks the thread.
    ///
    /// - Parameter patience: seconds after which a read gives up with EAGAIN; 0 waits for ever.
    public static func connect(_ path: String, patience: Int = 0) throws(SystemCallError) -> FileDescriptor {
        let number = try check("socket") {
            Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        }
        let descriptor = FileDescriptor(owning: number)
        if patience > 0 {
            var limit = timeval(tv_sec: patience, tv_usec: 0)
            try check("setsockopt") {
                unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemCallError("connect", path, Errno(rawValue: ENAMETOOLONG))
        }
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
