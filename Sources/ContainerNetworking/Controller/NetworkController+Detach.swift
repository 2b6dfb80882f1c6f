import CrashPoints
import IPAddressing
import Logging
import RouteNetlink
import SystemCalls

extension NetworkController {
    /// Plugs a container out. Its addresses are free again at once, rules of published ports go in the background.
    ///
    /// - Parameter end: why. While the container runs on, the default routes move to its other networks.
    public func detach(_ endpoint: EndpointRecord, as end: EndpointEnd = .disconnected) async {
        await takeTurn(endpoint.sandboxPath)
        defer { passTurn(endpoint.sandboxPath) }
        await unplug(endpoint, as: end)
    }

    /// The same for those who have the sandbox's turn.
    func unplug(_ endpoint: EndpointRecord, as end: EndpointEnd) async {
        guard let endpoint = plugged.remove(endpoint.id) else { return }
        let record = records.first { $0.id == endpoint.networkID }
        let others = plugged.inSandbox(endpoint.sandboxPath)
        let routes =
            end == .sandboxEnds
            ? []
            : DefaultRoutes(of: Array(others), on: records)
                .changes(from: DefaultRoutes(of: others + [endpoint], on: records))
        let expulsion = expulsion(of: endpoint)
        do {
            let driver = try record.map { record throws(NetworkError) in try endpointDriver(of: record) }
            try await BlockingWork.run {
                // First the new way, in the old one's place: the container is never without.
                var failure: (any Error)?
                do { try Self.move(routes, in: endpoint.sandboxPath) } catch { failure = error }
                CrashPoint.detachRoutesMoved.reached()
                do { try driver?.unplug(endpoint, as: end) } catch { failure = failure ?? error }
                CrashPoint.detachUnplugged.reached()
                try expulsion.apply()
                CrashPoint.detachUnguarded.reached()
                if let failure { throw failure }
            }
        } catch {
            logger.warning(
                "an endpoint was not taken out cleanly",
                metadata: [
                    "container": "\(endpoint.containerID.prefix(12))", "network": "\(endpoint.networkName)",
                    "error": "\(error)",
                ])
        }
        await withdrawNames(of: endpoint, as: end)
        if !endpoint.ports.isEmpty { portsAreStale = true }
        forgetFlows(of: endpoint)
        giveBack(endpoint)
        scheduleCleanup()
    }

    /// Sets default routes out of interfaces that are there. Blocks.
    private static func move(_ routes: [DefaultRouteChange], in path: String) throws {
        if routes.isEmpty { return }
        let inside = try RouteSocket(in: try NetworkNamespace(path: path))
        try inside.apply(
            try routes.compactMap { change in
                try inside.link(named: change.route.interfaceName).map { change.request(device: $0.index) }
            })
    }
}
