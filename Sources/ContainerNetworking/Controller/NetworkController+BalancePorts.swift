extension NetworkController {
    /// Spreads a running container's published ports over its endpoints as its default routes are now: after all
    /// networks were plugged in at its start, and after one came or went. A port keeps its number of the host where it
    /// can. All or nothing.
    ///
    /// - Parameter requests: all that the container wants published.
    /// - Returns: the container's endpoints whose ports have changed, as they are now.
    /// - Throws: in Docker's words where a port cannot be had.
    public func balancePorts(
        _ requests: [PortRequest], of containerID: String
    ) async throws(NetworkError) -> [EndpointRecord] {
        let routes = DefaultRoutes(of: plugged.values.filter { $0.containerID == containerID }, on: records)
        do {
            return try await movePorts(
                requests, of: containerID, ipv4Gateway: routes.ipv4?.endpointID, ipv6Gateway: routes.ipv6?.endpointID)
        } catch {
            throw .wrap("cannot publish the ports of container \(containerID.prefix(12))", error)
        }
    }
}
