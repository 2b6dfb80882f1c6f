import ContainerNetworking
import CrashPoints
import Logging

extension Engine {
    /// A network was being connected to a running container, or disconnected, when the engine ended. By now the record
    /// says which endpoints it has; routes, ports and name files follow.
    func rewire(_ container: Container) async {
        let record = container.record
        if let sandbox = record.sandbox {
            do {
                try await network.mend(sandboxPath: sandbox)
                let endpoints = try await balanced(record.endpoints, of: record)
                container.update { $0.endpoints = endpoints }
                try await followEndpoints(of: container.record)
            } catch {
                logger.warning(
                    "a container's networks were being changed when the engine ended, and not all is settled",
                    metadata: ["container": "\(record.shortID)", "error": "\(error)"])
            }
        }
        container.update { $0.isRewiring = nil }
        await saveOrLog(container)
        CrashPoint.recoverRewired.reached()
    }
}
