import AddressAllocation
import ContainerNetworking
import ContainerRuntime
import DaemonOptions
import Engine
import EngineHTTP
import EngineStore
import Glibc
import IPAddressing
import ImageStore
import Logging
import RegistryClient
import SystemCalls

/// The running daemon: its parts, wired.
struct Daemon {
    let engine: Engine
    let server: APIServer
    let logger: Logger

    /// Starts, serves until a signal says to end, and ends in good order.
    static func run(_ configuration: DaemonConfiguration, arguments: [String]) async throws {
        LoggingSystem.bootstrap { DaemonLog(label: $0) }
        DaemonLog.level = configuration.effectiveLogLevel.loggerLevel
        let logger = Logger(label: "causewayd")
        guard getuid() == 0 else {
            throw DaemonError("needs root, for namespaces, mounts and the firewall; start it with sudo")
        }
        // Every published port is a socket or two.
        do { try DescriptorLimit.raise() } catch { logger.warning("\(error)") }
        let signals = Signals.listen()
        let pidFile = try configuration.pidFile.map { try PidFile.claim($0) }
        defer { pidFile?.release() }

        let daemon = try await start(configuration, logger: logger)
        SystemdNotify.ready()
        logger.info(
            "ready",
            metadata: ["version": "\(EngineVersion.current)", "api": "\(EngineVersion.api)", "pid": "\(getpid())"])
        let memory = Task { await IdleMemory.watch() }
        defer { memory.cancel() }
        var current = configuration
        for await signal in signals {
            switch signal {
            case .reload: daemon.reload(&current, arguments: arguments)
            case .end:
                logger.info("ending")
                SystemdNotify.stopping()
                await daemon.server.shutdown()
                await daemon.engine.shutDown()
                logger.info("ended")
                return
            }
        }
    }

    private static func start(_ configuration: DaemonConfiguration, logger: Logger) async throws -> Daemon {
        try configuration.serverTLS?.check()
        let paths = EnginePaths(dataRoot: configuration.dataRoot, execRoot: configuration.execRoot)
        try FileSystem.makeDirectory(paths.dataRoot, mode: 0o710)
        try FileSystem.makeDirectory(paths.execRoot, mode: 0o711)
        let runtime = try RuntimeConfiguration.discover(execRoot: paths.execRoot, sharedFolders: [paths.dataRoot])
        if configuration.iptables, configuration.firewallBackend == .iptables,
            FileSystem.findProgram("iptables-restore") == nil
        {
            throw DaemonError("iptables is not installed: apt-get install iptables (or start with --iptables=false)")
        }
        let store = try EngineStore(path: paths.database) { logger.warning("\($0)") }
        var networks = configuration.network
        networks.engineID = try Engine.identity(in: store)
        let network = NetworkController(networks, logger: logger)
        let engine = try Engine(
            configuration: configuration.engine(paths),
            store: store,
            images: try ImageStore(root: paths.images, logger: logger),
            runtime: ContainerRuntime(runtime, logger: logger), network: network, logger: logger)
        try await engine.restore()

        let server = APIServer(service: engine, logger: logger, minimum: try oldestAPI())
        try await server.listen(on: try listeners(configuration))
        for address in configuration.listenAddresses { logger.info("serving the API", metadata: ["on": "\(address)"]) }
        for (address, _) in configuration.openPorts {
            logger.warning(
                "binding to IP address without --tlsverify is insecure and gives root access on this machine to everyone who has access to your network",
                metadata: ["host": "\(address)"])
        }
        return Daemon(engine: engine, server: server, logger: logger)
    }

    /// The oldest version of the API that clients may ask for: `DOCKER_MIN_API_VERSION`, as with dockerd.
    static func oldestAPI() throws -> APIVersion {
        guard let text = Environment.variable("DOCKER_MIN_API_VERSION"), !text.isEmpty else { return .minimum }
        guard let version = APIVersion(text), version >= .oldest, version <= .current else {
            throw DaemonError(
                "invalid DOCKER_MIN_API_VERSION: \(text): it lies between \(APIVersion.oldest) and \(APIVersion.current)"
            )
        }
        return version
    }

    private static func listeners(_ configuration: DaemonConfiguration) throws -> [Listener] {
        let passed = ListenDescriptors.take()
        let tls = configuration.serverTLS
        return try configuration.listenAddresses.flatMap { address -> [Listener] in
            switch address {
            case .unix(let path): return [.unix(path: path, group: configuration.group, mode: 0o660)]
            case .tcp(let host, let port): return [.tcp(host: host, port: port ?? 2376, tls: tls)]
            case .systemd(let name):
                let wanted = passed.filter { name == nil || $0.name == name || "\($0.number)" == name }
                if wanted.isEmpty {
                    throw DaemonError(
                        "no sockets found via socket activation (\(address)): start causewayd by its systemd unit, or use -H unix://"
                    )
                }
                return wanted.map { .descriptor($0.number, tls: tls) }
            }
        }
    }

    private func reload(_ current: inout DaemonConfiguration, arguments: [String]) {
        do {
            let reload = try current.reload(arguments: arguments)
            current = reload.configuration
            DaemonLog.level = current.effectiveLogLevel.loggerLevel
            engine.reload(current.engine(EnginePaths(dataRoot: current.dataRoot, execRoot: current.execRoot)))
            logger.info("configuration file read again", metadata: ["changed": "\(reload.applied)"])
            for change in reload.needsRestart {
                logger.warning("a changed setting needs a restart", metadata: ["setting": "\(change)"])
            }
        } catch {
            logger.error("the configuration file was not taken over", metadata: ["error": "\(error.message)"])
        }
    }
}

/// The daemon's environment.
private enum Environment {
    static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}

extension DaemonConfiguration {
    /// The TLS of the ports.
    var serverTLS: ServerTLS? {
        tls.map { files in
            ServerTLS(
                certificate: files.certificate, key: files.key,
                authority: files.verifiesClients ? files.authority : nil)
        }
    }

    /// What the engine needs of the options.
    func engine(_ paths: EnginePaths) -> EngineConfiguration {
        var engine = EngineConfiguration(paths: paths)
        engine.dns = dns.map(\.description)
        engine.dnsSearch = dnsSearch
        engine.dnsOptions = dnsOptions
        engine.liveRestore = liveRestore
        engine.debug = debug
        engine.networkRepair = networkRepair == .warn ? .warn : .restore
        engine.bridgeName = bridge
        engine.registry.insecure = insecureRegistries.compactMap { InsecureRegistry($0) }
        engine.registry.mirrors = registryMirrors
        engine.registry.maxConcurrentDownloads = maxConcurrentDownloads
        engine.registry.maxConcurrentUploads = maxConcurrentUploads
        engine.registry.maxAttempts = maxDownloadAttempts
        if let end = configFile.lastIndex(of: "/") {
            // Certificates lie beside the configuration file, or where Docker has them.
            engine.registry.certificateFolders = [configFile[..<end] + "/certs.d", "/etc/docker/certs.d"]
        }
        engine.registry.proxies = ProxySettings(environment: Environment.variable)
        if let httpProxy { engine.registry.proxies.http = httpProxy }
        if let httpsProxy { engine.registry.proxies.https = httpsProxy }
        if let noProxy { engine.registry.proxies.none = noProxy }
        engine.oldestAPI = (try? Daemon.oldestAPI().description) ?? engine.oldestAPI
        engine.logDriver = logDriver
        engine.logOptions = logOptions
        engine.hostGateways = hostGatewayIPs.map(\.description)
        engine.namesOnDefaultBridge = dnsOnDefaultBridge
        engine.firewall = firewallBackend.rawValue
        engine.warnings = openPorts.map { address, lack in
            "WARNING: API is accessible on \(address) without \(lack).\n         Access to the remote API is equivalent to root "
                + "access on the host."
        }
        engine.addressPools = defaultAddressPools.map { AddressPoolInfo(base: $0.base.description, size: $0.size) }
        return engine
    }
}

extension DaemonLogLevel {
    /// The nearest of swift-log's levels.
    var loggerLevel: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        case .fatal, .panic: .critical
        }
    }
}

extension DaemonConfiguration {
    /// What the networks need of the options.
    var network: NetworkConfiguration {
        var network = NetworkConfiguration(execRoot: execRoot)
        network.bridgeName = bridge
        network.bridgeIsUsers = bridgeIsUsers
        network.isBridgeDisabled = isBridgeDisabled
        network.bip = bip
        network.fixedCIDR = fixedCIDR
        network.defaultGateway = defaultGateway
        let pools = defaultAddressPools.compactMap { SubnetPool(base: $0.base, size: $0.size) }
        if !pools.isEmpty { network.pools = pools }
        network.mtu = mtu
        network.icc = icc
        network.masquerade = ipMasquerade
        network.ipForward = ipForward
        network.ipForwardNoDrop = ipForwardNoDrop
        network.iptables = iptables
        network.hostBinding = hostBindingIP.description
        network.ip6tables = ip6tables
        network.firewallBackend = firewallBackend == .nftables ? .nftables : .iptables
        network.allowsDirectRouting = allowsDirectRouting
        network.ipv6 = ipv6
        network.bip6 = bip6
        network.fixedCIDRv6 = fixedCIDRv6
        network.defaultGatewayV6 = defaultGatewayV6
        network.defaultNetworkOptions = defaultNetworkOptions
        network.userlandProxy = userlandProxy
        network.namesOnDefaultBridge = dnsOnDefaultBridge
        network.dns = dns.map(\.description)
        return network
    }
}
