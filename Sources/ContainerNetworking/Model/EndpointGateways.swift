import IPAddressing

/// A default route of a container: out of which interface, by which router.
struct DefaultRoute: Hashable, Sendable {
    /// The endpoint whose network it leads into.
    var endpointID: String
    /// Its interface inside.
    var interfaceName: String
    /// The router; nil sends everything out of the interface, as ipvlan's l3 modes do.
    var gateway: IPAddress?
}

/// The default routes of a container that is plugged into several networks. Pure.
struct DefaultRoutes: Hashable, Sendable {
    /// Of IPv4.
    var ipv4: DefaultRoute?
    /// Of IPv6.
    var ipv6: DefaultRoute?

    /// Chooses: of the endpoints that lead out in a family, the one with the highest priority; then one of a network
    /// that is not internal; then one that leads out in both families; then the first by its network's name, and by its
    /// id where even those are the same.
    init(of endpoints: [EndpointRecord], on networks: [NetworkRecord]) {
        let candidates = endpoints.compactMap { endpoint in
            networks.first { $0.id == endpoint.networkID }.map { Candidate(endpoint, $0) }
        }.sorted { $0.rank < $1.rank }
        for candidate in candidates {
            ipv4 = ipv4 ?? candidate.ipv4
            ipv6 = ipv6 ?? candidate.ipv6
        }
    }

    /// The route of a family.
    subscript(family: IPFamily) -> DefaultRoute? { family == .v4 ? ipv4 : ipv6 }

    /// What is to be set for these routes to take the place of others. A route that leads nowhere any more needs no
    /// step: it goes with its interface.
    func changes(from before: DefaultRoutes) -> [DefaultRouteChange] {
        IPFamily.allCases.compactMap { family in
            guard let route = self[family], before[family] != route else { return nil }
            return DefaultRouteChange(family: family, route: route, replaces: before[family] != nil)
        }
    }

    private struct Candidate {
        let ipv4: DefaultRoute?
        let ipv6: DefaultRoute?
        /// Lower is better.
        let rank: (Int, Int, Int, String, String)

        init(_ endpoint: EndpointRecord, _ network: NetworkRecord) {
            func route(_ address: String, _ gateway: String) -> DefaultRoute? {
                if address.isEmpty || network.leadsNowhere { return nil }
                let gateway = IPAddress(gateway)
                if gateway == nil, !network.routesByDevice { return nil }
                return DefaultRoute(
                    endpointID: endpoint.id, interfaceName: endpoint.interfaceName,
                    gateway: network.routesByDevice ? nil : gateway)
            }
            ipv4 = route(endpoint.ipv4Address, endpoint.gateway)
            ipv6 = route(endpoint.ipv6Address, endpoint.ipv6Gateway)
            let families = [ipv4, ipv6].count { $0 != nil }
            rank = (
                -endpoint.gatewayPriority, network.leadsNowhere ? 1 : 0, -families, endpoint.networkName, endpoint.id
            )
        }
    }
}

extension NetworkRecord {
    /// Whether its containers send everything out of the interface, without a router: ipvlan's modes l3 and l3s.
    var routesByDevice: Bool { driver == "ipvlan" && ipvlanOptions.mode != .l2 }
}
