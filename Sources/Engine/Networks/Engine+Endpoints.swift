import ContainerNetworking
import EngineAPI
import IPAddressing
import Logging

extension Engine {
    /// A container's networks that have cables, in the order of plugging in.
    ///
    /// - Throws: 404 for a network that is not there.
    func candidates(of record: ContainerRecord) async throws(APIError) -> [PlugOrder.Candidate] {
        var candidates: [PlugOrder.Candidate] = []
        for (name, settings) in record.networks where !["host", "none"].contains(name) {
            let found: NetworkRecord
            do throws(APIError) { found = try await findNetwork(name) } catch {
                throw APIError(
                    status: error.status, message: "failed to set up container networking: \(error.message)")
            }
            candidates.append(PlugOrder.Candidate(network: found, priority: settings.gwPriority))
        }
        return candidates.sorted(by: PlugOrder.plugsBefore)
    }

    /// What a container asks of one network.
    func endpointRequest(
        _ record: ContainerRecord, on network: NetworkRecord, sandbox: String, publishes: Bool
    ) throws -> EndpointRequest {
        let settings = record.networks[network.name] ?? EndpointSettings()
        var request = EndpointRequest(
            containerID: record.id, sandboxPath: sandbox, network: network.id, address: settings.requestedIPv4,
            macAddress: record.requestedMAC(on: network.name),
            interfaceName: EndpointOption.interfaceName(settings.driverOpts),
            ports: publishes
                ? try PublishedPorts.requests(host: record.hostConfig, exposed: record.config.exposedPorts ?? [:]) : [])
        request.ipv6Address = settings.requestedIPv6
        request.linkLocalAddresses = (settings.ipamConfig?.linkLocalIPs ?? []).compactMap { IPAddress($0) }
        request.gatewayPriority = settings.gwPriority
        request.sysctls = EndpointOption.sysctls(settings.driverOpts)
        request.containerName = record.name
        if hasNames(network) { request.dnsNames = record.names(on: network.name) }
        return request
    }

    /// Whether containers of a network find each other by name.
    func hasNames(_ network: NetworkRecord) -> Bool {
        network.isUserDefined || network.name == "bridge" && configuration.namesOnDefaultBridge
    }

    /// Plugs a container that starts into all its networks. The published ports of a single one are held, and led there by
    /// `leadPorts`.
    func plugInAll(
        _ record: ContainerRecord, sandbox: String, undo: UndoList
    ) async throws -> [EndpointRecord] {
        let network = network
        let candidates = try await candidates(of: record)
        // One network has all the ports; of several, those of the default routes have, once all are there.
        let isAlone = candidates.count == 1
        var endpoints: [EndpointRecord] = []
        for candidate in candidates {
            let publishes = isAlone && PlugOrder.publishes(candidate.network)
            let endpoint = try await network.attach(
                try endpointRequest(record, on: candidate.network, sandbox: sandbox, publishes: publishes),
                leadsPorts: false)
            undo.add("unplug the container") { await network.detach(endpoint) }
            endpoints.append(endpoint)
        }
        return isAlone ? endpoints : try await balanced(endpoints, of: record)
    }

    /// Leads published ports to the endpoint of a container that has no other. While iptables' programs run, the OCI runtime
    /// makes the container; before its own program runs, both are done.
    func leadPorts(of endpoints: [EndpointRecord]) async throws {
        guard endpoints.count == 1 else { return }
        try await network.leadPorts(of: endpoints[0])
    }

    /// A container's endpoints with its published ports spread over them as its default routes are.
    func balanced(_ endpoints: [EndpointRecord], of record: ContainerRecord) async throws -> [EndpointRecord] {
        let requests = try PublishedPorts.requests(
            host: record.hostConfig, exposed: record.config.exposedPorts ?? [:])
        if requests.isEmpty { return endpoints }
        let changed = try await network.balancePorts(requests, of: record.id)
        return endpoints.map { endpoint in changed.first { $0.id == endpoint.id } ?? endpoint }
    }

    /// A renamed container is found by its new name at once.
    func renameEndpoints(of container: Container) async {
        let record = container.record
        var changed = false
        for endpoint in record.endpoints where !endpoint.dnsNames.isEmpty {
            let names = record.names(on: endpoint.networkName)
            await network.setNames(names, endpointID: endpoint.id)
            // It may have ended meanwhile.
            container.update { record in
                guard let index = record.endpoints.firstIndex(where: { $0.id == endpoint.id }) else { return }
                record.endpoints[index].dnsNames = names
            }
            changed = true
        }
        if changed { await saveOrLog(container) }
        await updateLinks(to: container.id)
    }

    /// The namespace of the container whose network this one shares, and whose it is.
    ///
    /// - Throws: 404 where it is not there, 409 where it does not run, in Docker's words.
    func joinedContainer(_ reference: String, by record: ContainerRecord) throws(APIError) -> ContainerRecord {
        let target: ContainerRecord
        do throws(APIError) { target = try containers.resolve(reference).record } catch {
            throw APIError(
                status: error.status, message: "joining network namespace of container: \(error.message)")
        }
        if target.id == record.id { throw .internalFailure("cannot join own network namespace") }
        guard target.isRunning else {
            if target.status == .restarting {
                throw .conflict("Container \(target.id) is restarting, wait until the container is running")
            }
            let name = target.name
            throw .conflict(
                "cannot join network namespace of a non running container: container \(name) is \(target.status.rawValue)"
            )
        }
        return target
    }

    // MARK: Addresses of containers that do not run

    /// Sets the addresses aside that a container asks for, so that nobody else gets them while it does not run.
    func reserveAddresses(of record: ContainerRecord, on name: String? = nil) async throws(APIError) {
        for (network, settings) in record.networks where name == nil || name == network {
            let addresses = settings.requestedAddresses
            guard !addresses.isEmpty, let found = await self.network.network(network) else { continue }
            do throws(NetworkError) {
                try await self.network.reserve(addresses, on: found.id, for: record.id)
            } catch {
                throw networkFailure(error)
            }
        }
    }

    /// The same for every container there is, at the start of the daemon; what cannot be is told and left.
    func reserveAllAddresses() async {
        for container in containers.all {
            do throws(APIError) { try await reserveAddresses(of: container.record) } catch {
                logger.warning(
                    "a container's address is another's by now",
                    metadata: ["container": "\(container.record.name)", "why": "\(error.message)"])
            }
        }
    }
}

extension EndpointSettings {
    /// The IPv6 address that the client wants, where it wants one.
    var requestedIPv6: IPv6Address? {
        guard case .v6(let address)? = ipamConfig?.ipv6Address.flatMap({ IPAddress($0) }) else { return nil }
        return address
    }

    /// Both, where given.
    var requestedAddresses: [IPAddress] {
        (requestedIPv4.map { [.v4($0)] } ?? []) + (requestedIPv6.map { [.v6($0)] } ?? [])
    }

    /// What the client asked for, without what a run had.
    var wish: EndpointSettings {
        EndpointSettings(
            ipamConfig: ipamConfig, links: links, aliases: aliases, macAddress: macAddress, driverOpts: driverOpts,
            gwPriority: gwPriority)
    }
}

extension ContainerRecord {
    /// Names by which it is found on a network: its own, the aliases, the short id, the host name.
    func names(on network: String) -> [String] {
        var names: [String] = []
        let aliases = networks[network]?.aliases ?? []
        for name in [self.name] + aliases + [shortID, config.hostname] where !name.isEmpty && !names.contains(name) {
            names.append(name)
        }
        return names
    }
}
