import ContainerNetworking
import CrashPoints
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
            if record.isRunning { try await noteRewiring(of: container) }
            container.update { $0.networks[found.name] = settings }
            do {
                let isPlugged = try await container.cables.withLock {
                    guard record.isRunning, !container.isEnding else { return false }
                    try await plugInLive(container, to: found)
                    return true
                }
                if !isPlugged { try await reserveAddresses(of: container.record, on: found.name) }
                container.update { $0.isRewiring = nil }
                try await save(container)
                CrashPoint.connectSaved.reached()
            } catch {
                await network.release(containerID: container.id, on: found.id)
                container.update {
                    $0.networks[found.name] = nil
                    $0.isRewiring = nil
                }
                await saveOrLog(container)
                // Somebody removed the network meanwhile: the reply is the one of a moment later.
                if await network.network(found.id) == nil {
                    throw APIError.notFound("network \(reference) not found")
                }
                throw engineError(error)
            }
        }
    }

    /// Puts on record that a running container's wiring changes: what is cut short from here on, the next start settles.
    private func noteRewiring(of container: Container) async throws {
        container.update { $0.isRewiring = true }
        do { try await save(container) } catch {
            container.update { $0.isRewiring = nil }
            throw error
        }
        CrashPoint.connectNoted.reached()
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
        CrashPoint.connectPlugged.reached()
        do {
            // The default route may lead by the new network now, and the ports with it.
            let endpoints = try await balanced(container.record.endpoints, of: record)
            container.update { $0.endpoints = endpoints }
            CrashPoint.connectPortsMoved.reached()
            let updated = container.record
            try await followEndpoints(of: updated)
            CrashPoint.connectNameFilesWritten.reached()
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
        // The container is looked for first, as with Docker.
        do throws(APIError) { _ = try containers.resolve(request.container) } catch {
            if request.force, error.status == 404 { throw APIError.notFound("endpoint \(request.container) not found") }
            throw error
        }
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
            } else {
                guard record.networks[name] != nil else {
                    throw APIError.internalFailure("container \(record.id) is not connected to the network \(name)")
                }
            }
            try await container.cables.withLock {
                // A run that ends plugs out by itself.
                let isLive = record.isRunning && !container.isEnding
                let leaving = isLive ? container.record.endpoints.first { $0.networkID == found?.id } : nil
                try await noteDisconnection(of: container, name, leaving)
                if let leaving { await unplugLive(container, leaving) }
            }
            if let found { await network.release(containerID: container.id, on: found.id) }
            if let found {
                publish(
                    "network", "disconnect", id: found.id,
                    ["container": container.id, "name": found.name, "type": found.driver])
            }
        }
    }

    /// First on record, then out: what is cut short in between, the next start goes on with.
    private func noteDisconnection(of container: Container, _ name: String, _ leaving: EndpointRecord?) async throws {
        let before = container.record
        container.update { record in
            record.networks[name] = nil
            record.endpoints.removeAll { $0.id == leaving?.id }
            record.isRewiring = leaving == nil ? nil : true
        }
        do { try await save(container) } catch {
            container.update { record in
                record.networks[name] = before.networks[name]
                record.endpoints = before.endpoints
                record.isRewiring = nil
            }
            throw error
        }
        CrashPoint.disconnectNoted.reached()
    }

    private func unplugLive(_ container: Container, _ endpoint: EndpointRecord) async {
        await network.detach(endpoint)
        CrashPoint.disconnectUnplugged.reached()
        do {
            let endpoints = try await balanced(container.record.endpoints, of: container.record)
            container.update { $0.endpoints = endpoints }
        } catch {
            logger.warning(
                "published ports did not move to the container's other networks",
                metadata: ["container": "\(container.record.shortID)", "error": "\(error)"])
        }
        CrashPoint.disconnectPortsMoved.reached()
        do { try await followEndpoints(of: container.record) } catch {
            logger.warning(
                "a container's name files were left as they are",
                metadata: ["container": "\(container.record.shortID)", "error": "\(error)"])
        }
        CrashPoint.disconnectNameFilesWritten.reached()
        container.update { $0.isRewiring = nil }
        await saveOrLog(container)
        CrashPoint.disconnectSaved.reached()
    }

    /// Whether an endpoint's network has names.
    func isNamed(_ endpoint: EndpointRecord) -> Bool {
        endpoint.networkName != "bridge" || configuration.namesOnDefaultBridge
    }
}
