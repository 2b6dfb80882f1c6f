/// `GET /containers/{id}/json`.
public struct ContainerInspect: Codable, Hashable, Sendable {
    /// 64 hex digits.
    @Lenient public var id: String
    /// When it was made.
    @Lenient public var created: Timestamp
    /// The program.
    @Lenient public var path: String
    /// Its arguments.
    @Lenient public var args: [String]
    /// What it does now.
    @Lenient public var state: ContainerState
    /// The image's id.
    @Lenient public var image: String
    /// Where the host keeps its /etc/resolv.conf.
    @Lenient public var resolvConfPath: String
    /// Where the host keeps its /etc/hostname.
    @Lenient public var hostnamePath: String
    /// Where the host keeps its /etc/hosts.
    @Lenient public var hostsPath: String
    /// Where its output is logged.
    @Lenient public var logPath: String
    /// Its name, with a slash in front.
    @Lenient public var name: String
    /// How often the restart policy has started it.
    @Lenient public var restartCount: Int
    /// The storage driver.
    @Lenient public var driver: String
    /// The operating system.
    @Lenient public var platform: String
    /// SELinux label of its mounts.
    @Lenient public var mountLabel: String
    /// SELinux label of its process.
    @Lenient public var processLabel: String
    /// AppArmor profile.
    @Lenient public var appArmorProfile: String
    /// Execs that run in it; null where there is none.
    @Nullable public var execIDs: [String]?
    /// What it gets of the host.
    @Lenient public var hostConfig: HostConfig
    /// Where its root lies.
    @Lenient public var graphDriver: GraphDriver
    /// Bytes that it has written to its root; only where asked for.
    public var sizeRw: Int64?
    /// Bytes of the whole root; only where asked for.
    public var sizeRootFs: Int64?
    /// What is mounted in it.
    @Lenient public var mounts: [MountPoint]
    /// What it runs.
    @Lenient public var config: ContainerConfig
    /// How it is connected.
    @Lenient public var networkSettings: NetworkSettings

    /// Every field has the value that Docker takes where it is left out.
    public init(
        id: String = "", created: Timestamp = .zero, path: String = "", args: [String] = [],
        state: ContainerState = ContainerState(), image: String = "", resolvConfPath: String = "",
        hostnamePath: String = "", hostsPath: String = "", logPath: String = "", name: String = "",
        restartCount: Int = 0, driver: String = "", platform: String = "linux", mountLabel: String = "",
        processLabel: String = "", appArmorProfile: String = "", execIDs: [String]? = nil,
        hostConfig: HostConfig = HostConfig(), graphDriver: GraphDriver = GraphDriver(), sizeRw: Int64? = nil,
        sizeRootFs: Int64? = nil, mounts: [MountPoint] = [], config: ContainerConfig = ContainerConfig(),
        networkSettings: NetworkSettings = NetworkSettings()
    ) {
        self.id = id
        self.created = created
        self.path = path
        self.args = args
        self.state = state
        self.image = image
        self.resolvConfPath = resolvConfPath
        self.hostnamePath = hostnamePath
        self.hostsPath = hostsPath
        self.logPath = logPath
        self.name = name
        self.restartCount = restartCount
        self.driver = driver
        self.platform = platform
        self.mountLabel = mountLabel
        self.processLabel = processLabel
        self.appArmorProfile = appArmorProfile
        self.execIDs = execIDs
        self.hostConfig = hostConfig
        self.graphDriver = graphDriver
        self.sizeRw = sizeRw
        self.sizeRootFs = sizeRootFs
        self.mounts = mounts
        self.config = config
        self.networkSettings = networkSettings
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case created = "Created"
        case path = "Path"
        case args = "Args"
        case state = "State"
        case image = "Image"
        case resolvConfPath = "ResolvConfPath"
        case hostnamePath = "HostnamePath"
        case hostsPath = "HostsPath"
        case logPath = "LogPath"
        case name = "Name"
        case restartCount = "RestartCount"
        case driver = "Driver"
        case platform = "Platform"
        case mountLabel = "MountLabel"
        case processLabel = "ProcessLabel"
        case appArmorProfile = "AppArmorProfile"
        case execIDs = "ExecIDs"
        case hostConfig = "HostConfig"
        case graphDriver = "GraphDriver"
        case sizeRw = "SizeRw"
        case sizeRootFs = "SizeRootFs"
        case mounts = "Mounts"
        case config = "Config"
        case networkSettings = "NetworkSettings"
    }
}

/// What a container does now.
public struct ContainerState: Codable, Hashable, Sendable {
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    @Lenient public var status: String
    /// Whether its process lives, paused or not.
    @Lenient public var running: Bool
    /// Whether it is frozen.
    @Lenient public var paused: Bool
    /// Whether the restart policy is about to start it.
    @Lenient public var restarting: Bool
    /// Whether the kernel ended it for want of memory.
    @Lenient public var oomKilled: Bool
    /// Whether its removal has failed.
    @Lenient public var dead: Bool
    /// Its first process, as the host sees it; 0 where none lives.
    @Lenient public var pid: Int
    /// The last run's exit code.
    @Lenient public var exitCode: Int
    /// Why the last start failed.
    @Lenient public var error: String
    /// When the last run began.
    @Lenient public var startedAt: Timestamp
    /// When the last run ended.
    @Lenient public var finishedAt: Timestamp
    /// What its health check says; nil where it has none.
    public var health: ContainerHealth?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        status: String = "", running: Bool = false, paused: Bool = false, restarting: Bool = false,
        oomKilled: Bool = false, dead: Bool = false, pid: Int = 0, exitCode: Int = 0, error: String = "",
        startedAt: Timestamp = .zero, finishedAt: Timestamp = .zero, health: ContainerHealth? = nil
    ) {
        self.status = status
        self.running = running
        self.paused = paused
        self.restarting = restarting
        self.oomKilled = oomKilled
        self.dead = dead
        self.pid = pid
        self.exitCode = exitCode
        self.error = error
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.health = health
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case running = "Running"
        case paused = "Paused"
        case restarting = "Restarting"
        case oomKilled = "OOMKilled"
        case dead = "Dead"
        case pid = "Pid"
        case exitCode = "ExitCode"
        case error = "Error"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
        case health = "Health"
    }
}

/// What a health check has found.
public struct ContainerHealth: Codable, Hashable, Sendable {
    /// `starting`, `healthy` or `unhealthy`.
    @Lenient public var status: String
    /// Failures in a row.
    @Lenient public var failingStreak: Int
    /// The last five results.
    @Lenient public var log: [HealthcheckResult]

    /// Every field has the value that Docker takes where it is left out.
    public init(status: String = "", failingStreak: Int = 0, log: [HealthcheckResult] = []) {
        self.status = status
        self.failingStreak = failingStreak
        self.log = log
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case failingStreak = "FailingStreak"
        case log = "Log"
    }
}

/// One run of a health check.
public struct HealthcheckResult: Codable, Hashable, Sendable {
    /// When it began.
    @Lenient public var start: Timestamp
    /// When it ended.
    @Lenient public var end: Timestamp
    /// 0 is healthy.
    @Lenient public var exitCode: Int
    /// What it wrote, cut at 4096 bytes.
    @Lenient public var output: String

    /// Every field has the value that Docker takes where it is left out.
    public init(start: Timestamp = .zero, end: Timestamp = .zero, exitCode: Int = 0, output: String = "") {
        self.start = start
        self.end = end
        self.exitCode = exitCode
        self.output = output
    }

    private enum CodingKeys: String, CodingKey {
        case start = "Start"
        case end = "End"
        case exitCode = "ExitCode"
        case output = "Output"
    }
}

/// Where a root file system lies.
public struct GraphDriver: Codable, Hashable, Sendable {
    /// The directories: LowerDir, MergedDir, UpperDir, WorkDir.
    @Nullable public var data: [String: String]?
    /// The storage driver.
    @Lenient public var name: String

    /// Every field has the value that Docker takes where it is left out.
    public init(data: [String: String]? = nil, name: String = "") {
        self.data = data
        self.name = name
    }

    private enum CodingKeys: String, CodingKey {
        case data = "Data"
        case name = "Name"
    }
}
