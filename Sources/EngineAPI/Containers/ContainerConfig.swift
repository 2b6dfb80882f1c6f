/// What a container runs and with what surroundings: `Config` of `GET /containers/{id}/json`, and the top level of
/// `POST /containers/create`. Independent of the host.
public struct ContainerConfig: Codable, Hashable, Sendable {
    /// The host name inside; empty means the first twelve digits of the id.
    @Lenient public var hostname: String
    /// The domain name inside.
    @Lenient public var domainname: String
    /// User and group, `name[:group]` or `uid[:gid]`; empty means root.
    @Lenient public var user: String
    /// Whether the client means to attach standard input.
    @Lenient public var attachStdin: Bool
    /// Whether the client means to attach standard output.
    @Lenient public var attachStdout: Bool
    /// Whether the client means to attach standard error.
    @Lenient public var attachStderr: Bool
    /// Ports that the program listens on, `80/tcp`.
    public var exposedPorts: [String: EmptyObject]?
    /// Whether the process has a terminal.
    @Lenient public var tty: Bool
    /// Whether its input is open while nobody is attached.
    @Lenient public var openStdin: Bool
    /// Whether its input ends when the first attached client leaves.
    @Lenient public var stdinOnce: Bool
    /// The environment, `NAME=value`; a bare `NAME` removes an image's variable.
    @Nullable public var env: [String]?
    /// The command, or the entry point's arguments. Clients may send one string.
    @CommandWords public var cmd: [String]?
    /// How to find out whether it works.
    public var healthcheck: HealthConfig?
    /// Windows only; passed through.
    public var argsEscaped: Bool?
    /// The image's name or id, as it was asked for.
    @Lenient public var image: String
    /// Places inside that become anonymous volumes.
    @Nullable public var volumes: [String: EmptyObject]?
    /// The directory to start in; absolute, or empty for `/`.
    @Lenient public var workingDir: String
    /// The program; `[""]` or an empty list removes the image's. Clients may send one string.
    @CommandWords public var entrypoint: [String]?
    /// Whether it gets no network.
    public var networkDisabled: Bool?
    /// The hardware address on the first network (clients before API 1.44).
    public var macAddress: String?
    /// Build triggers of the image; passed through.
    @Nullable public var onBuild: [String]?
    /// The user's labels.
    @Nullable public var labels: [String: String]?
    /// The signal that asks it to end, by name or number; nil means SIGTERM.
    public var stopSignal: String?
    /// Seconds between that signal and SIGKILL; -1 waits for ever; nil means ten.
    public var stopTimeout: Int?
    /// The shell of the image's shell-form commands.
    public var shell: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        hostname: String = "", domainname: String = "", user: String = "", attachStdin: Bool = false,
        attachStdout: Bool = false, attachStderr: Bool = false, exposedPorts: [String: EmptyObject]? = nil,
        tty: Bool = false, openStdin: Bool = false, stdinOnce: Bool = false, env: [String]? = nil,
        cmd: [String]? = nil, healthcheck: HealthConfig? = nil, argsEscaped: Bool? = nil, image: String = "",
        volumes: [String: EmptyObject]? = nil, workingDir: String = "", entrypoint: [String]? = nil,
        networkDisabled: Bool? = nil, macAddress: String? = nil, onBuild: [String]? = nil,
        labels: [String: String]? = nil, stopSignal: String? = nil, stopTimeout: Int? = nil, shell: [String]? = nil
    ) {
        self.hostname = hostname
        self.domainname = domainname
        self.user = user
        self.attachStdin = attachStdin
        self.attachStdout = attachStdout
        self.attachStderr = attachStderr
        self.exposedPorts = exposedPorts
        self.tty = tty
        self.openStdin = openStdin
        self.stdinOnce = stdinOnce
        self.env = env
        self.cmd = cmd
        self.healthcheck = healthcheck
        self.argsEscaped = argsEscaped
        self.image = image
        self.volumes = volumes
        self.workingDir = workingDir
        self.entrypoint = entrypoint
        self.networkDisabled = networkDisabled
        self.macAddress = macAddress
        self.onBuild = onBuild
        self.labels = labels
        self.stopSignal = stopSignal
        self.stopTimeout = stopTimeout
        self.shell = shell
    }

    private enum CodingKeys: String, CodingKey {
        case hostname = "Hostname"
        case domainname = "Domainname"
        case user = "User"
        case attachStdin = "AttachStdin"
        case attachStdout = "AttachStdout"
        case attachStderr = "AttachStderr"
        case exposedPorts = "ExposedPorts"
        case tty = "Tty"
        case openStdin = "OpenStdin"
        case stdinOnce = "StdinOnce"
        case env = "Env"
        case cmd = "Cmd"
        case healthcheck = "Healthcheck"
        case argsEscaped = "ArgsEscaped"
        case image = "Image"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case entrypoint = "Entrypoint"
        case networkDisabled = "NetworkDisabled"
        case macAddress = "MacAddress"
        case onBuild = "OnBuild"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case stopTimeout = "StopTimeout"
        case shell = "Shell"
    }
}

/// A health check, as images and containers declare it.
public struct HealthConfig: Codable, Hashable, Sendable {
    /// `["NONE"]`, `["CMD", …]`, `["CMD-SHELL", line]`, or empty to inherit.
    public var test: [String]?
    /// Nanoseconds between two checks.
    public var interval: Int64?
    /// Nanoseconds that one check may take.
    public var timeout: Int64?
    /// Nanoseconds after start in which failures do not count.
    public var startPeriod: Int64?
    /// Nanoseconds between two checks in the start period.
    public var startInterval: Int64?
    /// Failures in a row until it counts as unhealthy.
    public var retries: Int?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        test: [String]? = nil, interval: Int64? = nil, timeout: Int64? = nil, startPeriod: Int64? = nil,
        startInterval: Int64? = nil, retries: Int? = nil
    ) {
        self.test = test
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.retries = retries
    }

    private enum CodingKeys: String, CodingKey {
        case test = "Test"
        case interval = "Interval"
        case timeout = "Timeout"
        case startPeriod = "StartPeriod"
        case startInterval = "StartInterval"
        case retries = "Retries"
    }
}
