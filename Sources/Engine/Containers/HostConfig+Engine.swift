import ContainerRuntime
import EngineAPI
import IPAddressing

extension HostConfig {
    /// The network that the container is made for: `bridge` where the client leaves the choice to the engine.
    var networkModeName: String {
        networkMode.isEmpty || networkMode == "default" ? "bridge" : networkMode
    }

    /// The container whose network is shared, `--network container:NAME`.
    var joinedContainer: String? { Self.container(in: networkMode) }
    /// The container whose processes this one sees, `--pid container:NAME`.
    var pidContainer: String? { Self.container(in: pidMode) }
    /// The container whose memory segments, semaphores and queues this one shares, `--ipc container:NAME`.
    var ipcContainer: String? { Self.container(in: ipcMode) }

    private static func container(in mode: String) -> String? {
        mode.hasPrefix("container:") ? String(mode.dropFirst("container:".count)) : nil
    }

    /// Whether `/dev/shm` has a place on the machine, where others can find it.
    var keepsSharedMemory: Bool { ipcMode == "shareable" || ipcContainer != nil }

    var dnsServers: [String] { dns ?? [] }
    var dnsDomains: [String] { dnsSearch ?? [] }
    var dnsSettings: [String] { dnsOptions ?? [] }

    /// `--add-host name:address`, or `name=address`; entries without an address are left out (create refuses them).
    var extraHostPairs: [(address: String, name: String)] {
        (extraHosts ?? []).compactMap { entry in
            guard let separator = entry.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return nil }
            var address = String(entry[entry.index(after: separator)...])
            if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
            return (address, String(entry[..<separator]))
        }
    }
}

extension EndpointSettings {
    /// The address that the client wants, where it wants one.
    var requestedIPv4: IPv4Address? { ipamConfig?.ipv4Address.flatMap { IPv4Address($0) } }
}

extension ContainerRecord {
    /// The MAC address that the client wants on a network, from the endpoint or the older place in the configuration.
    func requestedMAC(on network: String) -> MACAddress? {
        let own = networks[network]?.macAddress ?? ""
        let isMain = network == hostConfig.networkModeName || networks.count == 1
        return MACAddress(own.isEmpty && isMain ? config.macAddress ?? "" : own)
    }
}

/// What Docker fills in where a client leaves it open, so that `inspect` shows what is in force.
enum HostDefaults {
    /// Bytes of /dev/shm.
    static let sharedMemory: Int64 = 64 << 20

    /// Files below `/proc` and `/sys` that a container does not see; Docker's list.
    static let maskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]

    /// Directories below `/proc` that a container cannot write to; Docker's list.
    static let readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    /// As much swap as memory, in one number; a limit beyond all bounds stays one.
    private static func doubled(_ bytes: Int64) -> Int64 { bytes > .max / 2 ? .max : bytes * 2 }

    /// Fills in.
    static func fill(_ host: inout HostConfig, cgroupVersion: CgroupVersion, runtimeName: String) {
        if host.networkMode.isEmpty || host.networkMode == "default" { host.networkMode = "bridge" }
        if host.logConfig.type.isEmpty { host.logConfig.type = "json-file" }
        if host.logConfig.config == nil { host.logConfig.config = [:] }
        if host.restartPolicy.name.isEmpty { host.restartPolicy.name = "no" }
        if host.ipcMode.isEmpty { host.ipcMode = "private" }
        if host.cgroupnsMode.isEmpty { host.cgroupnsMode = cgroupVersion != .v2 ? "host" : "private" }
        if host.shmSize == 0 { host.shmSize = sharedMemory }
        if host.memory > 0, host.memorySwap == 0 { host.memorySwap = doubled(host.memory) }
        if host.runtime == nil || host.runtime == "" { host.runtime = runtimeName }
        if host.portBindings == nil { host.portBindings = [:] }
        if host.dns == nil { host.dns = [] }
        if host.dnsOptions == nil { host.dnsOptions = [] }
        if host.dnsSearch == nil { host.dnsSearch = [] }
        if host.devices == nil { host.devices = [] }
        if host.consoleSize.isEmpty { host.consoleSize = [0, 0] }
        if host.pidsLimit.map({ $0 <= 0 }) == true { host.pidsLimit = nil }
        if !host.privileged {
            if host.maskedPaths == nil { host.maskedPaths = maskedPaths }
            if host.readonlyPaths == nil { host.readonlyPaths = readonlyPaths }
        }
    }
}
