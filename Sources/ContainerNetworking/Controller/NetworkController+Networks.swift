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
}
