import ContainerNetworking
import CrashPoints
public import EngineAPI
import EngineStore
import Logging
import SystemCalls

// The kernel changes first and the store after it. A daemon that is killed between the two leaves, on create, a bridge
// that no record names, which the next start sweeps; on remove, a record whose bridge the next start makes again. The
// client has no answer in either case, and finds the network as it was before.
extension Engine {
    /// `POST /networks/create`. Durable when it returns.
    public func networkCreate(_ asked: NetworkCreateRequest) async throws -> NetworkCreateResponse {
        try await networkChanges.withLock {
            do {
                let record = try await network.create(NetworkText.request(asked, now: Timestamp.now.description))
                CrashPoint.networkMade.reached()
                do {
                    try await keepNetwork(record, asked)
                    CrashPoint.networkSaved.reached()
                } catch {
                    networkWishes[record.id] = []
                    _ = try? await network.remove(record.id)
                    throw error
                }
                publishNetwork("create", record)
                return NetworkCreateResponse(id: record.id)
            } catch {
                throw engineError(error)
            }
        }
    }

    private func keepNetwork(_ record: NetworkRecord, _ asked: NetworkCreateRequest) async throws {
        var pools = asked.ipam?.config ?? []
        if !record.configFrom.isEmpty, let source = await network.network(record.configFrom) {
            pools = networkWishes[source.id]
        }
        networkWishes[record.id] = pools
        try await BlockingWork.run { [self] in try saveNetwork(record) }
    }

    /// `DELETE /networks/{id}`.
    public func networkRemove(_ reference: String) async throws {
        try await networkChanges.withLock { try await removeNetwork(try await findNetwork(reference)) }
    }

    /// Removes a network, its record and its wishes. The caller holds `networkChanges`.
    private func removeNetwork(_ record: NetworkRecord) async throws(APIError) {
        if record.isBuiltIn {
            throw .forbidden("\(record.name) is a pre-defined network and cannot be removed")
        }
        let users = containers(on: record).values.sorted { $0.name < $1.name }
        if !users.isEmpty {
            let names = users.map { "name:\"\($0.name)\" id:\"\(Identifier.short($0.endpointID))\"" }
            throw .forbidden(
                "error while removing network: network \(record.name) has active endpoints (\(names.joined(separator: ", ")))"
            )
        }
        let store = store
        do {
            try await network.remove(record.id)
            CrashPoint.networkUnmade.reached()
            try await BlockingWork.run { try store.remove(.network, id: record.id) }
            CrashPoint.networkForgotten.reached()
        } catch {
            throw engineError(error)
        }
        networkWishes[record.id] = []
        publishNetwork("destroy", record)
    }

    /// `POST /networks/prune`.
    public func networkPrune(filters: Filters) async throws -> [String] {
        try filters.validate(allowed: ["label", "label!", "until"])
        guard filters.values("until").count < 2 else {
            throw APIError.badRequest("more than one until filter specified")
        }
        var limit: Timestamp?
        if let until = filters.values("until").first {
            guard let time = Timestamp.parse(until, relativeTo: .now) else {
                throw APIError.badRequest("failed to parse value as time or duration: \"\(until)\"")
            }
            limit = time
        }
        var deleted: [String] = []
        await networkChanges.withLock {
            for record in await network.networks() {
                guard !record.isBuiltIn, !record.isConfigOnly, containers(on: record).isEmpty,
                    filters.matchesLabels(record.labels), !filters.excludesLabels(record.labels)
                else { continue }
                if let limit, let created = Timestamp(record.created), created > limit { continue }
                do {
                    try await removeNetwork(record)
                    deleted.append(record.name)
                } catch {
                    logger.warning("prune left a network", metadata: ["name": "\(record.name)", "error": "\(error)"])
                }
            }
        }
        publish("network", "prune", id: "", ["reclaimed": "0"])
        return deleted
    }

    /// Tells that something happened to a network.
    private func publishNetwork(_ action: String, _ record: NetworkRecord) {
        publish("network", action, id: record.id, ["name": record.name, "type": record.driver])
    }
}

extension Filters {
    /// Whether an object has a label of `label!`.
    func excludesLabels(_ labels: [String: String]) -> Bool {
        values("label!").contains { Filters(["label": [$0]]).matchesLabels(labels) }
    }
}
