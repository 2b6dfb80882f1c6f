import Logging

extension NetworkController {
    /// Gives an endpoint other names, after its container was renamed. The resolver answers by them from here on.
    ///
    /// - Parameter names: all of them, in order; those of before are forgotten.
    public func setNames(_ names: [String], endpointID: String) async {
        plugged[endpointID]?.dnsNames = names
        guard let endpoint = plugged[endpointID],
            let record = records.first(where: { $0.id == endpoint.networkID })
        else { return }
        do {
            try await publishNames(of: endpoint, on: record)
        } catch {
            logger.warning(
                "a renamed container is found by its former name still",
                metadata: ["container": "\(endpoint.containerID.prefix(12))", "error": "\(error)"])
        }
    }
}
