import IPAddressing
import Logging
import Netlink
import RouteNetlink
import SystemCalls

extension NetworkController {
    /// Brings the inside of a running container's sandbox to its endpoints, after an engine ended in the middle of a
    /// change: interfaces that no endpoint has go, the default routes are those that its networks give, and 127.0.0.11 is
    /// a resolver only where they have names.
    ///
    /// Nothing else in it is looked at: what the container itself has set up there is its own.
    public func mend(sandboxPath path: String) async throws(NetworkError) {
        await takeTurn(path)
        defer { passTurn(path) }
        let own = plugged.inSandbox(path)
        let routes = DefaultRoutes(of: own, on: records)
        let names = Set(own.map(\.interfaceName))
        do {
            let steps = try await BlockingWork.run { () -> [String] in
                let inside = try RouteSocket(in: try NetworkNamespace(path: path))
                return try Self.removeStrays(inside, except: names) + Self.lead(routes, inside)
            }
            if !withNames.contains(path) { try await removeRedirect(path) }
            if !steps.isEmpty { logger.info("sandbox mended", metadata: ["path": "\(path)", "steps": "\(steps)"]) }
        } catch {
            throw .wrap("cannot mend the sandbox \(path)", error)
        }
    }

    /// Deletes interfaces on devices of the host (macvlan, ipvlan) that no endpoint has: only the engine makes those. A
    /// cable goes with its end at the host.
    private static func removeStrays(_ inside: RouteSocket, except names: Set<String>) throws -> [String] {
        let strays = try inside.links().filter { link in
            ["macvlan", "ipvlan"].contains(link.kind) && link.peerNamespace != nil && !names.contains(link.name)
        }
        try inside.apply(strays.map { LinkRequest.delete(index: $0.index, name: $0.name) })
        return strays.map { "ip link del \($0.name)" }
    }

    /// Sets the default routes of the main table that differ from those that are wanted.
    private static func lead(_ routes: DefaultRoutes, _ inside: RouteSocket) throws -> [String] {
        let present = try inside.routes().filter { $0.destination.length == 0 && $0.table == 254 && $0.type == 1 }
        var steps: [String] = []
        for family in IPFamily.allCases {
            guard let route = routes[family], let link = try inside.link(named: route.interfaceName) else { continue }
            let former = present.filter { $0.destination.family == family }
            if former.contains(where: { $0.index == link.index && $0.gateway == route.gateway }) { continue }
            let change = DefaultRouteChange(family: family, route: route, replaces: !former.isEmpty)
            try inside.apply([change.request(device: link.index)])
            steps.append("ip route replace default dev \(route.interfaceName)")
        }
        return steps
    }
}
