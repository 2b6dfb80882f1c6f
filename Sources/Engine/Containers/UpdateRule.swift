import EngineAPI

/// Joins a container's limits with an update's, by Docker's rules. Pure.
enum UpdateRule {
    /// The limits that are then in force.
    ///
    /// - Throws: 409 or 400 in Docker's words for limits that exclude each other.
    static func merge(_ changes: HostConfig, into current: HostConfig) throws(APIError) -> HostConfig {
        try checkProcessors(changes, current)
        var merged = current
        func take<Value: Equatable & ZeroValue>(_ field: WritableKeyPath<HostConfig, Value>) {
            if changes[keyPath: field] != Value.zeroValue { merged[keyPath: field] = changes[keyPath: field] }
        }
        take(\.blkioWeight)
        take(\.cpuShares)
        take(\.nanoCpus)
        take(\.cpuPeriod)
        take(\.cpuQuota)
        take(\.cpusetCpus)
        take(\.cpusetMems)
        take(\.memoryReservation)
        take(\.cpuRealtimePeriod)
        take(\.cpuRealtimeRuntime)
        if changes.memory != 0 {
            // An unlimited swap (-1) fits every limit of memory; 0 means that none was ever set.
            if changes.memorySwap == 0, current.memorySwap > 0, changes.memory > current.memorySwap {
                throw .conflict(
                    "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
                )
            }
            merged.memory = changes.memory
        }
        take(\.memorySwap)
        if let limit = changes.pidsLimit { merged.pidsLimit = limit > 0 ? limit : nil }
        if !changes.restartPolicy.name.isEmpty {
            if current.autoRemove, changes.restartPolicy.name != "no" {
                throw .conflict("Restart policy cannot be updated because AutoRemove is enabled for the container")
            }
            merged.restartPolicy = changes.restartPolicy
        }
        try CreateValidation.checkMemory(merged)
        try CreateValidation.checkProcessors(merged)
        try CreateValidation.checkPolicies(merged)
        return merged
    }

    private static func checkProcessors(_ changes: HostConfig, _ current: HostConfig) throws(APIError) {
        func refuse(_ what: String, _ other: String, _ conflicts: Bool) throws(APIError) {
            if conflicts {
                throw .conflict(
                    "Conflicting options: \(what) cannot be updated as \(other) has already been set")
            }
        }
        try refuse("Nano CPUs", "CPU Period", changes.nanoCpus > 0 && current.cpuPeriod > 0)
        try refuse("Nano CPUs", "CPU Quota", changes.nanoCpus > 0 && current.cpuQuota > 0)
        try refuse("CPU Period", "NanoCPUs", changes.cpuPeriod > 0 && current.nanoCpus > 0)
        try refuse("CPU Quota", "NanoCPUs", changes.cpuQuota > 0 && current.nanoCpus > 0)
    }
}
