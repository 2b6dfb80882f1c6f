/// `GET /info`.
public struct SystemInfo: Codable, Hashable, Sendable {
    /// The engine's own id.
    @Lenient public var id: String
    /// How many there are.
    @Lenient public var containers: Int
    /// How many of them run.
    @Lenient public var containersRunning: Int
    /// How many of them are paused.
    @Lenient public var containersPaused: Int
    /// How many of them do not run.
    @Lenient public var containersStopped: Int
    /// How many there are.
    @Lenient public var images: Int
    /// The storage driver.
    @Lenient public var driver: String
    /// What the storage driver says of itself, in pairs.
    @Lenient public var driverStatus: [[String]]
    /// Not used.
    public var systemStatus: [[String]]?
    /// Kinds of drivers that are there.
    @Lenient public var plugins: SystemPlugins
    /// Whether the kernel can limit memory.
    @Lenient public var memoryLimit: Bool
    /// Whether the kernel can limit swap.
    @Lenient public var swapLimit: Bool
    /// Whether the kernel can limit TCP memory.
    public var kernelMemoryTCP: Bool?
    /// Whether the kernel has scheduler periods.
    @Lenient public var cpuCfsPeriod: Bool
    /// Whether the kernel has scheduler quotas.
    @Lenient public var cpuCfsQuota: Bool
    /// Whether the kernel has processor shares.
    @Lenient public var cpuShares: Bool
    /// Whether the kernel has processor sets.
    @Lenient public var cpuSet: Bool
    /// Whether the kernel can limit processes.
    @Lenient public var pidsLimit: Bool
    /// Whether the host forwards IPv4.
    @Lenient public var ipv4Forwarding: Bool
    /// Whether the engine logs all.
    @Lenient public var debug: Bool
    /// Its open files.
    @Lenient public var nFd: Int
    /// Whether the out-of-memory killer can be turned off.
    @Lenient public var oomKillDisable: Bool
    /// Clients print it; the engine's threads.
    @Lenient public var nGoroutines: Int
    /// The host's time, RFC 3339.
    @Lenient public var systemTime: String
    /// Where output is kept by default.
    @Lenient public var loggingDriver: String
    /// `cgroupfs` or `systemd`.
    @Lenient public var cgroupDriver: String
    /// `1` or `2`.
    public var cgroupVersion: String?
    /// How many clients listen to events.
    @Lenient public var nEventsListener: Int
    /// The kernel's release.
    @Lenient public var kernelVersion: String
    /// The distribution.
    @Lenient public var operatingSystem: String
    /// The distribution's version.
    @Lenient public var osVersion: String
    /// The kind of system.
    @Lenient public var osType: String
    /// The processor: `x86_64`.
    @Lenient public var architecture: String
    /// The default registry's index.
    @Lenient public var indexServerAddress: String
    /// How registries are asked.
    @Lenient public var registryConfig: SystemRegistryConfig
    /// The host's processors.
    @Lenient public var ncpu: Int
    /// The host's memory in bytes.
    @Lenient public var memTotal: Int64
    /// Swarm only.
    @Nullable public var genericResources: [JSONValue]?
    /// The data root.
    @Lenient public var dockerRootDir: String
    /// The proxy for http.
    @Lenient public var httpProxy: String
    /// The proxy for https.
    @Lenient public var httpsProxy: String
    /// Where no proxy is used.
    @Lenient public var noProxy: String
    /// The host's name.
    @Lenient public var name: String
    /// The engine's labels.
    @Lenient public var labels: [String]
    /// Whether experiments are on.
    @Lenient public var experimentalBuild: Bool
    /// The engine's version.
    @Lenient public var serverVersion: String
    /// OCI runtimes, by name.
    @Lenient public var runtimes: [String: SystemRuntime]
    /// The one that is used.
    @Lenient public var defaultRuntime: String
    /// Always inactive.
    @Lenient public var swarm: SwarmInfo
    /// Whether containers outlive the daemon.
    @Lenient public var liveRestoreEnabled: Bool
    /// Windows only.
    @Lenient public var isolation: String
    /// The small init program.
    @Lenient public var initBinary: String
    /// Not used.
    @Lenient public var containerdCommit: SystemCommit
    /// The OCI runtime's version.
    @Lenient public var runcCommit: SystemCommit
    /// The small init program's version.
    @Lenient public var initCommit: SystemCommit
    /// `name=seccomp,profile=builtin` and its like.
    @Lenient public var securityOptions: [String]
    /// Not used.
    public var productLicense: String?
    /// Where networks without a subnet get theirs.
    public var defaultAddressPools: [SystemAddressPool]?
    /// What the rules are written with.
    public var firewallBackend: SystemFirewall?
    /// Directories of device descriptions.
    @Nullable public var cdiSpecDirs: [String]?
    /// Not used.
    public var containerd: JSONValue?
    /// What may surprise.
    @Nullable public var warnings: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        id: String = "", containers: Int = 0, containersRunning: Int = 0, containersPaused: Int = 0,
        containersStopped: Int = 0, images: Int = 0, driver: String = "", driverStatus: [[String]] = [],
        systemStatus: [[String]]? = nil, plugins: SystemPlugins = SystemPlugins(), memoryLimit: Bool = false,
        swapLimit: Bool = false, kernelMemoryTCP: Bool? = nil, cpuCfsPeriod: Bool = false, cpuCfsQuota: Bool = false,
        cpuShares: Bool = false, cpuSet: Bool = false, pidsLimit: Bool = false, ipv4Forwarding: Bool = false,
        debug: Bool = false, nFd: Int = 0, oomKillDisable: Bool = false, nGoroutines: Int = 0, systemTime: String = "",
        loggingDriver: String = "", cgroupDriver: String = "", cgroupVersion: String? = nil, nEventsListener: Int = 0,
        kernelVersion: String = "", operatingSystem: String = "", osVersion: String = "", osType: String = "linux",
        architecture: String = "", indexServerAddress: String = "",
        registryConfig: SystemRegistryConfig = SystemRegistryConfig(), ncpu: Int = 0, memTotal: Int64 = 0,
        genericResources: [JSONValue]? = nil, dockerRootDir: String = "", httpProxy: String = "",
        httpsProxy: String = "", noProxy: String = "", name: String = "", labels: [String] = [],
        experimentalBuild: Bool = false, serverVersion: String = "", runtimes: [String: SystemRuntime] = [:],
        defaultRuntime: String = "", swarm: SwarmInfo = SwarmInfo(), liveRestoreEnabled: Bool = false,
        isolation: String = "", initBinary: String = "", containerdCommit: SystemCommit = SystemCommit(),
        runcCommit: SystemCommit = SystemCommit(), initCommit: SystemCommit = SystemCommit(),
        securityOptions: [String] = [], productLicense: String? = nil, defaultAddressPools: [SystemAddressPool]? = nil,
        firewallBackend: SystemFirewall? = nil, cdiSpecDirs: [String]? = nil, containerd: JSONValue? = nil,
        warnings: [String]? = nil
    ) {
        self.id = id
        self.containers = containers
        self.containersRunning = containersRunning
        self.containersPaused = containersPaused
        self.containersStopped = containersStopped
        self.images = images
        self.driver = driver
        self.driverStatus = driverStatus
        self.systemStatus = systemStatus
        self.plugins = plugins
        self.memoryLimit = memoryLimit
        self.swapLimit = swapLimit
        self.kernelMemoryTCP = kernelMemoryTCP
        self.cpuCfsPeriod = cpuCfsPeriod
        self.cpuCfsQuota = cpuCfsQuota
        self.cpuShares = cpuShares
        self.cpuSet = cpuSet
        self.pidsLimit = pidsLimit
        self.ipv4Forwarding = ipv4Forwarding
        self.debug = debug
        self.nFd = nFd
        self.oomKillDisable = oomKillDisable
        self.nGoroutines = nGoroutines
        self.systemTime = systemTime
        self.loggingDriver = loggingDriver
        self.cgroupDriver = cgroupDriver
        self.cgroupVersion = cgroupVersion
        self.nEventsListener = nEventsListener
        self.kernelVersion = kernelVersion
        self.operatingSystem = operatingSystem
        self.osVersion = osVersion
        self.osType = osType
        self.architecture = architecture
        self.indexServerAddress = indexServerAddress
        self.registryConfig = registryConfig
        self.ncpu = ncpu
        self.memTotal = memTotal
        self.genericResources = genericResources
        self.dockerRootDir = dockerRootDir
        self.httpProxy = httpProxy
        self.httpsProxy = httpsProxy
        self.noProxy = noProxy
        self.name = name
        self.labels = labels
        self.experimentalBuild = experimentalBuild
        self.serverVersion = serverVersion
        self.runtimes = runtimes
        self.defaultRuntime = defaultRuntime
        self.swarm = swarm
        self.liveRestoreEnabled = liveRestoreEnabled
        self.isolation = isolation
        self.initBinary = initBinary
        self.containerdCommit = containerdCommit
        self.runcCommit = runcCommit
        self.initCommit = initCommit
        self.securityOptions = securityOptions
        self.productLicense = productLicense
        self.defaultAddressPools = defaultAddressPools
        self.firewallBackend = firewallBackend
        self.cdiSpecDirs = cdiSpecDirs
        self.containerd = containerd
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case containers = "Containers"
        case containersRunning = "ContainersRunning"
        case containersPaused = "ContainersPaused"
        case containersStopped = "ContainersStopped"
        case images = "Images"
        case driver = "Driver"
        case driverStatus = "DriverStatus"
        case systemStatus = "SystemStatus"
        case plugins = "Plugins"
        case memoryLimit = "MemoryLimit"
        case swapLimit = "SwapLimit"
        case kernelMemoryTCP = "KernelMemoryTCP"
        case cpuCfsPeriod = "CpuCfsPeriod"
        case cpuCfsQuota = "CpuCfsQuota"
        case cpuShares = "CPUShares"
        case cpuSet = "CPUSet"
        case pidsLimit = "PidsLimit"
        case ipv4Forwarding = "IPv4Forwarding"
        case debug = "Debug"
        case nFd = "NFd"
        case oomKillDisable = "OomKillDisable"
        case nGoroutines = "NGoroutines"
        case systemTime = "SystemTime"
        case loggingDriver = "LoggingDriver"
        case cgroupDriver = "CgroupDriver"
        case cgroupVersion = "CgroupVersion"
        case nEventsListener = "NEventsListener"
        case kernelVersion = "KernelVersion"
        case operatingSystem = "OperatingSystem"
        case osVersion = "OSVersion"
        case osType = "OSType"
        case architecture = "Architecture"
        case indexServerAddress = "IndexServerAddress"
        case registryConfig = "RegistryConfig"
        case ncpu = "NCPU"
        case memTotal = "MemTotal"
        case genericResources = "GenericResources"
        case dockerRootDir = "DockerRootDir"
        case httpProxy = "HttpProxy"
        case httpsProxy = "HttpsProxy"
        case noProxy = "NoProxy"
        case name = "Name"
        case labels = "Labels"
        case experimentalBuild = "ExperimentalBuild"
        case serverVersion = "ServerVersion"
        case runtimes = "Runtimes"
        case defaultRuntime = "DefaultRuntime"
        case swarm = "Swarm"
        case liveRestoreEnabled = "LiveRestoreEnabled"
        case isolation = "Isolation"
        case initBinary = "InitBinary"
        case containerdCommit = "ContainerdCommit"
        case runcCommit = "RuncCommit"
        case initCommit = "InitCommit"
        case securityOptions = "SecurityOptions"
        case productLicense = "ProductLicense"
        case defaultAddressPools = "DefaultAddressPools"
        case firewallBackend = "FirewallBackend"
        case cdiSpecDirs = "CDISpecDirs"
        case containerd = "Containerd"
        case warnings = "Warnings"
    }
}
