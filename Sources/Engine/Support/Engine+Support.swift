import ContainerNetworking
import ContainerRuntime
import EngineAPI
import EngineStore
import ImageStore
import Logging
import RegistryClient
import SystemCalls

extension Engine {
    // MARK: State

    /// Makes a container's record durable.
    func save(_ container: Container) async throws {
        let store = store
        do {
            try await BlockingWork.run {
                try container.write { record in
                    let text = String(decoding: try JSONText.encode(record), as: UTF8.self)
                    try store.put(.container, Document(id: record.id, name: record.name, content: text))
                }
            }
        } catch {
            throw APIError.internalFailure("\(error)")
        }
    }

    /// The same where nobody waits for the answer.
    func saveOrLog(_ container: Container) async {
        do {
            try await save(container)
        } catch {
            logger.error(
                "a container's state was not written", metadata: ["id": "\(container.id)", "error": "\(error)"])
        }
    }

    // MARK: Errors

    /// Any room's error in the API's words.
    func engineError(_ error: any Error) -> APIError {
        switch error {
        case let error as APIError: error
        case let error as ImageError: imageFailure(error)
        case let error as RegistryError: registryFailure(error)
        case let error as NetworkError: networkFailure(error)
        case let error as RuntimeError: .internalFailure(error.message)
        default: .internalFailure("\(error)")
        }
    }

    /// Runs `body` and puts whatever it throws into the API's words.
    func translating<Value>(_ body: () async throws -> Value) async throws(APIError) -> Value {
        do { return try await body() } catch { throw engineError(error) }
    }

    // MARK: Events

    /// What can happen to a container, in Docker's words.
    enum ContainerAction: String {
        case create, start, restart, stop, kill, die, oom, pause, unpause, attach, resize, rename, destroy
        case execCreate = "exec_create"
        case execStart = "exec_start"
        case execDie = "exec_die"
    }

    /// Tells that something happened to a container.
    func publish(
        _ action: ContainerAction, of container: Container, _ more: [String: String] = [:], suffix: String = ""
    ) {
        let record = container.record
        var attributes = record.config.labels ?? [:]
        attributes["image"] = record.config.image
        attributes["name"] = record.name
        attributes.merge(more) { $1 }
        publish("container", action.rawValue + suffix, id: record.id, attributes)
    }

    /// Tells that an endpoint was plugged in or out.
    func publishNetwork(_ action: String, _ endpoint: EndpointRecord, driver: String) {
        publish(
            "network", action, id: endpoint.networkID,
            ["container": endpoint.containerID, "name": endpoint.networkName, "type": driver])
    }

    /// Tells that something happened.
    func publish(_ type: String, _ action: String, id: String, _ attributes: [String: String]) {
        events.publish(EventMessage(type: type, action: action, id: id, attributes: attributes, at: .now))
    }
}
