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
    /// The default bridge's device, for `GET /info` and errors.
    public var bridgeName = "docker0"
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
        changing.withLock { $0.configuration = configuration }
    }

    /// Finds everything again after a start of the daemon: networks, containers, those that still run. Then starts what
    /// its restart policy wants up.
    public func restore() async throws {
        for directory in [paths.spool, paths.dataRoot + "/containers", paths.execRoot + "/bundles"] {
            try FileSystem.makeDirectory(directory, mode: 0o710)
        }
        let records = try store.all(.container).compactMap { document -> ContainerRecord? in
            do {
                return try JSONText.decode(ContainerRecord.self, from: Array(document.content.utf8))
            } catch {
                logger.error(
                    "a container's record cannot be read", metadata: ["id": "\(document.id)", "error": "\(error)"])
                return nil
            }
        }
        for record in records { containers.insert(Container(record)) }

        let alive = containers.all.filter { container in
            let record = container.record
            return record.isRunning && runtime.isAlive(pid: record.pid, startTime: record.processStart)
        }
        let known = try readNetworks()
        let networks = try await network.startUp(
            networks: known, endpoints: alive.flatMap { $0.record.endpoints },
            sandboxes: alive.compactMap { $0.record.sandbox }, now: Timestamp.now.description)
        for network in networks { try saveNetwork(network) }
        await reserveAllAddresses()

        let aliveIDs = Set(alive.map(\.id))
        restoreVolumes(running: aliveIDs)
        for container in containers.all {
            if aliveIDs.contains(container.id) {
                watch(container)
                watchHealth(of: container)
                if let root = images.root(container: container.id) { runtime.forgetRoot(at: root.merged) }
                await configureResolver(of: container.record)
                try? await openLinks(of: container.record, endpoints: container.record.endpoints)
            } else if container.record.isRunning || container.record.status == .restarting
                || container.record.status == .removing
            {
                await endedMeanwhile(container)
            }
        }
        logger.info("containers found again", metadata: ["all": "\(containers.count)", "running": "\(alive.count)"])
        startByPolicy(except: aliveIDs)
    }

    /// A container ended while no daemon was there to see it: its exit code is in what conmon left.
    private func endedMeanwhile(_ container: Container) async {
        let record = container.record
        if record.isRunning {
            let exit = await runtime.waitForExit(record.id, conmonPid: record.monitorPid)
            container.update {
                $0.exitCode = exit.exitCode
                $0.oomKilled = exit.oomKilled
                $0.finishedAt = exit.finishedAt
            }
        }
        await releaseResources(of: record)
        container.update {
            $0.status = .exited
            $0.endHealth()
            $0.pid = 0
            $0.monitorPid = 0
            $0.processStart = nil
            $0.sandbox = nil
            $0.endpoints = []
            $0.joined = nil
        }
        await saveOrLog(container)
        if record.hostConfig.autoRemove || record.status == .removing {
            do {
                try await container.lifecycle.withLock { try await removeStopped(container) }
            } catch {
                logger.error("could not remove container", metadata: ["id": "\(record.id)", "error": "\(error)"])
            }
        }
    }

    private func startByPolicy(except running: Set<String>) {
        for container in containers.all where !running.contains(container.id) {
            let record = container.record
            guard
                RestartDecision.startsWithDaemon(
                    policy: record.hostConfig.restartPolicy.name, stoppedByUser: record.stoppedByUser),
                record.startedAt != .zero
            else { continue }
            Task { [logger] in
                do {
                    try await container.lifecycle.withLock {
                        guard !container.record.isRunning else { return }
                        try await self.start(container)
                    }
                } catch {
                    logger.error(
                        "a container did not start again", metadata: ["id": "\(container.id)", "error": "\(error)"])
                }
            }
        }
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
