public import EngineAPI

/// What is needed to make a container whose bundle is in place.
public struct LaunchRequest: Sendable {
    /// The container's id, 64 hexadecimal digits.
    public var id: String
    /// The folder with `config.json`. conmon keeps its socket, pipes and files there too.
    public var bundle: String
    /// Where the output is logged; empty for nowhere.
    public var logPath: String
    /// Whether the process gets a terminal.
    public var tty: Bool
    /// Whether the process gets an input.
    public var openStdin: Bool
    /// Whether the input is closed when the first client that has it lets go.
    public var stdinOnce: Bool
    /// How long the log may grow; nil for no limit.
    public var logLimit: LogLimit?

    /// Describes a container.
    public init(
        id: String, bundle: String, logPath: String, tty: Bool = false, openStdin: Bool = false,
        stdinOnce: Bool = false, logLimit: LogLimit? = nil
    ) {
        self.id = id
        self.bundle = bundle
        self.logPath = logPath
        self.tty = tty
        self.openStdin = openStdin
        self.stdinOnce = stdinOnce
        self.logLimit = logLimit
    }
}

/// A container that has been made and waits for its start.
public struct LaunchedContainer: Hashable, Sendable {
    /// Its first process.
    public var pid: Int32
    /// The conmon that watches over it.
    public var conmonPid: Int32
    /// When the first process began, in clock ticks since the machine did: tells it from a later one with its id.
    public var startTime: UInt64
}

/// How a container ended.
public struct ContainerExit: Hashable, Sendable {
    /// The exit code; 128 and the signal where one ended it.
    public var exitCode: Int
    /// When.
    public var finishedAt: Timestamp
    /// Whether the kernel killed one of its processes for want of memory.
    public var oomKilled: Bool

    /// Describes an end.
    public init(exitCode: Int, finishedAt: Timestamp, oomKilled: Bool) {
        self.exitCode = exitCode
        self.finishedAt = finishedAt
        self.oomKilled = oomKilled
    }
}
