public import EngineAPI

extension Engine {
    /// `POST /containers/{id}/wait`. What it waits for is fixed here, so that nothing that happens between the reply's
    /// head and its body is missed.
    public func containerWait(_ reference: String, condition: WaitCondition) async throws -> WaitTicket {
        let container = try containers.resolve(reference)
        switch condition {
        case .notRunning:
            let exit = container.exit
            let record = container.record
            // A container that is about to restart counts as running, as with Docker.
            if !record.isRunning, record.status != .restarting {
                let response = WaitResponse(statusCode: record.exitCode)
                return WaitTicket { response }
            }
            return WaitTicket { try await exit.get() }
        case .nextExit:
            let exit = container.exit
            return WaitTicket { try await exit.get() }
        case .removed:
            let removed = container.removed
            return WaitTicket { try await removed.get() }
        }
    }
}
