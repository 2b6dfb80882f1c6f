import CLinux
import Glibc

/// A new pseudo-terminal, pty(7): what one types into the controller arrives as input of the program on the terminal,
/// with echo, Ctrl-C and line editing as the program has set them.
public final class PseudoTerminal: Sendable {
    /// The emulator's end: read what the program prints, write what a person types.
    public let controller: SharedFileDescriptor
    /// The program's end, for its descriptors 0, 1 and 2.
    public let terminal: SharedFileDescriptor

    /// Opens a terminal of this size, in characters.
    public init(rows: UInt16 = 24, columns: UInt16 = 80) throws(SystemCallError) {
        var ends: (CInt, CInt) = (-1, -1)
        try checkWrapper("open", "/dev/ptmx", unsafe cw_open_terminal(&ends.0, &ends.1))
        controller = SharedFileDescriptor(FileDescriptor(owning: ends.0))
        terminal = SharedFileDescriptor(FileDescriptor(owning: ends.1))
        try resize(rows: rows, columns: columns)
    }

    /// Sets the size in characters; the program in front gets SIGWINCH.
    public func resize(rows: UInt16, columns: UInt16) throws(SystemCallError) {
        try checkWrapper("ioctl TIOCSWINSZ", "", cw_set_window_size(controller.rawValue, rows, columns))
    }
}
