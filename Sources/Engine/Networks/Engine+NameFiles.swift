import ContainerNetworking
import EngineAPI
import IPAddressing
import Logging
import SystemCalls

extension Engine {
    /// Writes hosts, hostname and resolv.conf. In place: a bind mount in a running container keeps the inode.
    ///
    /// - Parameter gateways: what `host-gateway` stands for. Blocks.
    func writeNameFiles(of record: ContainerRecord, endpoints: [EndpointRecord], gateways: [String]) throws {
        try FileSystem.writeInPlace(record.hostnamePath(in: paths), record.config.hostname + "\n")
        var current = record
        current.endpoints = endpoints
        try FileSystem.writeInPlace(record.hostsPath(in: paths), try hosts(of: current, gateways: gateways))
        try FileSystem.writeInPlace(record.resolvConfPath(in: paths), resolvConf(of: current))
    }

    private func hosts(of record: ContainerRecord, gateways: [String]) throws -> String {
        let onHost = record.hostConfig.networkModeName == "host"
        if onHost, record.hostConfig.extraHostPairs.isEmpty, let own = try? FileSystem.readText("/etc/hosts") {
            return own
        }
        var extra: [(address: String, name: String)] = []
        for pair in record.hostConfig.extraHostPairs {
            guard pair.address == "host-gateway" else {
                extra.append(pair)
                continue
            }
            if gateways.isEmpty {
                throw APIError.internalFailure(
                    "unable to derive the IP value for host-gateway: there is no default bridge; name an address with --host-gateway-ip"
                )
            }
            extra += gateways.map { ($0, pair.name) }
        }
        for link in try liveLinks(of: record) {
            var names: [String] = []
            for name in [link.alias, link.target.config.hostname, link.target.name] where !names.contains(name) {
                names.append(name)
            }
            extra += link.endpoint.addresses.map { ($0, names.joined(separator: " ")) }
        }
        return NameFiles.hosts(
            hostname: record.config.hostname, domainname: record.config.domainname,
            addresses: record.endpoints.flatMap(\.addresses), extra: extra)
    }

    /// The text of a container's resolv.conf as it is to be now.
    ///
    /// - Parameter isInternal: whether it leads to the resolver at 127.0.0.11; nil is as the endpoints say.
    private func resolvConf(of record: ContainerRecord, isInternal: Bool? = nil) -> String {
        let settings = configuration
        let hostText = (try? FileSystem.readText("/etc/resolv.conf")) ?? ""
        let hostConfig = record.hostConfig
        if hostConfig.networkModeName == "host", hostConfig.dnsServers.isEmpty, hostConfig.dnsDomains.isEmpty,
            hostConfig.dnsSettings.isEmpty
        {
            return hostText
        }
        func first(_ own: [String], _ daemon: [String]) -> [String] { own.isEmpty ? daemon : own }
        return NameFiles.resolvConf(
            host: hostText, servers: first(hostConfig.dnsServers, settings.dns),
            search: first(hostConfig.dnsDomains, settings.dnsSearch),
            options: first(hostConfig.dnsSettings, settings.dnsOptions),
            isInternal: isInternal ?? record.endpoints.contains(where: isNamed))
    }

    /// What `host-gateway` stands for: the daemon's option, else the default bridge's own addresses.
    func hostGateways() async -> [String] {
        let chosen = configuration.hostGateways
        if !chosen.isEmpty { return chosen }
        guard let bridge = await network.network("bridge") else { return [] }
        return [bridge.bridgeAddress ?? bridge.gateway, bridge.bridgeIPv6Address ?? bridge.pool(.v6)?.gateway]
            .compactMap { $0 }
    }

    // MARK: While a container runs

    /// Brings `/etc/hosts` and `/etc/resolv.conf` of a running container to its endpoints, after one came or went. What
    /// the user wrote stays, and a resolv.conf that the user has changed.
    func followEndpoints(of record: ContainerRecord) async throws {
        let (hosts, resolv) = (record.hostsPath(in: paths), record.resolvConfPath(in: paths))
        let own = record.endpoints.flatMap { NameFiles.ownLines(record, $0) }
        let name = NameFiles.ownName(record.config.hostname, record.config.domainname)
        let wanted = resolvConf(of: record)
        // Its first network with names came, or its last one went.
        let other = resolvConf(of: record, isInternal: !record.endpoints.contains(where: isNamed))
        try await BlockingWork.run {
            let text = try FileSystem.readText(hosts)
            let mended = NameFiles.mending(text, own: own, name: name)
            if mended != text { try FileSystem.writeInPlace(hosts, mended) }
            if !record.endpoints.isEmpty, try FileSystem.readText(resolv) == other {
                try FileSystem.writeInPlace(resolv, wanted)
            }
        }
    }

    /// Writes a running container's `/etc/hosts` anew: something that it links to has moved.
    func rewriteHosts(of record: ContainerRecord) async {
        let gateways = await hostGateways()
        do {
            try await BlockingWork.run { [self] in
                try FileSystem.writeInPlace(
                    record.hostsPath(in: paths), try hosts(of: record, gateways: gateways))
            }
        } catch {
            logger.warning(
                "a container's hosts file was left as it is",
                metadata: ["container": "\(record.shortID)", "error": "\(error)"])
        }
    }

    /// Tells the resolver of a container's namespace where queries go that no network answers.
    func configureResolver(of record: ContainerRecord) async {
        guard let sandbox = record.sandbox, record.joined == nil else { return }
        var links: [String: String] = [:]
        for (alias, id) in record.links ?? [:] {
            if let target = containers.container(id: id)?.record { links[alias] = target.name }
        }
        await network.configureNames(
            sandboxPath: sandbox, servers: record.hostConfig.dnsServers.compactMap { IPAddress($0) }, links: links,
            hasNdots: record.hostConfig.dnsSettings.contains { $0.hasPrefix("ndots") })
    }
}

extension EndpointRecord {
    /// Its addresses, IPv4 first.
    var addresses: [String] { [ipv4Address, ipv6Address].filter { !$0.isEmpty } }
}
