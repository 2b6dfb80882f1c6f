import EngineAPI

extension Route {
    /// What Docker's API does not have.
    static let causeway: [Route] = [
        .served(
            "POST", "/causeway/networks/{id}/repair", "Brings the kernel back to a network's intent (Causeway's own)"
        ) { request, engine in
            let text = request.query["dryRun"] ?? ""
            guard let dryRun = text.isEmpty ? false : QueryFlag.strict(text) else {
                throw APIError.badRequest("invalid value for dryRun: \(text): use 1 or 0")
            }
            return try .json(await engine.networkRepair(request.parameter("id"), dryRun: dryRun))
        }
    ]
}
