import Glibc
public import SystemCalls

/// A person at a terminal: types, reads what comes, resizes the window, waits for the program's end.
public final class TerminalSession {
    private let terminal: PseudoTerminal
    private let reader: OutputReader
    private let child: ChildProcess
    private var status: ExitStatus?

    /// Starts a program on a new terminal of this size, in characters.
    public init(_ request: ChildRequest, rows: UInt16 = 24, columns: UInt16 = 200) throws {
        let (emulator, end) = try PseudoTerminal.open(rows: rows, columns: columns)
        var request = request
        request.descriptors = [0: end.rawValue, 1: end.rawValue, 2: end.rawValue]
        request.newSession = true
        request.controllingTerminal = true
        child = try withExtendedLifetime(end) { try ChildProcess.spawn(request) }
        terminal = emulator
        reader = OutputReader(terminal.controller)
    }

    /// Ends the program where it still runs.
    deinit {
        guard status == nil else { return }
        if let handle = try? ProcessHandle(pid: child.pid) { try? handle.send(SIGKILL) }
        _ = try? child.wait()
    }

    /// Types text; `\n` is the return key, `\u{03}` Ctrl-C.
    public func type(_ text: String) throws {
        try terminal.controller.withDescriptor { try $0.writeAll(Array(text.utf8)) }
    }

    /// Waits until `words` are printed, and returns everything up to and with them, without control sequences.
    public func read(until words: String, seconds: Int = 10) throws -> String {
        try reader.read(until: words, seconds: seconds)
    }

    /// Types a command at a shell's prompt and returns what it prints, without its echo and the next prompt.
    public func shell(_ command: String, seconds: Int = 20) throws -> String {
        try type(command + "\n")
        _ = try reader.read(until: command + "\n", seconds: seconds)
        let text = try reader.read(until: Self.prompt, seconds: seconds)
        return String(text.dropLast(Self.prompt.count))
    }

    /// The busybox shell's prompt for root in `/`.
    public static let prompt = "/ # "

    /// Changes the window's size, and waits until the shell knows: a client that has just begun may not watch the
    /// window yet, and hears of the next change only.
    ///
    /// - Returns: what the shell's `stty size` says in the end, `40 180` for 40 rows of 180 characters.
    public func resize(rows: UInt16, columns: UInt16) throws -> String {
        let wanted = "\(rows) \(columns)"
        var said = ""
        for attempt in 0..<40 where said != wanted {
            try terminal.resize(rows: rows, columns: attempt.isMultiple(of: 2) ? columns : columns - 1)
            let text = try shell("stty size")
            said = text.split(separator: "\n").first.map(String.init) ?? ""
        }
        return said
    }

    /// Waits for the program's end.
    ///
    /// - Returns: how it ended, or nil where it did not within `seconds`.
    public func waitForEnd(seconds: Int = 10) throws -> ExitStatus? {
        if let status { return status }
        guard try ProcessHandle(pid: child.pid).waitForEnd(milliseconds: seconds * 1000) else { return nil }
        status = try child.wait()
        return status
    }
}
