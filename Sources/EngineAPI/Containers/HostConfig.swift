/// What a container gets of its host: `HostConfig` of `POST /containers/create` and of `GET /containers/{id}/json`,
/// which repeats all of it.
public struct HostConfig: Codable, Hashable, Sendable {
    /// Host directories and volumes to mount: `source:destination[:options]`.
    @Nullable public var binds: [String]?
    /// The file that the client wrote the id to; passed through.
    @Lenient public var containerIDFile: String
    /// Where output is kept.
    @Lenient public var logConfig: LogConfig
    /// `bridge`, `host`, `none`, `default`, `container:ID`, or a network's name.
    @Lenient public var networkMode: String
    /// Published ports, by `80/tcp`.
    @Nullable public var portBindings: PortMap?
    /// What happens after it ends.
    @Lenient public var restartPolicy: RestartPolicy
    /// Whether it is removed when it ends.
    @Lenient public var autoRemove: Bool
    /// The driver of volumes named in `binds`.
    @Lenient public var volumeDriver: String
    /// Containers whose volumes are mounted too: `name[:ro|rw]`.
    @Nullable public var volumesFrom: [String]?
    /// The terminal's first size: height, width.
    @TerminalSize public var consoleSize: [Int]
    /// Annotations for the OCI runtime.
    public var annotations: [String: String]?
    /// Capabilities to add; `ALL` is every one.
    @Nullable public var capAdd: [String]?
    /// Capabilities to take away.
    @Nullable public var capDrop: [String]?
    /// `host`, `private`, or empty for the engine's choice.
    @Lenient public var cgroupnsMode: String
    /// Name servers.
    @Nullable public var dns: [String]?
    /// Options of resolv.conf.
    @Nullable public var dnsOptions: [String]?
    /// Search domains.
    @Nullable public var dnsSearch: [String]?
    /// More lines of the hosts file: `name:address`.
    @Nullable public var extraHosts: [String]?
    /// Further groups of the process.
    @Nullable public var groupAdd: [String]?
    /// `private`, `shareable`, `host`, `none`, `container:ID`, or empty.
    @Lenient public var ipcMode: String
    /// A cgroup to join; not used by clients of today.
    @Lenient public var cgroup: String
    /// Legacy links: `name:alias`.
    @Nullable public var links: [String]?
    /// The out-of-memory killer's preference, -1000 to 1000.
    @Lenient public var oomScoreAdj: Int
    /// `host`, `container:ID`, or empty for a name space of its own.
    @Lenient public var pidMode: String
    /// Whether it has all capabilities and devices.
    @Lenient public var privileged: Bool
    /// Whether every exposed port is published on a port of the engine's choice.
    @Lenient public var publishAllPorts: Bool
    /// Whether its root is mounted read-only.
    @Lenient public var readonlyRootfs: Bool
    /// Security options: `no-new-privileges`, `seccomp=…`, `apparmor=…`.
    @Nullable public var securityOpt: [String]?
    /// Options of the storage driver.
    public var storageOpt: [String: String]?
    /// Memory file systems: destination to mount options.
    public var tmpfs: [String: String]?
    /// `host`, or empty for a name space of its own.
    @Lenient public var utsMode: String
    /// `host`, or empty.
    @Lenient public var usernsMode: String
    /// Bytes of /dev/shm; 0 means 64 MiB.
    @Lenient public var shmSize: Int64
    /// Kernel parameters of its name spaces.
    public var sysctls: [String: String]?
    /// The OCI runtime's name.
    public var runtime: String?
    /// Windows only; passed through.
    @Lenient public var isolation: String
    /// Relative weight of processor time; 0 means 1024.
    @Lenient public var cpuShares: Int64
    /// Limit of memory in bytes; 0 means none.
    @Lenient public var memory: Int64
    /// Limit of processor time, in billionths of a processor.
    @Lenient public var nanoCpus: Int64
    /// The cgroup above its own.
    @Lenient public var cgroupParent: String
    /// Relative weight of block device access, 10 to 1000.
    @Lenient public var blkioWeight: Int
    /// The same by device.
    @Nullable public var blkioWeightDevice: [WeightDevice]?
    /// Limits of bytes read a second.
    @Nullable public var blkioDeviceReadBps: [ThrottleDevice]?
    /// Limits of bytes written a second.
    @Nullable public var blkioDeviceWriteBps: [ThrottleDevice]?
    /// Limits of reads a second.
    @Nullable public var blkioDeviceReadIOps: [ThrottleDevice]?
    /// Limits of writes a second.
    @Nullable public var blkioDeviceWriteIOps: [ThrottleDevice]?
    /// The scheduler's period in microseconds.
    @Lenient public var cpuPeriod: Int64
    /// Microseconds of processor time in a period.
    @Lenient public var cpuQuota: Int64
    /// The real-time scheduler's period in microseconds.
    @Lenient public var cpuRealtimePeriod: Int64
    /// Microseconds of real-time processor time in a period.
    @Lenient public var cpuRealtimeRuntime: Int64
    /// Processors that it may use: `0-3,5`.
    @Lenient public var cpusetCpus: String
    /// Memory nodes that it may use.
    @Lenient public var cpusetMems: String
    /// Host devices that appear inside.
    @Nullable public var devices: [DeviceMapping]?
    /// Rules of the device cgroup: `c 13:* rwm`.
    @Nullable public var deviceCgroupRules: [String]?
    /// Requests to device drivers; passed through.
    @Nullable public var deviceRequests: [JSONValue]?
    /// Limit of kernel memory; obsolete, passed through.
    public var kernelMemory: Int64?
    /// Limit of kernel TCP memory in bytes.
    public var kernelMemoryTCP: Int64?
    /// Soft limit of memory in bytes.
    @Lenient public var memoryReservation: Int64
    /// Limit of memory and swap in bytes; -1 means no limit of swap.
    @Lenient public var memorySwap: Int64
    /// How readily memory is swapped, 0 to 100.
    @Nullable public var memorySwappiness: Int64?
    /// Whether the out-of-memory killer spares it.
    @Nullable public var oomKillDisable: Bool?
    /// Limit of processes; 0, -1 or nil means none.
    @Nullable public var pidsLimit: Int64?
    /// Resource limits.
    @Nullable public var ulimits: [Ulimit]?
    /// Windows only; passed through.
    @Lenient public var cpuCount: Int64
    /// Windows only; passed through.
    @Lenient public var cpuPercent: Int64
    /// Windows only; passed through.
    @Lenient public var ioMaximumIOps: UInt64
    /// Windows only; passed through.
    @Lenient public var ioMaximumBandwidth: UInt64
    /// Mounts of `--mount`.
    public var mounts: [MountSpec]?
    /// Places that are hidden inside; nil means the default list.
    @Nullable public var maskedPaths: [String]?
    /// Places that are read-only inside; nil means the default list.
    @Nullable public var readonlyPaths: [String]?
    /// Whether a small init process runs as pid 1.
    public var useInit: Bool?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        binds: [String]? = nil, containerIDFile: String = "", logConfig: LogConfig = LogConfig(),
        networkMode: String = "", portBindings: PortMap? = nil, restartPolicy: RestartPolicy = RestartPolicy(),
        autoRemove: Bool = false, volumeDriver: String = "", volumesFrom: [String]? = nil, consoleSize: [Int] = [0, 0],
        annotations: [String: String]? = nil, capAdd: [String]? = nil, capDrop: [String]? = nil,
        cgroupnsMode: String = "", dns: [String]? = nil, dnsOptions: [String]? = nil, dnsSearch: [String]? = nil,
        extraHosts: [String]? = nil, groupAdd: [String]? = nil, ipcMode: String = "", cgroup: String = "",
        links: [String]? = nil, oomScoreAdj: Int = 0, pidMode: String = "", privileged: Bool = false,
        publishAllPorts: Bool = false, readonlyRootfs: Bool = false, securityOpt: [String]? = nil,
        storageOpt: [String: String]? = nil, tmpfs: [String: String]? = nil, utsMode: String = "",
        usernsMode: String = "", shmSize: Int64 = 0, sysctls: [String: String]? = nil, runtime: String? = nil,
        isolation: String = "", cpuShares: Int64 = 0, memory: Int64 = 0, nanoCpus: Int64 = 0,
        cgroupParent: String = "", blkioWeight: Int = 0, blkioWeightDevice: [WeightDevice]? = nil,
        blkioDeviceReadBps: [ThrottleDevice]? = nil, blkioDeviceWriteBps: [ThrottleDevice]? = nil,
        blkioDeviceReadIOps: [ThrottleDevice]? = nil, blkioDeviceWriteIOps: [ThrottleDevice]? = nil,
        cpuPeriod: Int64 = 0, cpuQuota: Int64 = 0, cpuRealtimePeriod: Int64 = 0, cpuRealtimeRuntime: Int64 = 0,
        cpusetCpus: String = "", cpusetMems: String = "", devices: [DeviceMapping]? = nil,
        deviceCgroupRules: [String]? = nil, deviceRequests: [JSONValue]? = nil, kernelMemory: Int64? = nil,
        kernelMemoryTCP: Int64? = nil, memoryReservation: Int64 = 0, memorySwap: Int64 = 0,
        memorySwappiness: Int64? = nil, oomKillDisable: Bool? = nil, pidsLimit: Int64? = nil, ulimits: [Ulimit]? = nil,
        cpuCount: Int64 = 0, cpuPercent: Int64 = 0, ioMaximumIOps: UInt64 = 0, ioMaximumBandwidth: UInt64 = 0,
        mounts: [MountSpec]? = nil, maskedPaths: [String]? = nil, readonlyPaths: [String]? = nil, useInit: Bool? = nil
    ) {
        self.binds = binds
        self.containerIDFile = containerIDFile
        self.logConfig = logConfig
        self.networkMode = networkMode
        self.portBindings = portBindings
        self.restartPolicy = restartPolicy
        self.autoRemove = autoRemove
        self.volumeDriver = volumeDriver
        self.volumesFrom = volumesFrom
        self.consoleSize = consoleSize
        self.annotations = annotations
        self.capAdd = capAdd
        self.capDrop = capDrop
        self.cgroupnsMode = cgroupnsMode
        self.dns = dns
        self.dnsOptions = dnsOptions
        self.dnsSearch = dnsSearch
        self.extraHosts = extraHosts
        self.groupAdd = groupAdd
        self.ipcMode = ipcMode
        self.cgroup = cgroup
        self.links = links
        self.oomScoreAdj = oomScoreAdj
        self.pidMode = pidMode
        self.privileged = privileged
        self.publishAllPorts = publishAllPorts
        self.readonlyRootfs = readonlyRootfs
        self.securityOpt = securityOpt
        self.storageOpt = storageOpt
        self.tmpfs = tmpfs
        self.utsMode = utsMode
        self.usernsMode = usernsMode
        self.shmSize = shmSize
        self.sysctls = sysctls
        self.runtime = runtime
        self.isolation = isolation
        self.cpuShares = cpuShares
        self.memory = memory
        self.nanoCpus = nanoCpus
        self.cgroupParent = cgroupParent
        self.blkioWeight = blkioWeight
        self.blkioWeightDevice = blkioWeightDevice
        self.blkioDeviceReadBps = blkioDeviceReadBps
        self.blkioDeviceWriteBps = blkioDeviceWriteBps
        self.blkioDeviceReadIOps = blkioDeviceReadIOps
        self.blkioDeviceWriteIOps = blkioDeviceWriteIOps
        self.cpuPeriod = cpuPeriod
        self.cpuQuota = cpuQuota
        self.cpuRealtimePeriod = cpuRealtimePeriod
        self.cpuRealtimeRuntime = cpuRealtimeRuntime
        self.cpusetCpus = cpusetCpus
        self.cpusetMems = cpusetMems
        self.devices = devices
        self.deviceCgroupRules = deviceCgroupRules
        self.deviceRequests = deviceRequests
        self.kernelMemory = kernelMemory
        self.kernelMemoryTCP = kernelMemoryTCP
        self.memoryReservation = memoryReservation
        self.memorySwap = memorySwap
        self.memorySwappiness = memorySwappiness
        self.oomKillDisable = oomKillDisable
        self.pidsLimit = pidsLimit
        self.ulimits = ulimits
        self.cpuCount = cpuCount
        self.cpuPercent = cpuPercent
        self.ioMaximumIOps = ioMaximumIOps
        self.ioMaximumBandwidth = ioMaximumBandwidth
        self.mounts = mounts
        self.maskedPaths = maskedPaths
        self.readonlyPaths = readonlyPaths
        self.useInit = useInit
    }

    private enum CodingKeys: String, CodingKey {
        case binds = "Binds"
        case containerIDFile = "ContainerIDFile"
        case logConfig = "LogConfig"
        case networkMode = "NetworkMode"
        case portBindings = "PortBindings"
        case restartPolicy = "RestartPolicy"
        case autoRemove = "AutoRemove"
        case volumeDriver = "VolumeDriver"
        case volumesFrom = "VolumesFrom"
        case consoleSize = "ConsoleSize"
        case annotations = "Annotations"
        case capAdd = "CapAdd"
        case capDrop = "CapDrop"
        case cgroupnsMode = "CgroupnsMode"
        case dns = "Dns"
        case dnsOptions = "DnsOptions"
        case dnsSearch = "DnsSearch"
        case extraHosts = "ExtraHosts"
        case groupAdd = "GroupAdd"
        case ipcMode = "IpcMode"
        case cgroup = "Cgroup"
        case links = "Links"
        case oomScoreAdj = "OomScoreAdj"
        case pidMode = "PidMode"
        case privileged = "Privileged"
        case publishAllPorts = "PublishAllPorts"
        case readonlyRootfs = "ReadonlyRootfs"
        case securityOpt = "SecurityOpt"
        case storageOpt = "StorageOpt"
        case tmpfs = "Tmpfs"
        case utsMode = "UTSMode"
        case usernsMode = "UsernsMode"
        case shmSize = "ShmSize"
        case sysctls = "Sysctls"
        case runtime = "Runtime"
        case isolation = "Isolation"
        case cpuShares = "CpuShares"
        case memory = "Memory"
        case nanoCpus = "NanoCpus"
        case cgroupParent = "CgroupParent"
        case blkioWeight = "BlkioWeight"
        case blkioWeightDevice = "BlkioWeightDevice"
        case blkioDeviceReadBps = "BlkioDeviceReadBps"
        case blkioDeviceWriteBps = "BlkioDeviceWriteBps"
        case blkioDeviceReadIOps = "BlkioDeviceReadIOps"
        case blkioDeviceWriteIOps = "BlkioDeviceWriteIOps"
        case cpuPeriod = "CpuPeriod"
        case cpuQuota = "CpuQuota"
        case cpuRealtimePeriod = "CpuRealtimePeriod"
        case cpuRealtimeRuntime = "CpuRealtimeRuntime"
        case cpusetCpus = "CpusetCpus"
        case cpusetMems = "CpusetMems"
        case devices = "Devices"
        case deviceCgroupRules = "DeviceCgroupRules"
        case deviceRequests = "DeviceRequests"
        case kernelMemory = "KernelMemory"
        case kernelMemoryTCP = "KernelMemoryTCP"
        case memoryReservation = "MemoryReservation"
        case memorySwap = "MemorySwap"
        case memorySwappiness = "MemorySwappiness"
        case oomKillDisable = "OomKillDisable"
        case pidsLimit = "PidsLimit"
        case ulimits = "Ulimits"
        case cpuCount = "CpuCount"
        case cpuPercent = "CpuPercent"
        case ioMaximumIOps = "IOMaximumIOps"
        case ioMaximumBandwidth = "IOMaximumBandwidth"
        case mounts = "Mounts"
        case maskedPaths = "MaskedPaths"
        case readonlyPaths = "ReadonlyPaths"
        case useInit = "Init"
    }
}
