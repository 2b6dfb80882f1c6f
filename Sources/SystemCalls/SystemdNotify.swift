import CLinux
import Glibc

/// Tells the service manager how the daemon is doing: sd_notify(3), without libsystemd. Where no manager listens
/// (`$NOTIFY_SOCKET` is not set) nothing happens.
public enum SystemdNotify {
    /// The daemon is up and answers; units of `Type=notify` wait for this.
    @discardableResult
    public static func ready() -> Bool { send("READY=1") }

    /// The daemon is about to end.
    @discardableResult
    public static func stopping() -> Bool { send("STOPPING=1") }

    /// One line for `systemctl status`.
    @discardableResult
    public static func status(_ text: String) -> Bool { send("STATUS=\(text.replacing("\n", with: " "))") }

    /// Sends one message of assignments, one a line.
    ///
    /// - Parameters:
    ///   - message: such as `READY=1`.
    ///   - address: the manager's socket: an absolute path, or `@name` for the abstract name space (unix(7)).
    /// - Returns: whether the manager got it.
    @discardableResult
    public static func send(_ message: String, to address: String? = environmentAddress) -> Bool {
        guard let address, address.hasPrefix("/") || address.hasPrefix("@") else { return false }
        var name = Array(address.utf8)
        let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard (2...longest).contains(name.count) else { return false }
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }

        let number = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return false }
        let descriptor = FileDescriptor(owning: number)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bytes = Array(message.utf8)
        let sent = unsafe bytes.withUnsafeBytes { bytes in
            unsafe withUnsafePointer(to: &target) { target in
                unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
                    unsafe sendto(
                        descriptor.rawValue, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL), target, length)
                }
            }
        }
        return sent == bytes.count
    }

    /// `$NOTIFY_SOCKET`.
    public static var environmentAddress: String? {
        unsafe getenv("NOTIFY_SOCKET").map { unsafe String(cString: $0) }
    }
}
