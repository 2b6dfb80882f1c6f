/// `POST /containers/{id}/exec`.
public struct ExecCreateRequest: Codable, Hashable, Sendable {
    /// `name[:group]` or `uid[:gid]`; empty means the container's.
    @Lenient public var user: String
    /// Whether it has all capabilities.
    @Lenient public var privileged: Bool
    /// Whether it has a terminal.
    @Lenient public var tty: Bool
    /// The terminal's first size: height, width.
    public var consoleSize: [Int]?
    /// Whether a client will send input.
    @Lenient public var attachStdin: Bool
    /// Whether a client wants standard error.
    @Lenient public var attachStderr: Bool
    /// Whether a client wants standard output.
    @Lenient public var attachStdout: Bool
    /// Not used; clients before API 1.42 send it.
    @Lenient public var detach: Bool
    /// The keys that detach; empty means `ctrl-p,ctrl-q`.
    @Lenient public var detachKeys: String
    /// Further environment, `NAME=value`.
    @Nullable public var env: [String]?
    /// The directory to start in; empty means the container's.
    @Lenient public var workingDir: String
    /// The program and its arguments.
    @Nullable public var cmd: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        user: String = "", privileged: Bool = false, tty: Bool = false, consoleSize: [Int]? = nil,
        attachStdin: Bool = false, attachStderr: Bool = false, attachStdout: Bool = false, detach: Bool = false,
        detachKeys: String = "", env: [String]? = nil, workingDir: String = "", cmd: [String]? = nil
    ) {
        self.user = user
        self.privileged = privileged
        self.tty = tty
        self.consoleSize = consoleSize
        self.attachStdin = attachStdin
        self.attachStderr = attachStderr
        self.attachStdout = attachStdout
        self.detach = detach
        self.detachKeys = detachKeys
        self.env = env
        self.workingDir = workingDir
        self.cmd = cmd
    }

    private enum CodingKeys: String, CodingKey {
        case user = "User"
        case privileged = "Privileged"
        case tty = "Tty"
        case consoleSize = "ConsoleSize"
        case attachStdin = "AttachStdin"
        case attachStderr = "AttachStderr"
        case attachStdout = "AttachStdout"
        case detach = "Detach"
        case detachKeys = "DetachKeys"
        case env = "Env"
        case workingDir = "WorkingDir"
        case cmd = "Cmd"
    }
}

/// The reply of `POST /containers/{id}/exec`.
public struct ExecCreateResponse: Codable, Hashable, Sendable {
    /// The new exec's id.
    @Lenient public var id: String

    /// Every field has the value that Docker takes where it is left out.
    public init(id: String = "") {
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
    }
}

/// `POST /exec/{id}/start`.
public struct ExecStartRequest: Codable, Hashable, Sendable {
    /// Whether nobody is attached.
    @Lenient public var detach: Bool
    /// Whether the client expects a terminal.
    @Lenient public var tty: Bool
    /// The terminal's first size: height, width.
    public var consoleSize: [Int]?

    /// Every field has the value that Docker takes where it is left out.
    public init(detach: Bool = false, tty: Bool = false, consoleSize: [Int]? = nil) {
        self.detach = detach
        self.tty = tty
        self.consoleSize = consoleSize
    }

    private enum CodingKeys: String, CodingKey {
        case detach = "Detach"
        case tty = "Tty"
        case consoleSize = "ConsoleSize"
    }
}

/// `GET /exec/{id}/json`.
public struct ExecInspect: Codable, Hashable, Sendable {
    /// The exec's id.
    @Lenient public var id: String
    /// Whether it runs.
    @Lenient public var running: Bool
    /// Its exit code; null while it runs.
    @Nullable public var exitCode: Int?
    /// What it runs.
    @Lenient public var processConfig: ExecProcessConfig
    /// Whether input was asked for.
    @Lenient public var openStdin: Bool
    /// Whether standard error was asked for.
    @Lenient public var openStderr: Bool
    /// Whether standard output was asked for.
    @Lenient public var openStdout: Bool
    /// Whether the engine has forgotten its process.
    @Lenient public var canRemove: Bool
    /// The container's id.
    @Lenient public var containerID: String
    /// The keys that detach.
    @Lenient public var detachKeys: String
    /// Its process, as the host sees it; 0 where it was not started.
    @Lenient public var pid: Int

    /// Every field has the value that Docker takes where it is left out.
    public init(
        id: String = "", running: Bool = false, exitCode: Int? = nil,
        processConfig: ExecProcessConfig = ExecProcessConfig(), openStdin: Bool = false, openStderr: Bool = false,
        openStdout: Bool = false, canRemove: Bool = false, containerID: String = "", detachKeys: String = "",
        pid: Int = 0
    ) {
        self.id = id
        self.running = running
        self.exitCode = exitCode
        self.processConfig = processConfig
        self.openStdin = openStdin
        self.openStderr = openStderr
        self.openStdout = openStdout
        self.canRemove = canRemove
        self.containerID = containerID
        self.detachKeys = detachKeys
        self.pid = pid
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case running = "Running"
        case exitCode = "ExitCode"
        case processConfig = "ProcessConfig"
        case openStdin = "OpenStdin"
        case openStderr = "OpenStderr"
        case openStdout = "OpenStdout"
        case canRemove = "CanRemove"
        case containerID = "ContainerID"
        case detachKeys = "DetachKeys"
        case pid = "Pid"
    }
}

/// What an exec runs.
public struct ExecProcessConfig: Codable, Hashable, Sendable {
    /// Whether it has a terminal.
    @Lenient public var tty: Bool
    /// The program.
    @Lenient public var entrypoint: String
    /// Its arguments.
    @Lenient public var arguments: [String]
    /// Whether it has all capabilities.
    @Lenient public var privileged: Bool
    /// Its user, where one was asked for.
    public var user: String?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        tty: Bool = false, entrypoint: String = "", arguments: [String] = [], privileged: Bool = false,
        user: String? = nil
    ) {
        self.tty = tty
        self.entrypoint = entrypoint
        self.arguments = arguments
        self.privileged = privileged
        self.user = user
    }

    private enum CodingKeys: String, CodingKey {
        case tty
        case entrypoint
        case arguments
        case privileged
        case user
    }
}
