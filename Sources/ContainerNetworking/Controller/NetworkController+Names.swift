import CrashPoints
public import IPAddressing
import Logging
import NFTables
import NameService
import SystemCalls

/// What a container's resolver is told beside its networks.
struct NameSettings: Hashable, Sendable {
    /// Servers of `--dns`; empty takes the daemon's, else the host's.
    var servers: [IPAddress] = []
    /// Names of its own for others (`--link db:database` is `["database": "db"]`).
    var links: [String: String] = [:]
    /// Whether the user has set `ndots`.
    var hasNdots = false
}

extension NetworkController {
    /// Says which servers a sandbox's resolver asks and which names of its own it knows; before its container is
    /// plugged in, or later.
    ///
    /// - Parameters:
    ///   - servers: of `--dns`; empty takes the daemon's, else the host's.
    ///   - links: `--link db:database` is `["database": "db"]`.
    ///   - hasNdots: whether the user has set `ndots`.
    public func configureNames(
        sandboxPath path: String, servers: [IPAddress], links: [String: String] = [:], hasNdots: Bool = false
    ) {
        nameSettings[path] = NameSettings(servers: servers, links: links, hasNdots: hasNdots)
        if withNames.contains(path), let names = sandboxNames(path) { self.names?.update(names) }
    }

    /// Whether containers of a network find each other by name.
    public func hasNames(_ record: NetworkRecord) -> Bool {
        switch record.driver {
        case "bridge": !record.bridgeOptions.isDefaultBridge || configuration.namesOnDefaultBridge
        case "macvlan", "ipvlan": true
        default: false
        }
    }

    /// Starts the service. No thread runs before the first container that has names.
    func startNames() throws {
        let service = NameServiceConfiguration(
            defaultServers: configuration.dns.compactMap { IPAddress($0) }, hostNamespace: host.namespace)
        names = try NameService(service, logger: logger)
    }

    /// Publishes an endpoint's names, and opens its container's resolver where it has none yet. About 0.3 ms for the
    /// first network of a container, nothing for the others.
    func publishNames(of endpoint: EndpointRecord, on record: NetworkRecord) async throws {
        guard hasNames(record), let service = names else { return }
        service.publish(
            EndpointNames(
                endpointID: endpoint.id, containerID: endpoint.containerID, networkID: record.id,
                networkName: record.name, names: endpoint.dnsNames,
                addresses: [endpoint.ipv4Address, endpoint.ipv6Address].compactMap { IPAddress($0) }))
        let path = endpoint.sandboxPath
        guard let names = sandboxNames(path) else { return }
        if withNames.contains(path) { return service.update(names) }
        let isNew = newSandboxes.remove(path) != nil
        try await BlockingWork.run {
            let namespace = try NetworkNamespace(path: path)
            let ports = try service.open(names, in: namespace)
            CrashPoint.attachResolverOpen.reached()
            do {
                try ResolverRedirect.install(in: namespace, udp: ports.udp, tcp: ports.tcp, replacing: !isNew)
                CrashPoint.attachResolverLed.reached()
            } catch {
                service.close(key: path)
                throw NetworkError(
                    .system,
                    "cannot lead 127.0.0.11:53 of the container to its resolver: \(error). Names on networks of one's own need "
                        + "nftables in the kernel: try `modprobe nf_tables`")
            }
        }
        withNames.insert(path)
    }

    /// Takes an endpoint's names away. Its container's resolver knows the other networks still; it goes with the last one
    /// that has names.
    func withdrawNames(of endpoint: EndpointRecord, as end: EndpointEnd) async {
        names?.withdraw(endpointID: endpoint.id)
        let path = endpoint.sandboxPath
        guard withNames.contains(path), end != .sandboxEnds else { return }
        if let rest = sandboxNames(path), !rest.networkIDs.isEmpty {
            names?.update(rest)
            return
        }
        withNames.remove(path)
        names?.close(key: path)
        do { try await removeRedirect(path) } catch {
            logger.warning("a way to a resolver was left", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    /// 127.0.0.11:53 of a container leads nowhere any more.
    func removeRedirect(_ path: String) async throws {
        try await BlockingWork.run { try ResolverRedirect.remove(in: try NetworkNamespace(path: path)) }
    }

    /// Ends a sandbox's resolver.
    func closeNames(_ path: String) {
        nameSettings[path] = nil
        newSandboxes.remove(path)
        if withNames.remove(path) != nil { names?.close(key: path) }
    }

    /// Opens the resolvers of containers that ran on while no daemon did.
    func openNamesAgain(_ endpoints: [EndpointRecord]) async {
        for endpoint in endpoints {
            guard let record = records.first(where: { $0.id == endpoint.networkID }) else { continue }
            do { try await publishNames(of: endpoint, on: record) } catch {
                logger.warning(
                    "a container has no names",
                    metadata: ["container": "\(endpoint.containerID.prefix(12))", "error": "\(error)"])
            }
        }
    }

    /// What a sandbox's resolver knows: its networks with names, the one with the best way out first.
    private func sandboxNames(_ path: String) -> SandboxNames? {
        let own = plugged.inSandbox(path)
        let networks = own.compactMap { endpoint in
            records.first { $0.id == endpoint.networkID }.map { (endpoint, $0) }
        }.sorted { ($1.0.gatewayPriority, $0.0.networkName) < ($0.0.gatewayPriority, $1.0.networkName) }
        guard let container = own.first?.containerID else { return nil }
        let settings = nameSettings[path] ?? NameSettings()
        return SandboxNames(
            key: path, containerID: container, networkIDs: networks.map(\.1).filter(hasNames).map(\.id),
            links: settings.links, servers: settings.servers, mayForward: networks.contains { !$0.1.isInternal },
            hasNdots: settings.hasNdots)
    }
}
