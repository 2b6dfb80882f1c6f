extension NetworkController {
    /// Gives an endpoint other names, after its container was renamed. The resolver answers by them from here on.
    ///
    /// - Parameter names: all of them, in order; those of before are forgotten.
    public func setNames(_ names: [String], endpointID: String) async {
        plugged[endpointID]?.dnsNames = names
    }
}
