import ContainerNetworking
public import EngineAPI
import IPAddressing
import Logging
import SystemCalls

extension Engine {
    /// `POST /networks/{id}/connect`: plugs a running container in, notes it down for one that does not run.
    public func networkConnect(_ reference: String, request: NetworkConnectRequest) async throws {
        try await containers.withContainer(request.container) { container in
            let record = container.record
            try refuseRemoved(record)
            let found = try await findNetwork(reference)
            let settings = (request.endpointConfig ?? EndpointSettings()).wish
            if let message = EndpointCheck.refusal(settings, network: found.name, asked: networkWishes[found.id]) {
                throw APIError.badRequest(message)
            }
            guard try await isConnectable(record, to: found) else { return }
            container.update { $0.networks[found.name] = settings }
            do {
                let isPlugged = try await container.cables.withLock {
                    guard record.isRunning, !container.isEnding else { return false }
                    try await plugInLive(container, to: found)
                    return true
                }
                if !isPlugged { try await reserveAddresses(of: container.record, on: found.name) }
                try await save(container)
            } catch {
                await network.release(containerID: container.id, on: found.id)
                container.update { $0.networks[found.name] = nil }
                throw engineError(error)
            }
        }
    }

    private func refuseRemoved(_ record: ContainerRecord) throws(APIError) {
        if record.status == .removing || record.status == .dead {
            throw .conflict(
                "Container \(record.id) is marked for removal and cannot be connected or disconnected to the network")
        }
    }

    /// Refuses networks that do not go together, in Docker's words.
    ///
    /// - Returns: false where the container, which does not run, is on the network already.
    private func isConnectable(_ record: ContainerRecord, to network: NetworkRecord) async throws(APIError) -> Bool {
        let mode = record.hostConfig.networkModeName
        if network.driver == "host", mode != "host" {
            throw .badRequest(
                "cannot connect container to host network - container must be created in host network mode")
        }
        if network.isConfigOnly {
            throw .forbidden("configuration network \"\(network.name)\" is not to be connected to")
        }
        if record.networks[network.name] != nil {
            if !record.isRunning { return false }
            throw .forbidden("endpoint with name \(record.name) already exists in network \(network.name)")
        }
        if record.hostConfig.joinedContainer != nil || mode == "host" {
            throw .badRequest(
                "container sharing network namespace with another container or host cannot be connected to any other network"
            )
        }
        if !record.networks.isEmpty, network.name == "none" || record.networks["none"] != nil {
            throw .badRequest(
                "container cannot be connected to multiple networks with one of the networks in private (none) mode")
        }
        return true
    }

    /// Plugs a running container in; its files and names follow.
    private func plugInLive(_ container: Container, to found: NetworkRecord) async throws {
        let record = container.record
        // No cable leads to these.
        guard let sandbox = record.sandbox, !["host", "null"].contains(found.driver) else { return }
        let endpoint = try await network.attach(
            try endpointRequest(record, on: found, sandbox: sandbox, publishes: false))
        container.update { $0.endpoints.append(endpoint) }
        do {
            // The default route may lead by the new network now, and the ports with it.
            let endpoints = try await balanced(container.record.endpoints, of: record)
            container.update { $0.endpoints = endpoints }
            let updated = container.record
            let isFirstWithNames =
                hasNames(found) && !record.endpoints.contains { $0.networkID != found.id && isNamed($0) }
            try await addNames(updated, of: endpoint, resolverIsNew: isFirstWithNames)
            await configureResolver(of: updated)
        } catch {
            await network.detach(endpoint)
            container.update { $0.endpoints.removeAll { $0.id == endpoint.id } }
            throw error
        }
        if found.name == "bridge" { await updateLinks(to: container.id) }
        publishNetwork("connect", endpoint, driver: found.driver)
    }

    /// `POST /networks/{id}/disconnect`.
    public func networkDisconnect(_ reference: String, request: NetworkDisconnectRequest) async throws {
        // By force, a network that is gone can be taken off a container, too.
        let found: NetworkRecord?
        do throws(APIError) { found = try await findNetwork(reference) } catch {
            if error.status != 404 || !request.force { throw error }
            found = nil
        }
        try await containers.withContainer(request.container) { container in
            let record = container.record
            try refuseRemoved(record)
            let name = found?.name ?? reference
            if record.isRunning, let found {
                if found.driver == "host", record.hostConfig.networkModeName == "host" {
                    throw APIError.badRequest(
                        "cannot disconnect container from host network - container was created in host network mode")
                }
                guard record.networks[name] != nil else {
                    throw APIError.internalFailure("container \(record.id) is not connected to network \(name)")
                }
                await container.cables.withLock {
                    if !container.isEnding { await unplugLive(container, from: found) }
                }
            } else {
                guard record.networks[name] != nil else {
                    throw APIError.internalFailure("container \(record.id) is not connected to the network \(name)")
                }
            }
            container.update { $0.networks[name] = nil }
            if let found { await network.release(containerID: container.id, on: found.id) }
            try await save(container)
            if let found {
                publish(
                    "network", "disconnect", id: found.id,
                    ["container": container.id, "name": found.name, "type": found.driver])
            }
        }
    }

    private func unplugLive(_ container: Container, from found: NetworkRecord) async {
        guard let endpoint = container.record.endpoints.first(where: { $0.networkID == found.id }) else { return }
        await network.detach(endpoint)
        container.update { $0.endpoints.removeAll { $0.id == endpoint.id } }
        do {
            let endpoints = try await balanced(container.record.endpoints, of: container.record)
            container.update { $0.endpoints = endpoints }
        } catch {
            logger.warning(
                "published ports did not move to the container's other networks",
                metadata: ["container": "\(container.record.shortID)", "error": "\(error)"])
        }
        await removeNames(container.record, of: endpoint)
    }

    /// Whether an endpoint's network has names.
    func isNamed(_ endpoint: EndpointRecord) -> Bool {
        endpoint.networkName != "bridge" || configuration.namesOnDefaultBridge
    }
}
