import AddressAllocation
import CrashPoints
import Firewall
import IPAddressing
import Logging
import RouteNetlink
import SystemCalls

extension NetworkController {
    /// Brings the kernel to what is wanted and takes up what live containers use: the repair path.
    ///
    /// - Parameters:
    ///   - known: the networks of an earlier daemon; none at the first start.
    ///   - endpoints: those of containers that still run.
    ///   - sandboxes: the namespaces of containers that still run.
    ///   - now: RFC 3339, for networks that are made now.
    /// - Returns: all networks, for keeping.
    /// - Throws: what is in the way, with the way out. Nothing of others' is changed.
    public func startUp(
        networks known: [NetworkRecord], endpoints: [EndpointRecord], sandboxes: [String], now: String
    ) async throws(NetworkError) -> [NetworkRecord] {
        do {
            let prepared = try await prepare(known, now: now)
            let driver = prepared.driver
            self.driver = driver
            records = prepared.records
            try await chooseFirewall()
            takeUp(endpoints)
            await holdPortsAgain(endpoints)
            let model = NetworkModel(configuration: configuration, networks: records, endpoints: endpoints)
            let outlook = try await outlook(model, driver, retired: prepared.retired, doomed: prepared.doomed)
            try await apply(outlook.steps, model, driver)
            CrashPoint.recoverPlanned.reached()
            try await setLoopbackRoutes()
            try await sweep(keeping: Set(sandboxes + endpoints.map(\.sandboxPath)), driver)
            CrashPoint.recoverSwept.reached()
            try await startGuard()
            do { try await plugAgain(outlook.lost) } catch { logger.error("\(error)") }
            try startNames()
            await openNamesAgain(endpoints)
            return records
        } catch {
            throw .wrap("cannot bring up the networks", error)
        }
    }

    /// The steps that would bring the kernel back to what is wanted; empty where nothing is amiss. The firewall has its
    /// own, `FirewallBackend.plan`.
    public func repairPlan() async throws(NetworkError) -> [PlanStep] {
        guard let driver else { return [] }
        do { return try await outlook(model, driver).steps } catch { throw .wrap("cannot plan a repair", error) }
    }

    /// Brings the kernel back to what is wanted: a bridge that was deleted by hand, a cable that was pulled out, rules
    /// that were flushed.
    ///
    /// - Returns: what was done, rules and new cables aside.
    @discardableResult
    public func repair() async throws(NetworkError) -> [PlanStep] {
        guard let driver else { return [] }
        await takeTurn(Self.devicesTurn)
        defer { passTurn(Self.devicesTurn) }
        do {
            let model = model
            let outlook = try await outlook(model, driver)
            try await apply(outlook.steps, model, driver, restores: true)
            _ = try await spoofingGuard?.restore(dryRun: false)
            try await plugAgain(outlook.lost)
            return outlook.steps
        } catch {
            throw .wrap("cannot repair the networks", error)
        }
    }

    /// What is wanted now.
    var model: NetworkModel {
        var model = NetworkModel(configuration: configuration, networks: records, endpoints: Array(plugged.values))
        model.ownForwarding = ownForwarding
        model.links = links.values.flatMap { $0 }.sorted { "\($0)" < "\($1)" }
        return model
    }

    private struct Prepared: Sendable {
        let driver: BridgeDriver
        let records: [NetworkRecord]
        /// Addresses that bridges had by the records of an earlier daemon, and are to lose.
        var retired: [String: [IPPrefix]] = [:]
        /// Bridges of ours that no network has.
        var doomed: [String] = []
    }

    /// Looks at the host and decides which networks there are to be. Changes nothing of the kernel's.
    private func prepare(_ known: [NetworkRecord], now: String) async throws -> Prepared {
        let (configuration, host, logger) = (configuration, host, logger)
        return try await BlockingWork.run {
            let driver = try BridgeDriver(host)
            var situation = try HostSituation.observe(driver.host)
            let bridge = configuration.bridgeName
            if !configuration.isBridgeDisabled, situation.bridges[bridge] != nil,
                let owner = BridgeOwner.find(bridge: bridge, in: host)
            {
                throw NetworkError(
                    .conflict,
                    "the bridge \(bridge) belongs to another engine: process \(owner.pid), \(owner.name). Stop it, or "
                        + "start causewayd with --bridge NAME on a bridge of its own")
            }
            try FileSystem.makeDirectory(configuration.namespaceDirectory, mode: 0o711)
            let own = known.filter { !NetworkCreation.predefined.contains($0.name) }
            for record in own where record.isBridgeForeign {
                if let bridge = record.bridgeName, situation.bridges[bridge] == nil {
                    logger.warning(
                        "the bridge of a network is gone; it was not the engine's: make it again and restart the daemon",
                        metadata: ["network": "\(record.name)", "bridge": "\(bridge)"])
                }
            }
            situation.add(own)
            let defaults = try DefaultNetworks.make(configuration, known: known, situation: situation, now: now) {
                logger.warning("\($0)")
            }
            var prepared = Prepared(driver: driver, records: defaults + own)
            for record in defaults where record.driver == "bridge" && !configuration.bridgeIsUsers {
                guard let name = record.bridgeName, let former = known.first(where: { $0.id == record.id }),
                    former.bridgeName == name
                else { continue }
                let present = IPFamily.allCases.compactMap { record.bridgePrefix($0) }
                prepared.retired[name] = IPFamily.allCases.compactMap { former.bridgePrefix($0) }
                    .filter { !present.contains($0) }
            }
            let identity = EngineIdentity(configuration, situation)
            let names = Set(prepared.records.compactMap(\.bridgeName))
            prepared.doomed = situation.bridgeMACs.filter { identity.bridgeMAC($0.key) == $0.value }.keys
                .filter { !names.contains($0) }
            return prepared
        }
    }

    /// What it takes to bring the kernel to what is wanted, rules aside.
    struct Outlook: Sendable {
        /// Changes of devices, addresses and parameters.
        var steps: [PlanStep]
        /// Containers whose cable is gone, to be plugged in again after that.
        var lost: [EndpointRecord]

        /// What is not there at all, in the watch's words.
        var missing: [String] {
            steps.compactMap { step in
                guard case .makeBridge(let name, _, _) = step else { return nil }
                return "the bridge \(name) is gone"
            }
                + lost.filter { !$0.hostInterface.isEmpty }.map { endpoint in
                    "the cable \(endpoint.hostInterface) of container \(endpoint.containerID.prefix(12)) is gone"
                }
        }

        /// All of it as one would type it.
        var commands: [String] {
            steps.map(\.description)
                + lost.map { endpoint in
                    "# container \(endpoint.containerID.prefix(12)) is plugged into \(endpoint.networkName) again, as "
                        + endpoint.interfaceName
                }
        }
    }

    /// Compares the kernel with what is wanted.
    func outlook(
        _ model: NetworkModel, _ driver: BridgeDriver, retired: [String: [IPPrefix]] = [:],
        doomed: [String] = []
    ) async throws -> Outlook {
        let (wanted, host) = (model.desired(), host)
        let state = try await BlockingWork.run { try KernelState.observe(host, driver.host, wanted: wanted) }
        let lost = model.endpoints.filter { endpoint in
            if !endpoint.hostInterface.isEmpty { return state.ports[endpoint.hostInterface] == nil }
            // An interface of macvlan or ipvlan went with its parent.
            let parent = model.networks.first { $0.id == endpoint.networkID }?.vlanParent
            return parent.map { wanted.parents[$0] != nil && state.parents[$0] == nil } ?? false
        }
        return Outlook(
            steps: state.plan(to: wanted, retired: retired, doomed: doomed), lost: lost.sorted { $0.id < $1.id })
    }

    /// The rules first: once forwarding is on, they hold.
    ///
    /// - Parameter restores: whether this only brings back what was: then forwarding that somebody else had switched on
    ///   remains somebody else's.
    func apply(
        _ steps: [PlanStep], _ model: NetworkModel, _ driver: BridgeDriver, restores: Bool = false
    ) async throws {
        if !restores {
            var switched: Set<IPFamily> = []
            if steps.contains(.setSysctl(NetworkModel.Parameter.forwarding, "1")) { switched.insert(.v4) }
            if steps.contains(.setSysctl(NetworkModel.Parameter.forwardingIPv6, "1")) { switched.insert(.v6) }
            try rememberForwarding(switched)
        }
        var model = model
        model.ownForwarding = ownForwarding
        let change = try await firewall.apply(model.firewall())
        if !change.isEmpty { logger.info("firewall rules made", metadata: ["lines": "\(change.lines.count)"]) }
        try await carryOut(steps, driver)
    }

    /// Carries steps out, in order.
    func carryOut(_ steps: [PlanStep], _ driver: BridgeDriver) async throws {
        let forwardingIPv6 = PlanStep.setSysctl(NetworkModel.Parameter.forwardingIPv6, "1")
        let host = host
        let application = PlanApplication(host: host, socket: driver.host)
        let all = try await BlockingWork.run {
            let advertised = steps.contains(forwardingIPv6) ? try AdvertisedRoute.keep(host, driver.host) : []
            try application.apply(advertised + steps)
            return advertised + steps
        }
        for step in all { logger.info("network", metadata: ["step": "\(step)"]) }
    }

    /// Books the addresses of containers that still run.
    private func takeUp(_ endpoints: [EndpointRecord]) {
        for record in records { book.open(record) }
        for endpoint in endpoints {
            for address in [endpoint.ipv4Address, endpoint.ipv6Address].compactMap({ IPAddress($0) }) {
                do throws(AddressError) {
                    try book.take(address, on: endpoint.networkID, for: endpoint.containerID)
                } catch {
                    logger.warning(
                        "an address is booked twice", metadata: ["address": "\(address)", "why": "\(error)"])
                }
            }
            plugged[endpoint.id] = endpoint
        }
    }

    /// Removes what a killed daemon left: our cables and namespaces that no live container uses.
    private func sweep(keeping sandboxes: Set<String>, _ driver: BridgeDriver) async throws {
        let used = Set(plugged.values.map(\.hostInterface))
        let directory = configuration.namespaceDirectory
        let (swept, highest) = try await BlockingWork.run { () -> ([String], Int32) in
            let swept = try driver.sweep(used: used)
            for name in try FileSystem.list(directory) where !sandboxes.contains(directory + "/" + name) {
                try NetworkNamespace.remove(at: directory + "/" + name)
            }
            return (swept, try driver.host.links().map(\.index).max() ?? 1)
        }
        if !swept.isEmpty { logger.info("cables of an earlier daemon deleted", metadata: ["devices": "\(swept)"]) }
        nextIndex = highest + 1
    }
}
