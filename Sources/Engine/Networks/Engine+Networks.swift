import ContainerNetworking
public import EngineAPI

extension Engine {
    /// The network room's error in the API's words.
    func networkFailure(_ error: NetworkError) -> APIError {
        switch error.kind {
        case .notFound: .notFound(error.message)
        case .invalid: .badRequest(error.message)
        case .conflict: .conflict(error.message)
        case .forbidden: .forbidden(error.message)
        default: .internalFailure(error.message)
        }
    }

    /// `GET /networks`.
    public func networkList(filters: Filters) async throws -> [NetworkInspect] {
        try filters.validate(allowed: ["dangling", "driver", "id", "label", "name", "scope", "type"])
        for type in filters.values("type") where !["custom", "builtin"].contains(type) {
            throw APIError.badRequest("invalid filter: 'type'='\(type)'")
        }
        var all: [NetworkInspect] = []
        for record in await network.networks() where matches(record, filters) {
            // The list leaves the containers out, as Docker does.
            var inspect = await describe(record)
            inspect.containers = [:]
            all.append(inspect)
        }
        return all
    }

    /// `GET /networks/{id}`.
    public func networkInspect(_ reference: String) async throws -> NetworkInspect {
        guard let record = await network.network(reference) else {
            throw APIError.notFound("network \(reference) not found")
        }
        return await describe(record)
    }

    private func matches(_ record: NetworkRecord, _ filters: Filters) -> Bool {
        func any(_ key: String, _ test: (String) -> Bool) -> Bool {
            let wanted = filters.values(key)
            return wanted.isEmpty || wanted.contains(where: test)
        }
        let builtIn = ["bridge", "host", "none"].contains(record.name)
        return any("driver") { $0 == record.driver }
            && any("id") { record.id.hasPrefix($0) }
            && any("name") { record.name.contains($0) }
            && any("scope") { $0 == "local" }
            && any("type") { $0 == (builtIn ? "builtin" : "custom") }
            && any("dangling") { ["true", "1"].contains($0) ? !builtIn : builtIn }
            && filters.matchesLabels(record.labels)
    }

    private func describe(_ record: NetworkRecord) async -> NetworkInspect {
        var inspect = NetworkInspect()
        inspect.name = record.name
        inspect.id = record.id
        inspect.created = record.created
        inspect.scope = "local"
        inspect.driver = record.driver
        inspect.enableIPv4 = true
        inspect.ipam = NetworkIPAM(
            driver: "default", options: nil,
            config: record.subnet.map { [IPAMPoolConfig(subnet: $0, gateway: record.gateway)] })
        inspect.internal = record.isInternal
        inspect.options = record.options
        inspect.labels = record.labels
        for container in containers.all {
            let held = container.record
            if let endpoint = held.endpoints.first(where: { $0.networkID == record.id }) {
                inspect.containers[held.id] = NetworkEndpointResource(
                    name: held.name, endpointID: endpoint.id, macAddress: endpoint.macAddress,
                    ipv4Address: "\(endpoint.ipv4Address)/\(endpoint.prefixLength)", ipv6Address: "")
            } else if held.isRunning, record.driver != "bridge", held.hostConfig.networkModeName == record.name {
                inspect.containers[held.id] = NetworkEndpointResource(name: held.name, endpointID: held.id)
            }
        }
        return inspect
    }
}
