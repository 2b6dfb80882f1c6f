public import IPAddressing

extension NetworkController {
    /// Makes a network: checks the request, chooses subnets, makes the bridge and its rules. All or nothing.
    ///
    /// - Throws: in Docker's words; `.invalid` 400, `.conflict` 409, `.forbidden` 403, `.notFound` 404.
    public func create(_ request: NetworkRequest) async throws(NetworkError) -> NetworkRecord {
        throw NetworkError(.system, "networks of one's own are not built yet")
    }

    /// Removes a network and its bridge.
    ///
    /// - Throws: `.forbidden` for the predefined ones and for one that has endpoints.
    /// - Returns: the record that is gone.
    @discardableResult
    public func remove(_ reference: String) async throws(NetworkError) -> NetworkRecord {
        throw NetworkError(.system, "networks of one's own are not built yet")
    }

    /// Sets addresses aside for a container that may not be running: nobody else gets them until `release`. Asking
    /// again for the same container replaces what it had on that network.
    ///
    /// - Throws: `.conflict` where somebody has one of them, `.invalid` where one lies outside the subnets.
    public func reserve(
        _ addresses: [IPAddress], on networkID: String, for containerID: String
    ) throws(NetworkError) {
        throw NetworkError(.system, "networks of one's own are not built yet")
    }

    /// Gives back what `reserve` set aside for a container, on one network or, where nil, on all.
    public func release(containerID: String, on networkID: String?) {}
}
