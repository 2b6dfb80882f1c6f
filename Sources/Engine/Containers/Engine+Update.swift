import ContainerRuntime
public import EngineAPI

extension Engine {
    /// `POST /containers/{id}/update`: limits, at once where the container runs, and the restart policy.
    public func containerUpdate(
        _ reference: String, request: ContainerUpdateRequest
    ) async throws -> ContainerUpdateResponse {
        let container = try containers.resolve(reference)
        try await container.lifecycle.withLock {
            let record = container.record
            guard record.status != .removing, record.status != .dead else {
                throw APIError.conflict("Container is marked for removal and cannot be \"update\".")
            }
            let before = record.hostConfig
            let merged = try UpdateRule.merge(request.changes, into: before)
            container.update { $0.hostConfig = merged }
            do {
                // The record goes first: limits that are in force and not on record would be lost.
                try await save(container)
                var limits = merged
                limits.restartPolicy = before.restartPolicy
                if record.isRunning, limits != before {
                    try await translating {
                        try await runtime.update(
                            record.id, limits: merged,
                            unlimitedProcesses: before.pidsLimit != nil && merged.pidsLimit == nil)
                    }
                }
            } catch {
                container.update { $0.hostConfig = before }
                await saveOrLog(container)
                throw APIError.internalFailure(
                    "Cannot update container \(record.id): \(engineError(error).message)")
            }
        }
        publish(.update, of: container)
        return ContainerUpdateResponse()
    }
}
