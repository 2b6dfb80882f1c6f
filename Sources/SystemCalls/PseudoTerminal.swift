import CLinux
import Glibc

/// The emulator's end of a pseudo-terminal, pty(7): what one writes to it arrives as typed input of the program on the
/// terminal, with echo, Ctrl-C and line editing as that program has set them.
public final class PseudoTerminal: Sendable {
    /// Read what the program prints, write what a person types. Reading fails with EIO once nobody holds the terminal.
    public let controller: SharedFileDescriptor

    private init(_ controller: SharedFileDescriptor) { self.controller = controller }

    /// Makes a terminal of this size, in characters.
    ///
    /// - Returns: the emulator's end, and the terminal for the program's descriptors 0, 1 and 2. Let go of the latter
    ///   once the program runs.
    public static func open(
        rows: UInt16, columns: UInt16
    ) throws(SystemCallError) -> (PseudoTerminal, terminal: SharedFileDescriptor) {
        var ends: (CInt, CInt) = (-1, -1)
        try checkWrapper("open", "/dev/ptmx", unsafe cw_open_terminal(&ends.0, &ends.1))
        let emulator = PseudoTerminal(SharedFileDescriptor(FileDescriptor(owning: ends.0)))
        let terminal = SharedFileDescriptor(FileDescriptor(owning: ends.1))
        try emulator.resize(rows: rows, columns: columns)
        return (emulator, terminal)
    }

    /// Sets the size in characters; the program in front gets SIGWINCH where it changes.
    public func resize(rows: UInt16, columns: UInt16) throws(SystemCallError) {
        try checkWrapper("ioctl TIOCSWINSZ", "", cw_set_window_size(controller.rawValue, rows, columns))
    }
}
