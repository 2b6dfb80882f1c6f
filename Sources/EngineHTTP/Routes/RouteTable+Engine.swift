extension RouteTable {
    /// The whole API.
    static let engine = RouteTable(
        Route.system + Route.containers + Route.containerStreams + Route.containerFiles + Route.exec + Route.images
            + Route.networks + Route.volumes + Route.swarm + Route.elsewhere + Route.causeway)
}
