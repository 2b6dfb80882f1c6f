import EngineAPI

/// The `linux.resources` of a `config.json`: the limits of a container's control groups.
struct ResourceSpecification: Sendable {
    /// Microseconds in which a share of processor time is given, as Docker has it for `--cpus`.
    private static let period: Int64 = 100_000

    var rules: [DeviceRule]
    private var memory: [(String, Int64)] = []
    private var disablesOutOfMemoryKiller = false
    private var processor: [(String, Int64)] = []
    private var processors = ""
    private var memoryNodes = ""
    private var pids: Int64?
    private var weight = 0
    private var weights: [(device: ContainerDevice, value: Int64)] = []
    private var throttles: [(key: String, device: ContainerDevice, value: UInt64)] = []

    init(_ host: HostConfig, rules: [DeviceRule], limitsSwap: Bool) throws(RuntimeError) {
        self.rules = rules
        if host.memory > 0 { memory.append(("limit", host.memory)) }
        if host.memoryReservation > 0 { memory.append(("reservation", host.memoryReservation)) }
        if limitsSwap {
            // Docker gives as much swap again where nothing is said: the number is memory and swap together.
            if host.memorySwap != 0 {
                memory.append(("swap", host.memorySwap))
            } else if host.memory > 0 {
                memory.append(("swap", host.memory > .max / 2 ? .max : host.memory * 2))
            }
        }
        if let swappiness = host.memorySwappiness, swappiness >= 0 { memory.append(("swappiness", swappiness)) }
        disablesOutOfMemoryKiller = host.oomKillDisable == true

        if host.cpuShares > 0 { processor.append(("shares", host.cpuShares)) }
        if host.nanoCpus > 0 {
            processor.append(("quota", host.nanoCpus * Self.period / 1_000_000_000))
            processor.append(("period", Self.period))
        } else {
            if host.cpuQuota > 0 { processor.append(("quota", host.cpuQuota)) }
            if host.cpuPeriod != 0 { processor.append(("period", host.cpuPeriod)) }
        }
        if host.cpuRealtimeRuntime != 0 { processor.append(("realtimeRuntime", host.cpuRealtimeRuntime)) }
        if host.cpuRealtimePeriod != 0 { processor.append(("realtimePeriod", host.cpuRealtimePeriod)) }
        processors = host.cpusetCpus
        memoryNodes = host.cpusetMems
        if let limit = host.pidsLimit, limit > 0 { pids = limit }

        weight = host.blkioWeight
        for entry in host.blkioWeightDevice ?? [] {
            weights.append((try Self.device(entry.path), Int64(entry.weight)))
        }
        let limits: [(String, [ThrottleDevice]?)] = [
            ("throttleReadBpsDevice", host.blkioDeviceReadBps), ("throttleWriteBpsDevice", host.blkioDeviceWriteBps),
            ("throttleReadIOPSDevice", host.blkioDeviceReadIOps),
            ("throttleWriteIOPSDevice", host.blkioDeviceWriteIOps),
        ]
        for (key, entries) in limits {
            for entry in entries ?? [] { throttles.append((key, try Self.device(entry.path), entry.rate)) }
        }
    }

    private static func device(_ path: String) throws(RuntimeError) -> ContainerDevice {
        guard let device = ContainerDevice.read(path, as: path) else {
            throw RuntimeError("cannot limit \(path): it is not a device", kind: .invalid)
        }
        return device
    }

    /// Takes the limit of processes away, in an update: -1 is `max`.
    mutating func liftProcessLimit() { pids = -1 }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("devices")
            writer.array(rules) { $1.write(to: &$0) }
            if !memory.isEmpty || disablesOutOfMemoryKiller {
                writer.member("memory") { writer in
                    for (name, value) in memory { writer.member(name, value) }
                    if disablesOutOfMemoryKiller { writer.member("disableOOMKiller", true) }
                }
            }
            if !processor.isEmpty || !processors.isEmpty || !memoryNodes.isEmpty {
                writer.member("cpu") { writer in
                    for (name, value) in processor { writer.member(name, value) }
                    if !processors.isEmpty { writer.member("cpus", processors) }
                    if !memoryNodes.isEmpty { writer.member("mems", memoryNodes) }
                }
            }
            if let pids { writer.member("pids") { $0.member("limit", pids) } }
            if weight > 0 || !weights.isEmpty || !throttles.isEmpty { writeBlockDevices(to: &writer) }
        }
    }

    private func writeBlockDevices(to writer: inout JSONWriter) {
        writer.member("blockIO") { writer in
            if weight > 0 { writer.member("weight", weight) }
            if !weights.isEmpty {
                writer.key("weightDevice")
                writer.array(weights) { writer, entry in
                    writer.object { writer in
                        writer.member("major", entry.device.major)
                        writer.member("minor", entry.device.minor)
                        writer.member("weight", entry.value)
                    }
                }
            }
            for key in [
                "throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice",
            ] {
                let entries = throttles.filter { $0.key == key }
                guard !entries.isEmpty else { continue }
                writer.key(key)
                writer.array(entries) { writer, entry in
                    writer.object { writer in
                        writer.member("major", entry.device.major)
                        writer.member("minor", entry.device.minor)
                        writer.member("rate", entry.value)
                    }
                }
            }
        }
    }
}
