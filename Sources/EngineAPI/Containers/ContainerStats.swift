/// `GET /containers/{id}/stats`.
public struct ContainerStats: Codable, Hashable, Sendable {
    /// The container's name, with a slash in front.
    public var name: String?
    /// The container's id.
    public var id: String?
    /// When this was read.
    @Lenient public var read: Timestamp
    /// When `precpuStats` was read.
    @Lenient public var preread: Timestamp
    /// Processes.
    @Lenient public var pidsStats: PidsStats
    /// Block devices.
    @Lenient public var blkioStats: BlkioStats
    /// Windows only.
    @Lenient public var numProcs: Int
    /// Windows only.
    @Lenient public var storageStats: EmptyObject
    /// Processor time.
    @Lenient public var cpuStats: CPUStats
    /// Processor time of the reading before.
    @Lenient public var precpuStats: CPUStats
    /// Memory.
    @Lenient public var memoryStats: MemoryStats
    /// By interface inside.
    public var networks: [String: NetworkStats]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        name: String? = nil, id: String? = nil, read: Timestamp = .zero, preread: Timestamp = .zero,
        pidsStats: PidsStats = PidsStats(), blkioStats: BlkioStats = BlkioStats(), numProcs: Int = 0,
        storageStats: EmptyObject = EmptyObject(), cpuStats: CPUStats = CPUStats(), precpuStats: CPUStats = CPUStats(),
        memoryStats: MemoryStats = MemoryStats(), networks: [String: NetworkStats]? = nil
    ) {
        self.name = name
        self.id = id
        self.read = read
        self.preread = preread
        self.pidsStats = pidsStats
        self.blkioStats = blkioStats
        self.numProcs = numProcs
        self.storageStats = storageStats
        self.cpuStats = cpuStats
        self.precpuStats = precpuStats
        self.memoryStats = memoryStats
        self.networks = networks
    }

    private enum CodingKeys: String, CodingKey {
        case name
        case id
        case read
        case preread
        case pidsStats = "pids_stats"
        case blkioStats = "blkio_stats"
        case numProcs = "num_procs"
        case storageStats = "storage_stats"
        case cpuStats = "cpu_stats"
        case precpuStats = "precpu_stats"
        case memoryStats = "memory_stats"
        case networks
    }
}

/// How many processes there are.
public struct PidsStats: Codable, Hashable, Sendable {
    /// Now.
    public var current: UInt64?
    /// At most.
    public var limit: UInt64?

    /// Every field has the value that Docker takes where it is left out.
    public init(current: UInt64? = nil, limit: UInt64? = nil) {
        self.current = current
        self.limit = limit
    }

    private enum CodingKeys: String, CodingKey {
        case current
        case limit
    }
}

/// What went to and from block devices; null where the kernel does not say.
public struct BlkioStats: Codable, Hashable, Sendable {
    /// Bytes.
    @Nullable public var ioServiceBytesRecursive: [BlkioStatEntry]?
    /// Operations.
    @Nullable public var ioServicedRecursive: [BlkioStatEntry]?
    /// Operations that wait.
    @Nullable public var ioQueueRecursive: [BlkioStatEntry]?
    /// Time spent.
    @Nullable public var ioServiceTimeRecursive: [BlkioStatEntry]?
    /// Time waited.
    @Nullable public var ioWaitTimeRecursive: [BlkioStatEntry]?
    /// Operations that were merged.
    @Nullable public var ioMergedRecursive: [BlkioStatEntry]?
    /// Time of the device.
    @Nullable public var ioTimeRecursive: [BlkioStatEntry]?
    /// Sectors.
    @Nullable public var sectorsRecursive: [BlkioStatEntry]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        ioServiceBytesRecursive: [BlkioStatEntry]? = nil, ioServicedRecursive: [BlkioStatEntry]? = nil,
        ioQueueRecursive: [BlkioStatEntry]? = nil, ioServiceTimeRecursive: [BlkioStatEntry]? = nil,
        ioWaitTimeRecursive: [BlkioStatEntry]? = nil, ioMergedRecursive: [BlkioStatEntry]? = nil,
        ioTimeRecursive: [BlkioStatEntry]? = nil, sectorsRecursive: [BlkioStatEntry]? = nil
    ) {
        self.ioServiceBytesRecursive = ioServiceBytesRecursive
        self.ioServicedRecursive = ioServicedRecursive
        self.ioQueueRecursive = ioQueueRecursive
        self.ioServiceTimeRecursive = ioServiceTimeRecursive
        self.ioWaitTimeRecursive = ioWaitTimeRecursive
        self.ioMergedRecursive = ioMergedRecursive
        self.ioTimeRecursive = ioTimeRecursive
        self.sectorsRecursive = sectorsRecursive
    }

    private enum CodingKeys: String, CodingKey {
        case ioServiceBytesRecursive = "io_service_bytes_recursive"
        case ioServicedRecursive = "io_serviced_recursive"
        case ioQueueRecursive = "io_queue_recursive"
        case ioServiceTimeRecursive = "io_service_time_recursive"
        case ioWaitTimeRecursive = "io_wait_time_recursive"
        case ioMergedRecursive = "io_merged_recursive"
        case ioTimeRecursive = "io_time_recursive"
        case sectorsRecursive = "sectors_recursive"
    }
}

/// A number of one device.
public struct BlkioStatEntry: Codable, Hashable, Sendable {
    /// The device's major number.
    @Lenient public var major: UInt64
    /// The device's minor number.
    @Lenient public var minor: UInt64
    /// `read`, `write` and the like.
    @Lenient public var op: String
    /// The number.
    @Lenient public var value: UInt64

    /// Every field has the value that Docker takes where it is left out.
    public init(major: UInt64 = 0, minor: UInt64 = 0, op: String = "", value: UInt64 = 0) {
        self.major = major
        self.minor = minor
        self.op = op
        self.value = value
    }

    private enum CodingKeys: String, CodingKey {
        case major
        case minor
        case op
        case value
    }
}

/// Processor time up to now.
public struct CPUStats: Codable, Hashable, Sendable {
    /// The container's.
    @Lenient public var cpuUsage: CPUUsage
    /// The host's, in nanoseconds.
    public var systemCPUUsage: UInt64?
    /// The host's processors.
    public var onlineCPUs: Int?
    /// How the limit was felt.
    @Lenient public var throttlingData: ThrottlingData

    /// Every field has the value that Docker takes where it is left out.
    public init(
        cpuUsage: CPUUsage = CPUUsage(), systemCPUUsage: UInt64? = nil, onlineCPUs: Int? = nil,
        throttlingData: ThrottlingData = ThrottlingData()
    ) {
        self.cpuUsage = cpuUsage
        self.systemCPUUsage = systemCPUUsage
        self.onlineCPUs = onlineCPUs
        self.throttlingData = throttlingData
    }

    private enum CodingKeys: String, CodingKey {
        case cpuUsage = "cpu_usage"
        case systemCPUUsage = "system_cpu_usage"
        case onlineCPUs = "online_cpus"
        case throttlingData = "throttling_data"
    }
}

/// Processor time of a container, in nanoseconds.
public struct CPUUsage: Codable, Hashable, Sendable {
    /// All of it.
    @Lenient public var totalUsage: UInt64
    /// By processor; cgroup v1 only.
    public var percpuUsage: [UInt64]?
    /// In the kernel.
    @Lenient public var usageInKernelmode: UInt64
    /// In programs.
    @Lenient public var usageInUsermode: UInt64

    /// Every field has the value that Docker takes where it is left out.
    public init(
        totalUsage: UInt64 = 0, percpuUsage: [UInt64]? = nil, usageInKernelmode: UInt64 = 0,
        usageInUsermode: UInt64 = 0
    ) {
        self.totalUsage = totalUsage
        self.percpuUsage = percpuUsage
        self.usageInKernelmode = usageInKernelmode
        self.usageInUsermode = usageInUsermode
    }

    private enum CodingKeys: String, CodingKey {
        case totalUsage = "total_usage"
        case percpuUsage = "percpu_usage"
        case usageInKernelmode = "usage_in_kernelmode"
        case usageInUsermode = "usage_in_usermode"
    }
}

/// How a limit of processor time was felt.
public struct ThrottlingData: Codable, Hashable, Sendable {
    /// Periods with a limit.
    @Lenient public var periods: UInt64
    /// Periods in which the limit was met.
    @Lenient public var throttledPeriods: UInt64
    /// Nanoseconds that it was held back.
    @Lenient public var throttledTime: UInt64

    /// Every field has the value that Docker takes where it is left out.
    public init(periods: UInt64 = 0, throttledPeriods: UInt64 = 0, throttledTime: UInt64 = 0) {
        self.periods = periods
        self.throttledPeriods = throttledPeriods
        self.throttledTime = throttledTime
    }

    private enum CodingKeys: String, CodingKey {
        case periods
        case throttledPeriods = "throttled_periods"
        case throttledTime = "throttled_time"
    }
}

/// Memory of a container, in bytes.
public struct MemoryStats: Codable, Hashable, Sendable {
    /// Now, page cache included.
    public var usage: UInt64?
    /// At most so far; cgroup v1 only.
    public var maxUsage: UInt64?
    /// The kernel's own numbers.
    public var stats: [String: UInt64]?
    /// How often the limit was met.
    public var failcnt: UInt64?
    /// The limit, or the host's memory.
    public var limit: UInt64?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        usage: UInt64? = nil, maxUsage: UInt64? = nil, stats: [String: UInt64]? = nil, failcnt: UInt64? = nil,
        limit: UInt64? = nil
    ) {
        self.usage = usage
        self.maxUsage = maxUsage
        self.stats = stats
        self.failcnt = failcnt
        self.limit = limit
    }

    private enum CodingKeys: String, CodingKey {
        case usage
        case maxUsage = "max_usage"
        case stats
        case failcnt
        case limit
    }
}

/// Traffic of an interface.
public struct NetworkStats: Codable, Hashable, Sendable {
    /// Bytes received.
    @Lenient public var rxBytes: UInt64
    /// Packets received.
    @Lenient public var rxPackets: UInt64
    /// Errors on receiving.
    @Lenient public var rxErrors: UInt64
    /// Received packets that were dropped.
    @Lenient public var rxDropped: UInt64
    /// Bytes sent.
    @Lenient public var txBytes: UInt64
    /// Packets sent.
    @Lenient public var txPackets: UInt64
    /// Errors on sending.
    @Lenient public var txErrors: UInt64
    /// Packets that were not sent.
    @Lenient public var txDropped: UInt64

    /// Every field has the value that Docker takes where it is left out.
    public init(
        rxBytes: UInt64 = 0, rxPackets: UInt64 = 0, rxErrors: UInt64 = 0, rxDropped: UInt64 = 0, txBytes: UInt64 = 0,
        txPackets: UInt64 = 0, txErrors: UInt64 = 0, txDropped: UInt64 = 0
    ) {
        self.rxBytes = rxBytes
        self.rxPackets = rxPackets
        self.rxErrors = rxErrors
        self.rxDropped = rxDropped
        self.txBytes = txBytes
        self.txPackets = txPackets
        self.txErrors = txErrors
        self.txDropped = txDropped
    }

    private enum CodingKeys: String, CodingKey {
        case rxBytes = "rx_bytes"
        case rxPackets = "rx_packets"
        case rxErrors = "rx_errors"
        case rxDropped = "rx_dropped"
        case txBytes = "tx_bytes"
        case txPackets = "tx_packets"
        case txErrors = "tx_errors"
        case txDropped = "tx_dropped"
    }
}
