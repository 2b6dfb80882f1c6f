import ContainerNetworking
public import EngineAPI

extension Engine {
    /// `POST /causeway/networks/{id}/repair`.
    public func networkRepair(_ reference: String, dryRun: Bool) async throws -> NetworkRepairResponse {
        let record = try await findNetwork(reference)
        do throws(NetworkError) {
            let plan = try await network.repair(network: record.id, dryRun: dryRun)
            return NetworkRepairResponse(network: record.name, dryRun: dryRun, commands: plan.commands)
        } catch {
            throw networkFailure(error)
        }
    }
}
