import EngineAPI
import Synchronization

/// All containers, found by id, name or prefix.
final class ContainerTable: Sendable {
    private struct State {
        var byID: [String: Container] = [:]
        /// Names in use, those of containers that are being made included.
        var idByName: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// Every container, newest first.
    var all: [Container] {
        state.withLock { Array($0.byID.values) }.map { ($0, $0.record.created) }.sorted { $0.1 > $1.1 }.map(\.0)
    }

    /// How many there are.
    var count: Int { state.withLock { $0.byID.count } }

    /// The container of exactly this id.
    func container(id: String) -> Container? { state.withLock { $0.byID[id] } }

    /// The container that a client means: a full id, else an exact name, else an id's unambiguous prefix.
    func resolve(_ reference: String) throws(APIError) -> Container {
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        let found = state.withLock { state -> [Container] in
            if let exact = state.byID[reference] { return [exact] }
            if let id = state.idByName[name], let named = state.byID[id] { return [named] }
            guard !reference.isEmpty else { return [] }
            return state.byID.values.filter { $0.id.hasPrefix(reference) }
        }
        if found.count > 1 { throw .badRequest("multiple IDs found with provided prefix: \(reference)") }
        guard let container = found.first else { throw .notFound("No such container: \(reference)") }
        return container
    }

    /// Runs an operation on the container that a client means, alone among those that change its life.
    ///
    /// - Throws: 404 where there is none, or none any more: who has waited for a removal finds nothing.
    func withContainer<Value>(
        _ reference: String, _ body: (Container) async throws -> Value
    ) async throws -> Value {
        let container = try resolve(reference)
        return try await container.lifecycle.withLock {
            guard self.container(id: container.id) === container else {
                throw APIError.notFound("No such container: \(reference)")
            }
            return try await body(container)
        }
    }

    /// Takes a name for a container to be; a name in use is refused in Docker's words.
    func reserve(name: String, for id: String) throws(APIError) {
        let owner = state.withLock { state -> String? in
            if let owner = state.idByName[name] { return owner }
            state.idByName[name] = id
            return nil
        }
        guard let owner else { return }
        throw .conflict(
            "Conflict. The container name \"/\(name)\" is already in use by container \"\(owner)\". "
                + "You have to remove (or rename) that container to be able to reuse that name.")
    }

    /// Gives a name back.
    func release(name: String, of id: String) {
        state.withLock { if $0.idByName[name] == id { $0.idByName[name] = nil } }
    }

    /// Adds a container whose name is reserved.
    func insert(_ container: Container) {
        let name = container.record.name
        state.withLock { state in
            state.byID[container.id] = container
            state.idByName[name] = container.id
        }
    }

    /// Removes a container and its name.
    func remove(_ container: Container) {
        let name = container.record.name
        state.withLock { state in
            state.byID[container.id] = nil
            if state.idByName[name] == container.id { state.idByName[name] = nil }
        }
    }
}
