public import ContainerNetworking
public import ContainerRuntime
public import EngineAPI
public import EngineStore
public import ImageStore
public import Logging
public import RegistryClient
import Synchronization
import SystemCalls

/// What the daemon's options say to the engine.
public struct EngineConfiguration: Sendable {
    /// Where things are kept.
    public var paths: EnginePaths
    /// What `host-gateway` stands for (`--host-gateway-ip`); empty is the default bridge's own addresses.
    public var hostGateways: [String] = []
    /// What `GET /info` warns of.
    public var warnings: [String] = []
    /// What makes the firewall's rules, for `GET /info`.
    public var firewall = "iptables"
    /// The blocks that subnets are taken from where the user chose them, for `GET /info`.
    public var addressPools: [AddressPoolInfo] = []
    /// Whether the default bridge has names as other networks do (`--dns-on-default-bridge`).
    public var namesOnDefaultBridge = false
    /// Resolvers, search domains and resolver options for containers that name none; empty means the host's.
    public var dns: [String] = []
    /// Search domains for containers that name none.
    public var dnsSearch: [String] = []
    /// Resolver options for containers that name none.
    public var dnsOptions: [String] = []
    /// Whether containers run on when the daemon ends.
    public var liveRestore = true
    /// Whether debug logging is on, for `GET /info`.
    public var debug = false
    /// What is done where somebody else changes the engine's network (`--network-repair`).
    public var networkRepair = NetworkRepairMode.restore
    /// The default bridge's device, for `GET /info` and errors.
    public var bridgeName = "docker0"
    /// The oldest version of the API that clients may ask for, for `GET /version`.
    public var oldestAPI = "1.44"
    /// The log driver of containers that name none (`--log-driver`).
    public var logDriver = "json-file"
    /// That driver's options where a container does not set them (`--log-opt`).
    public var logOptions: [String: String] = [:]
    /// How registries are spoken to.
    public var registry = RegistryConfiguration()

    /// All defaults.
    public init(paths: EnginePaths) {
        self.paths = paths
    }
}

/// A block of addresses that networks' subnets are cut from.
public struct AddressPoolInfo: Sendable, Hashable {
    /// `10.0.0.0/8`.
    public var base: String
    /// The prefix length of each subnet.
    public var size: Int

    /// Joins the two.
    public init(base: String, size: Int) {
        self.base = base
        self.size = size
    }
}

/// Containers, images, networks and events as one service: the Docker Engine API's operations.
public final class Engine: EngineService {
    let paths: EnginePaths
    let store: EngineStore
    let images: ImageStore
    let registry: RegistryClient
    let runtime: ContainerRuntime
    let network: NetworkController
    let logger: Logger
    let containers = ContainerTable()
    let execs = ExecTable()
    let networkWishes = NetworkWishes()
    /// One change of the set of networks at a time.
    let networkChanges = AsyncLock()
    let events = EventBus()
    /// What is due later: health checks.
    let timers = TimerQueue()
    let statistics: StatisticsSampler
    let volumes = VolumeBook()
    let captures = CaptureCount()
    let engineID: String
    let startedAt = Timestamp.now

    private struct Changing {
        var configuration: EngineConfiguration
        var shuttingDown = false
    }

    private let changing: Mutex<Changing>

    /// The settings in force; a reload changes them.
    var configuration: EngineConfiguration { changing.withLock { $0.configuration } }
    /// Whether the daemon is on its way out: nothing restarts then.
    var isShuttingDown: Bool { changing.withLock { $0.shuttingDown } }

    /// Joins the parts. Call `restore` before the first request.
    public init(
        configuration: EngineConfiguration, store: EngineStore, images: ImageStore, runtime: ContainerRuntime,
        network: NetworkController, logger: Logger
    ) throws {
        paths = configuration.paths
        try LogOptionRules.check(LogConfig(type: configuration.logDriver, config: configuration.logOptions))
        changing = Mutex(Changing(configuration: configuration))
        self.store = store
        self.images = images
        registry = RegistryClient(configuration.registry)
        self.runtime = runtime
        self.network = network
        statistics = StatisticsSampler()
        self.logger = logger
        engineID = try Self.identity(in: store)
    }

    /// The engine's id, made at its first start and kept: what networks derive their unique local prefix from.
    public static func identity(in store: EngineStore) throws -> String {
        if let known = try store.setting("engine id") { return known }
        let id = Identifier.uuid()
        try store.setSetting("engine id", id)
        return id
    }

    /// Takes over changed settings while running (SIGHUP).
    public func reload(_ configuration: EngineConfiguration) {
        let network = network
        changing.withLock { $0.configuration = configuration }
        Task { await network.setRepairMode(configuration.networkRepair) }
    }

    /// Ends the engine: listeners are let go, containers stopped where they do not outlive the daemon.
    public func shutDown() async {
        changing.withLock { $0.shuttingDown = true }
        events.finish()
        timers.cancelAll()
        for container in containers.all { container.schedule(nil) }
        if !configuration.liveRestore {
            await withTaskGroup(of: Void.self) { group in
                for container in containers.all where container.record.isRunning {
                    group.addTask { [logger] in
                        do {
                            try await container.lifecycle.withLock {
                                try await self.stop(container, signal: nil, timeout: nil)
                                // A stop by the daemon is no wish of the user's: policies start it with the daemon again.
                                container.update { $0.stoppedByUser = false }
                                try await self.save(container)
                            }
                        } catch {
                            logger.error(
                                "a container did not stop", metadata: ["id": "\(container.id)", "error": "\(error)"])
                        }
                    }
                }
            }
        }
        await network.shutDown()
        if !containers.all.contains(where: { $0.record.isRunning }) { runtime.configuration.release() }
        store.close()
    }
}
