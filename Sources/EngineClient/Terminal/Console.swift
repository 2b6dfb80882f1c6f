import Glibc

/// What a command prints.
public enum Console {
    /// Prints to standard output, without a line break of its own.
    public static func print(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }

    /// Prints a line to standard output.
    public static func line(_ text: String = "") { print(text + "\n") }

    /// Prints a line to standard error.
    public static func complain(_ text: String) { write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// Writes all bytes; gives up quietly where nobody reads any more.
    public static func write(_ bytes: [UInt8], to descriptor: CInt) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent)
            }
            if count > 0 {
                sent += count
                continue
            }
            if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&entry, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}
