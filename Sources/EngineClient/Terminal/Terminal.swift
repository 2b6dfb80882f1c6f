import Glibc

/// The terminal that a command was called from.
public enum Terminal {
    /// Whether a descriptor is a terminal.
    public static func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

    /// Rows and columns of the terminal behind a descriptor; nil where it has none.
    public static func size(_ descriptor: CInt = 1) -> (rows: Int, columns: Int)? {
        var window = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0 || window.ws_col > 0 else {
            return nil
        }
        return (Int(window.ws_row), Int(window.ws_col))
    }
}

/// Standard input in raw mode: each key goes to the container at once, and nothing is echoed here. The old mode comes
/// back when the object goes, when the process exits, and when a signal kills it.
public final class RawTerminal {
    /// What the terminal was like, for the handlers; nil while it is as it was.
    nonisolated(unsafe) private static var saved: termios?

    /// Switches standard input to raw mode; nil where it is no terminal.
    public init?() {
        var mode = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &mode) == 0 else { return nil }
        unsafe RawTerminal.saved = mode
        unsafe cfmakeraw(&mode)
        guard unsafe tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0 else { return nil }
        atexit { RawTerminal.restore() }
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGPIPE] {
            signal(number) { number in
                RawTerminal.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    deinit {
        RawTerminal.restore()
    }

    /// Brings the old mode back; once is enough.
    public static func restore() {
        guard var mode = unsafe saved else { return }
        unsafe saved = nil
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &mode)
    }
}
