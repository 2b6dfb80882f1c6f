public import EngineAPI

/// What a container's control groups say of its use of the machine, in the API's form. Reads through a closure, so
/// that it is tested without a kernel.
public struct CgroupReading: Hashable, Sendable {
    /// Processes.
    public var pids = PidsStats()
    /// Processor time, without the host's.
    public var cpu = CPUStats()
    /// Memory in bytes.
    public var memory = MemoryStats()
    /// Block devices.
    public var blocks = BlkioStats()

    /// Nothing was read.
    public init() {}

    /// Clock ticks a second in `cpuacct.stat` and `/proc/stat` (USER_HZ): 100 on all architectures that Linux has.
    static let nanosecondsPerTick: UInt64 = 10_000_000

    /// Reads version 1 hierarchies (kernel documentation, admin-guide/cgroup-v1).
    ///
    /// - Parameters:
    ///   - hostMemory: bytes of the machine's memory, which stand for "no limit".
    ///   - file: the text of a file such as `memory/memory.stat`, or nil where there is none.
    static func version1(hostMemory: UInt64, file: (String) -> String?) -> CgroupReading {
        var reading = CgroupReading()
        reading.pids = pids(current: file("pids/pids.current"), limit: file("pids/pids.max"))

        var usage = CPUUsage()
        usage.totalUsage = number(file("cpuacct/cpuacct.usage")) ?? 0
        usage.percpuUsage = file("cpuacct/cpuacct.usage_percpu").map { text in
            text.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) }
        }
        let times = pairs(file("cpuacct/cpuacct.stat"))
        usage.usageInUsermode = (times["user"] ?? 0) * nanosecondsPerTick
        usage.usageInKernelmode = (times["system"] ?? 0) * nanosecondsPerTick
        reading.cpu.cpuUsage = usage
        let throttling = pairs(file("cpu/cpu.stat"))
        reading.cpu.throttlingData = ThrottlingData(
            periods: throttling["nr_periods"] ?? 0, throttledPeriods: throttling["nr_throttled"] ?? 0,
            throttledTime: throttling["throttled_time"] ?? 0)

        if let current = number(file("memory/memory.usage_in_bytes")) {
            let failures = number(file("memory/memory.failcnt")) ?? 0
            reading.memory = MemoryStats(
                usage: current, maxUsage: number(file("memory/memory.max_usage_in_bytes")),
                stats: pairs(file("memory/memory.stat")), failcnt: failures == 0 ? nil : failures,
                limit: min(number(file("memory/memory.limit_in_bytes")) ?? hostMemory, hostMemory))
        }
        reading.blocks = BlkioStats(
            ioServiceBytesRecursive: devices(file("blkio/blkio.throttle.io_service_bytes_recursive")),
            ioServicedRecursive: devices(file("blkio/blkio.throttle.io_serviced_recursive")), ioQueueRecursive: [],
            ioServiceTimeRecursive: [], ioWaitTimeRecursive: [], ioMergedRecursive: [], ioTimeRecursive: [],
            sectorsRecursive: [])
        return reading
    }

    /// Reads a version 2 group (kernel documentation, admin-guide/cgroup-v2). Parameters as above.
    static func version2(hostMemory: UInt64, file: (String) -> String?) -> CgroupReading {
        var reading = CgroupReading()
        reading.pids = pids(current: file("pids.current"), limit: file("pids.max"))
        let times = pairs(file("cpu.stat"))
        reading.cpu.cpuUsage = CPUUsage(
            totalUsage: (times["usage_usec"] ?? 0) * 1000, usageInKernelmode: (times["system_usec"] ?? 0) * 1000,
            usageInUsermode: (times["user_usec"] ?? 0) * 1000)
        reading.cpu.throttlingData = ThrottlingData(
            periods: times["nr_periods"] ?? 0, throttledPeriods: times["nr_throttled"] ?? 0,
            throttledTime: (times["throttled_usec"] ?? 0) * 1000)
        if let current = number(file("memory.current")) {
            let failures = pairs(file("memory.events"))["oom"] ?? 0
            reading.memory = MemoryStats(
                usage: current, stats: pairs(file("memory.stat")), failcnt: failures == 0 ? nil : failures,
                limit: min(number(file("memory.max")) ?? hostMemory, hostMemory))
        }
        var bytes: [BlkioStatEntry] = []
        for line in (file("io.stat") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let (major, minor) = device(words.first ?? "") else { continue }
            for word in words.dropFirst() {
                let parts = word.split(separator: "=")
                guard parts.count == 2, let value = UInt64(parts[1]) else { continue }
                switch parts[0] {
                case "rbytes": bytes.append(BlkioStatEntry(major: major, minor: minor, op: "read", value: value))
                case "wbytes": bytes.append(BlkioStatEntry(major: major, minor: minor, op: "write", value: value))
                default: break
                }
            }
        }
        reading.blocks = BlkioStats(ioServiceBytesRecursive: bytes)
        return reading
    }

    private static func pids(current: String?, limit: String?) -> PidsStats {
        PidsStats(current: number(current), limit: number(limit))
    }

    /// The number that a file holds; nil for `max` and for no file.
    private static func number(_ text: String?) -> UInt64? {
        text.flatMap { UInt64($0.prefix { !$0.isWhitespace }) }
    }

    /// Lines of a name and a number.
    private static func pairs(_ text: String?) -> [String: UInt64] {
        var pairs: [String: UInt64] = [:]
        for line in (text ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let value = UInt64(words[1]) { pairs[String(words[0])] = value }
        }
        return pairs
    }

    /// Lines such as `8:0 Read 4096`.
    private static func devices(_ text: String?) -> [BlkioStatEntry] {
        (text ?? "").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3, let (major, minor) = device(words[0]), let value = UInt64(words[2]) else {
                return nil
            }
            return BlkioStatEntry(major: major, minor: minor, op: words[1].lowercased(), value: value)
        }
    }

    private static func device(_ text: Substring) -> (major: UInt64, minor: UInt64)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let major = UInt64(parts[0]), let minor = UInt64(parts[1]) else { return nil }
        return (major, minor)
    }
}
