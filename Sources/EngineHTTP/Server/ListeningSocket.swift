import Glibc
import SystemCalls

/// Listening Unix sockets with the ownership that Docker gives them.
enum ListeningSocket {
    /// The longest path of a socket, from `struct sockaddr_un`.
    static let longestPath = 107

    /// Makes the socket and listens. Nobody can connect before its owner and mode are right. A file that an earlier
    /// daemon left behind is replaced; one that somebody listens on is not.
    static func listen(
        path: String, group: String?, mode: UInt32, warn: (String) -> Void
    ) throws(ListenError) -> CInt {
        guard !path.isEmpty, path.utf8.count <= longestPath else {
            throw ListenError(
                message: "cannot listen on \(path): a socket's path has 1 to \(longestPath) bytes; choose a shorter one"
            )
        }
        if let status = FileSystem.status(path, followLinks: false) { try clear(path, status) }
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        if !directory.isEmpty, !FileSystem.exists(directory) {
            do { try FileSystem.makeDirectory(directory) } catch { throw failed(path, error) }
        }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failed(path, Errno.current) }
        do throws(ListenError) {
            guard unsafe withAddress(path, { address, length in unsafe bind(descriptor, address, length) }) == 0 else {
                throw failed(path, Errno.current)
            }
            try own(path, group: group, mode: mode, warn: warn)
            guard Glibc.listen(descriptor, 1024) == 0 else { throw failed(path, Errno.current) }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Whether it is a Unix socket.
    static func isLocal(_ descriptor: CInt) -> Bool {
        var family: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &length) == 0 && family == AF_UNIX
    }

    /// Removes the file of a daemon that is gone.
    private static func clear(_ path: String, _ status: stat) throws(ListenError) {
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenError(message: "cannot listen on \(path): something that is no socket is there; remove it")
        }
        let probe = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw failed(path, Errno.current) }
        defer { Glibc.close(probe) }
        if unsafe withAddress(path, { address, length in unsafe connect(probe, address, length) }) == 0 {
            throw ListenError(
                message: "\(path) is in use by another daemon; stop that one, or choose another socket with --host")
        }
        do { try FileSystem.removeFile(path) } catch { throw failed(path, error) }
    }

    private static func own(
        _ path: String, group: String?, mode: UInt32, warn: (String) -> Void
    ) throws(ListenError) {
        if let group {
            if let number = groupNumber(group) {
                guard unsafe chown(path, uid_t.max, number) == 0 else { throw failed(path, Errno.current) }
            } else {
                warn("no group \(group) on this machine: only root can use \(path)")
            }
        }
        guard unsafe chmod(path, mode_t(mode)) == 0 else { throw failed(path, Errno.current) }
    }

    private static func groupNumber(_ name: String) -> gid_t? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 16) { buffer in
            var entry = unsafe Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            let status = unsafe getgrnam_r(name, &entry, buffer.baseAddress, buffer.count, &found)
            return unsafe status == 0 && found != nil ? entry.gr_gid : nil
        }
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            for (position, byte) in path.utf8.prefix(longestPath).enumerated() { unsafe bytes[position] = byte }
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe body(address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failed(_ path: String, _ reason: some Error) -> ListenError {
        ListenError(message: "cannot listen on \(path): \(reason)")
    }
}
