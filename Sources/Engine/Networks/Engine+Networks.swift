import ContainerNetworking
public import EngineAPI
import IPAddressing

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

    /// The network that a client means: a full id, else a name, else an id's unambiguous prefix.
    func findNetwork(_ reference: String) async throws(APIError) -> NetworkRecord {
        let all = await network.networks()
        if let exact = all.first(where: { $0.id == reference }) { return exact }
        if let named = all.first(where: { $0.name == reference }) { return named }
        let found = reference.isEmpty ? [] : all.filter { $0.id.hasPrefix(reference) }
        if found.count > 1 {
            throw .badRequest(
                "network \(reference) is ambiguous (\(found.count) matches found based on ID prefix)")
        }
        guard let record = found.first else { throw .notFound("network \(reference) not found") }
        return record
    }

    /// `GET /networks`.
    public func networkList(filters: Filters) async throws -> [NetworkInspect] {
        let filter = try NetworkFilter(filters)
        var all: [NetworkInspect] = []
        for record in await network.networks() {
            let resources = containers(on: record)
            guard filter.matches(record, isUsed: !resources.isEmpty) else { continue }
            // The list leaves the containers out, as Docker does.
            all.append(describe(record))
        }
        return all
    }

    /// `GET /networks/{id}`.
    public func networkInspect(_ reference: String) async throws -> NetworkInspect {
        let record = try await findNetwork(reference)
        var inspect = describe(record)
        inspect.containers = containers(on: record)
        return inspect
    }

    /// Who is on a network now, by the container's id.
    func containers(on record: NetworkRecord) -> [String: NetworkEndpointResource] {
        var found: [String: NetworkEndpointResource] = [:]
        for container in containers.all {
            let held = container.record
            if let endpoint = held.endpoints.first(where: { $0.networkID == record.id }) {
                found[held.id] = NetworkEndpointResource(
                    name: held.name, endpointID: endpoint.id, macAddress: endpoint.macAddress,
                    ipv4Address: endpoint.ipv4Address.isEmpty
                        ? "" : "\(endpoint.ipv4Address)/\(endpoint.prefixLength)",
                    ipv6Address: endpoint.ipv6Address.isEmpty
                        ? "" : "\(endpoint.ipv6Address)/\(endpoint.ipv6PrefixLength)")
            } else if held.isRunning, ["host", "null"].contains(record.driver), held.networks[record.name] != nil {
                // These have no cable; the container's own id stands for the connection's.
                found[held.id] = NetworkEndpointResource(name: held.name, endpointID: held.id)
            }
        }
        return found
    }

    private func describe(_ record: NetworkRecord) -> NetworkInspect {
        NetworkInspect(
            name: record.name, id: record.id, created: record.created, scope: "local", driver: record.driver,
            enableIPv4: record.enableIPv4, enableIPv6: record.enableIPv6,
            ipam: NetworkIPAM(
                driver: record.ipamDriver, options: record.ipamOptions,
                config: NetworkText.pools(of: record, asked: networkWishes[record.id])),
            internal: record.isInternal, attachable: record.isAttachable,
            configFrom: NetworkConfigReference(network: record.configFrom), configOnly: record.isConfigOnly,
            options: record.options, labels: record.labels)
    }
}

/// Networks in the API's words. Pure.
enum NetworkText {
    /// `IPAM.Config`, one family after the other: as the user asked where a subnet was named, else what is in force.
    static func pools(of record: NetworkRecord, asked: [IPAMPoolConfig]) -> [IPAMPoolConfig]? {
        // Drivers without addresses of their own have none to show.
        if ["host", "null"].contains(record.driver), record.pools.isEmpty, asked.isEmpty { return nil }
        if record.isConfigOnly { return asked }
        return [IPFamily.v4, .v6].flatMap { family -> [IPAMPoolConfig] in
            let named = asked.filter { namesSubnet($0, of: family) }
            if !named.isEmpty { return named }
            return record.pools.filter { IPPrefix($0.subnet)?.family == family }.map { pool in
                IPAMPoolConfig(
                    subnet: pool.subnet, ipRange: pool.range, gateway: pool.gateway,
                    auxiliaryAddresses: pool.auxiliary.isEmpty ? nil : pool.auxiliary)
            }
        }
    }

    /// Whether an entry names a subnet of the family; `0.0.0.0/24` names only a size.
    static func namesSubnet(_ entry: IPAMPoolConfig, of family: IPFamily) -> Bool {
        guard let subnet = entry.subnet.flatMap({ IPPrefix($0) }) else { return false }
        return subnet.family == family && !subnet.address.isUnspecified
    }

    /// A request in the network room's words.
    static func request(_ asked: NetworkCreateRequest, now: String) -> NetworkRequest {
        var request = NetworkRequest(name: asked.name, created: now)
        request.driver = asked.driver
        request.enableIPv4 = asked.enableIPv4
        request.enableIPv6 = asked.enableIPv6
        request.ipamDriver = asked.ipam?.driver ?? ""
        request.ipamOptions = asked.ipam?.options
        request.pools = (asked.ipam?.config ?? []).map { entry in
            var wish = NetworkRequest.PoolWish()
            wish.subnet = entry.subnet ?? ""
            wish.range = entry.ipRange ?? ""
            wish.gateway = entry.gateway ?? ""
            wish.auxiliary = entry.auxiliaryAddresses ?? [:]
            return wish
        }
        request.isInternal = asked.internal
        request.isAttachable = asked.attachable
        request.isIngress = asked.ingress
        request.isConfigOnly = asked.configOnly
        request.configFrom = asked.configFrom?.network ?? ""
        request.scope = asked.scope
        request.options = asked.options ?? [:]
        request.labels = asked.labels ?? [:]
        return request
    }
}
