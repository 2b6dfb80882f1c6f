public import EngineAPI
import Glibc
import SystemCalls

/// One more process for a running container.
public struct ExecLaunch: Sendable {
    /// The container's id.
    public var containerID: String
    /// The exec's id; no two at once share one.
    public var execID: String
    /// The command and its arguments.
    public var args: [String]
    /// Added to the container's own environment, or in place of what has the same name.
    public var env: [String]
    /// Working directory; nil or empty means the container's.
    public var cwd: String?
    /// `user`, `user:group` or numbers; nil or empty means the container's.
    public var user: String?
    /// Whether the process gets a terminal.
    public var tty: Bool
    /// Whether it gets all capabilities.
    public var privileged: Bool
    /// Whether a client writes its input.
    public var attachStdin: Bool
    /// Whether a client reads its output.
    public var attachStdout: Bool
    /// Whether a client reads its errors.
    public var attachStderr: Bool
    /// The terminal's size at first, in characters.
    public var consoleSize: TerminalSize?

    /// Describes a process.
    public init(
        containerID: String, execID: String, args: [String], env: [String] = [], cwd: String? = nil,
        user: String? = nil, tty: Bool = false, privileged: Bool = false, attachStdin: Bool = false,
        attachStdout: Bool = false, attachStderr: Bool = false, consoleSize: TerminalSize? = nil
    ) {
        self.containerID = containerID
        self.execID = execID
        self.args = args
        self.env = env
        self.cwd = cwd
        self.user = user
        self.tty = tty
        self.privileged = privileged
        self.attachStdin = attachStdin
        self.attachStdout = attachStdout
        self.attachStderr = attachStderr
        self.consoleSize = consoleSize
    }

    /// Whether any client is there.
    var isAttached: Bool { attachStdin || attachStdout || attachStderr }

    /// The outputs that are wanted. A terminal has but one.
    var streams: Set<OutputStream> {
        var streams: Set<OutputStream> = []
        if attachStdout || (tty && attachStderr) { streams.insert(.standardOutput) }
        if attachStderr { streams.insert(.standardError) }
        return streams
    }
}

/// A process that was added to a container and runs under a conmon of its own; it outlives the daemon.
public struct RunningExec: Sendable {
    /// Its id on the machine.
    public let pid: Int32
    /// The connection to its input and output, or nil where no client is attached.
    public let session: (any AttachSession)?
    private let ending: Task<Int, Never>
    private let identity: ProcessIdentity?
    private let controlPipe: String

    init(pid: Int32, session: (any AttachSession)?, ending: Task<Int, Never>, controlPipe: String) {
        self.pid = pid
        identity = ProcessIdentity.current(pid)
        self.session = session
        self.ending = ending
        self.controlPipe = controlPipe
    }

    /// Suspends until it has ended: its exit code, 128 and the signal where one ended it, or 137 where its conmon was
    /// killed. May be asked more than once.
    public func wait() async -> Int { await ending.value }

    /// Kills the process; does nothing where it has ended.
    public func kill() {
        guard let identity, let handle = ProcessHandle(identity) else { return }
        _ = try? handle.signal(SIGKILL)
    }

    /// Tells its terminal its size, in characters.
    public func resize(height: Int, width: Int) async throws(RuntimeError) {
        try await ContainerRuntime.resize(controlPipe: controlPipe, height: height, width: width)
    }
}
