import EngineAPI

extension CreateValidation {
    /// The least memory that a container may be limited to: 6 MiB.
    static let leastMemory: Int64 = 6 << 20
    /// The most processes that the kernel counts, `PID_MAX_LIMIT` of linux/threads.h.
    static let mostProcesses: Int64 = 4 << 20
    /// The longest processor time a period that the kernel takes, in microseconds (`max_bw_quota_period_us`).
    static let longestQuota: Int64 = 1 << 44

    /// Limits of memory and of what is counted beside it.
    static func checkMemory(_ host: HostConfig) throws(APIError) {
        if host.memory != 0, host.memory < leastMemory { throw .badRequest("Minimum memory limit allowed is 6MB") }
        if host.memory > 0, host.memorySwap > 0, host.memorySwap < host.memory {
            throw .badRequest("Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if host.memory == 0, host.memorySwap > 0 {
            throw .badRequest("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if host.memorySwap < -1 {
            throw .badRequest("Invalid value: \(host.memorySwap), valid memory swap is -1 or more")
        }
        if host.memoryReservation != 0, host.memoryReservation < leastMemory {
            throw .badRequest("Minimum memory reservation allowed is 6MB")
        }
        if host.memory > 0, host.memory < host.memoryReservation {
            throw .badRequest("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
        if let swappiness = host.memorySwappiness, !(-1...100).contains(swappiness) {
            throw .badRequest("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
        }
        if let limit = host.pidsLimit, limit > mostProcesses {
            throw .badRequest("Invalid value: \(limit), valid pids limit range is 1-\(mostProcesses)")
        }
        if host.blkioWeight != 0, !(10...1000).contains(host.blkioWeight) {
            throw .badRequest("Range of blkio weight is from 10 to 1000")
        }
    }

    /// Shares of the processors.
    static func checkProcessors(_ host: HostConfig) throws(APIError) {
        let processors = HostFacts.processorCount
        if host.nanoCpus < 0 || host.nanoCpus > Int64(processors) * 1_000_000_000 {
            throw .badRequest(
                "range of CPUs is from 0.01 to \(processors).00, as there are only \(processors) CPUs available")
        }
        if host.nanoCpus > 0, host.cpuPeriod != 0 || host.cpuQuota != 0 {
            throw .badRequest("Conflicting options: Nano CPUs and CPU Period cannot both be set")
        }
        if host.cpuPeriod != 0, !(1000...1_000_000).contains(host.cpuPeriod) {
            throw .badRequest("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if host.cpuQuota > 0, host.cpuQuota < 1000 {
            throw .badRequest("CPU cfs quota can not be less than 1ms (i.e. 1000)")
        }
        if host.cpuQuota > longestQuota || host.cpuQuota < -1 {
            throw .badRequest(
                "Invalid value: \(host.cpuQuota), the CPU cfs quota is at most \(longestQuota) microseconds")
        }
        if host.cpuRealtimePeriod < 0 || host.cpuRealtimeRuntime < 0 {
            throw .badRequest("CPU real-time period and runtime can not be less than 0")
        }
        if host.cpuRealtimeRuntime > 0, host.cpuRealtimeRuntime > host.cpuRealtimePeriod {
            throw .badRequest("cpu real-time runtime cannot be higher than cpu real-time period")
        }
        for (list, name) in [(host.cpusetCpus, "cpuset cpus"), (host.cpusetMems, "cpuset mems")] where !list.isEmpty {
            guard let wanted = numbers(list) else {
                throw .badRequest("Invalid value \(list) for \(name): invalid format: \(list)")
            }
            let kind = name == "cpuset cpus" ? "CPUs" : "memory nodes"
            let available = name == "cpuset cpus" ? HostFacts.processorsOnline : HostFacts.memoryNodesOnline
            if let online = numbers(available), !wanted.isSubset(of: online) {
                throw .badRequest("Requested \(kind) are not available - requested \(list), available: \(available)")
            }
        }
    }

    /// Whose namespaces the container is in.
    static func checkModes(_ host: HostConfig) throws(APIError) {
        func check(_ mode: String, _ name: String, _ known: [String]) throws(APIError) {
            guard mode.isEmpty || known.contains(mode) || mode.hasPrefix("container:") else {
                throw .badRequest("invalid \(name) mode: \(mode)")
            }
        }
        try check(host.utsMode, "UTS", ["host"])
        try check(host.pidMode, "PID", ["host", "private"])
        try check(host.ipcMode, "IPC", ["none", "host", "private", "shareable"])
        try check(host.cgroupnsMode, "cgroup namespace", ["host", "private"])
        let parent = host.cgroupParent.split(separator: "/")
        if parent.contains(where: { $0 == "." || $0 == ".." }) {
            throw .badRequest("invalid cgroup parent: \"\(host.cgroupParent)\"")
        }
    }

    /// `0-2,5` as its numbers; nil for anything else, and for numbers that no machine has.
    static func numbers(_ list: String) -> Set<Int>? {
        var numbers: Set<Int> = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
                first >= 0, last >= first, last < 1 << 16
            else { return nil }
            numbers.formUnion(first...last)
        }
        return numbers
    }
}
