import CLinux
public import EngineAPI
import Glibc
import SystemCalls

/// A connection to conmon's attach socket: the process' output as packets, its input as bytes.
///
/// The socket is SOCK_SEQPACKET. A packet from conmon begins with one byte, 2 for standard output and 3 for standard
/// error (`stdpipe_t` in conmon's `utils.h`), and carries at most 8192 bytes of output. Packets to conmon are
/// input and nothing else, at most 32 KiB. Half-closing is the end of the input.
public final class ConmonSession: AttachSession {
    /// Whether the process has a terminal.
    public let tty: Bool
    private let socket: SharedFileDescriptor
    private let wanted: Set<OutputStream>

    private init(_ socket: consuming FileDescriptor, tty: Bool, wanted: Set<OutputStream>) {
        self.socket = SharedFileDescriptor(socket)
        self.tty = tty
        self.wanted = wanted
    }

    /// Connects to the socket `attach` in a folder. The folder's path may be longer than a socket's address.
    static func connect(
        folder: String, tty: Bool, wanted: Set<OutputStream> = [.standardOutput, .standardError]
    ) throws(SystemCallError) -> ConmonSession {
        let directory = try FileDescriptor.openPlace(folder)
        let path = "/proc/self/fd/\(directory.rawValue)/attach"
        let kind = CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let socket = FileDescriptor(
            owning: try check("socket", folder) { Glibc.socket(AF_UNIX, kind, 0) })
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        try check("connect", folder + "/attach") {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.connect(socket.rawValue, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        return ConmonSession(socket, tty: tty, wanted: wanted)
    }

    /// The next output, or nil once conmon is gone, the session closed or the task cancelled.
    public func nextOutput() async throws -> AttachFrame? {
        while !Task.isCancelled {
            var packet = [UInt8](repeating: 0, count: 16384)
            let count = unsafe recv(socket.rawValue, &packet, packet.count, 0)
            if count > 1 {
                guard let stream = OutputStream(rawValue: packet[0] &- 1), wanted.contains(stream) else { continue }
                return AttachFrame(stream: stream, bytes: Array(packet[1..<count]))
            }
            if count == 1 { continue }
            guard count < 0 else { return nil }
            switch Errno.current {
            case .wouldBlock: await Reactor.shared.waitReadable(socket.rawValue)
            case .interrupted: continue
            default: return nil
            }
        }
        return nil
    }

    /// Hands bytes to the process' input. Once the process is gone, they are dropped.
    public func writeInput(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty, !Task.isCancelled {
            let packet = Array(rest.prefix(16384))
            let count = unsafe send(socket.rawValue, packet, packet.count, CInt(MSG_NOSIGNAL))
            if count >= 0 {
                rest = rest.dropFirst(packet.count)
                continue
            }
            switch Errno.current {
            case .wouldBlock: await Reactor.shared.waitWritable(socket.rawValue)
            case .interrupted: continue
            default: return
            }
        }
    }

    /// The end of the process' input.
    public func closeInput() async {
        _ = shutdown(socket.rawValue, CInt(SHUT_WR))
    }

    /// Lets go of the connection; whoever waits for output gets nil.
    public func close() async {
        _ = shutdown(socket.rawValue, CInt(SHUT_RDWR))
    }
}
