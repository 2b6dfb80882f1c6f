import ContainerRuntime
public import EngineAPI
import ImageStore
import SystemCalls

/// What this program is.
public enum EngineVersion {
    /// Causeway's own version (semver.org).
    public static let current = "0.1.0"
    /// The newest Docker Engine API that is spoken.
    public static let api = "1.51"
}

extension Engine {
    /// `GET /version`.
    public func version() async throws -> SystemVersion {
        let kernel = HostFacts.kernelRelease
        var version = SystemVersion()
        version.platform = SystemPlatform(name: "Causeway")
        version.components = [
            SystemComponent(
                name: "Engine", version: EngineVersion.current,
                details: [
                    "ApiVersion": EngineVersion.api, "Arch": HostFacts.architecture, "Experimental": "false",
                    "KernelVersion": kernel, "MinAPIVersion": configuration.oldestAPI, "Os": "linux",
                ])
        ]
        for component in try await programVersions() { version.components.append(component) }
        version.version = EngineVersion.current
        version.apiVersion = EngineVersion.api
        version.minAPIVersion = configuration.oldestAPI
        version.os = "linux"
        version.arch = HostFacts.architecture
        version.kernelVersion = kernel
        return version
    }

    /// The first line of `--version` of the programs that are driven.
    private func programVersions() async throws -> [SystemComponent] {
        let programs = [
            (runtime.configuration.runtimeName, runtime.configuration.runtime),
            ("conmon", runtime.configuration.conmon),
        ]
        return try await BlockingWork.run {
            programs.compactMap { name, path in
                guard let output = try? ChildProcess.run(ChildRequest(path, ["--version"])), output.status.isSuccess
                else { return nil }
                let line = output.text.split(separator: "\n").first ?? ""
                let words = line.split(separator: " ")
                return SystemComponent(name: name, version: String(words.last ?? ""), details: [:])
            }
        }
    }

    /// `GET /info`.
    public func info() async throws -> SystemInfo {
        let records = containers.all.map(\.record)
        let settings = configuration
        let images = images
        var info = SystemInfo()
        info.id = engineID
        info.containers = records.count
        info.containersRunning = records.count { $0.status == .running }
        info.containersPaused = records.count { $0.status == .paused }
        info.containersStopped = records.count { !$0.isRunning }
        info.images = try await BlockingWork.run { images.list().count }
        info.driver = "overlay2"
        info.driverStatus = [["Supports d_type", "true"]]
        info.plugins = SystemPlugins(
            volume: ["local"], network: ["bridge", "host", "ipvlan", "macvlan", "null"], authorization: nil,
            log: ["json-file", "none"])
        info.memoryLimit = true
        info.swapLimit = true
        info.cpuCfsPeriod = true
        info.cpuCfsQuota = true
        info.cpuShares = true
        info.cpuSet = true
        info.pidsLimit = true
        info.ipv4Forwarding = HostFacts.forwardsIPv4
        info.debug = settings.debug
        info.nFd = HostFacts.openDescriptors
        let cgroups = runtime.configuration.cgroups.version
        info.oomKillDisable = cgroups != .v2
        info.nGoroutines = HostFacts.threads
        info.systemTime = Timestamp.now.description
        info.loggingDriver = settings.logDriver
        info.cgroupDriver = "cgroupfs"
        info.cgroupVersion = cgroups == .v2 ? "2" : "1"
        info.nEventsListener = events.listenerCount
        info.kernelVersion = HostFacts.kernelRelease
        info.operatingSystem = HostFacts.operatingSystem
        info.osVersion = HostFacts.operatingSystemVersion
        info.osType = "linux"
        info.architecture = HostFacts.machine
        info.ncpu = HostFacts.processorCount
        info.memTotal = HostFacts.memoryTotal
        info.dockerRootDir = paths.dataRoot
        info.name = HostFacts.hostname
        info.serverVersion = EngineVersion.current
        let runtimeName = runtime.configuration.runtimeName
        info.runtimes = [runtimeName: SystemRuntime(path: runtime.configuration.runtime)]
        info.defaultRuntime = runtimeName
        info.liveRestoreEnabled = settings.liveRestore
        info.securityOptions = ["name=seccomp,profile=builtin"]
        info.registryConfig = registryConfig
        info.firewallBackend = SystemFirewall(driver: settings.firewall)
        if !settings.addressPools.isEmpty {
            info.defaultAddressPools = settings.addressPools.map { SystemAddressPool(base: $0.base, size: $0.size) }
        }
        if !settings.warnings.isEmpty { info.warnings = settings.warnings }
        return info
    }
}
