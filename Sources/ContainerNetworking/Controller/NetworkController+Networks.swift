import CrashPoints
import Firewall
import IPAddressing
import Logging
import RouteNetlink
import SystemCalls

extension NetworkController {
    /// Makes a network: checks the request, chooses subnets, makes the bridge and its rules. All or nothing.
    ///
    /// - Throws: in Docker's words; `.invalid` 400, `.conflict` 409, `.forbidden` 403, `.notFound` 404, `.system` 500.
    public func create(_ request: NetworkRequest) async throws(NetworkError) -> NetworkRecord {
        guard let driver else {
            throw NetworkError(.system, "the networks are not up yet; try again when the daemon has started")
        }
        let record = try await choose(request, driver)
        defer { pending.removeAll { $0.id == record.id } }
        if record.isConfigOnly {
            records.append(record)
            return record
        }
        do {
            try await make(record, driver)
        } catch {
            await unmake(record, driver)
            throw .wrap("cannot make network \(record.name)", error)
        }
        return record
    }

    /// Looks at the host and decides. Nothing is awaited between the look at the books and the entry in them: two
    /// requests cannot be given the same subnet.
    private func choose(_ request: NetworkRequest, _ driver: BridgeDriver) async throws(NetworkError) -> NetworkRecord {
        let situation: HostSituation
        do {
            situation = try await BlockingWork.run { try HostSituation.observe(driver.host) }
        } catch {
            throw .wrap("cannot look at the host's network", error)
        }
        let logger = logger
        let creation = NetworkCreation(
            configuration: configuration, existing: records + pending, situation: situation
        ) { logger.warning("\($0)", metadata: ["network": "\(request.name)"]) }
        var id = RandomID.make()
        // Ids are told from names and short ids by their first 12 digits, and bridges are named by them.
        while (records + pending).contains(where: { $0.id.hasPrefix(id.prefix(12)) }) { id = RandomID.make() }
        let record = try creation.make(request, id: id)
        pending.append(record)
        return record
    }

    /// Devices, then rules, then forwarding: nothing is forwarded before the rules hold.
    private func make(_ record: NetworkRecord, _ driver: BridgeDriver) async throws {
        let alone = NetworkModel(configuration: configuration, networks: [record], endpoints: [])
        let (wanted, host) = (alone.desired(), host)
        let state = try await BlockingWork.run { try KernelState.observe(host, driver.host, wanted: wanted) }
        let steps = state.plan(to: wanted)
        let application = PlanApplication(host: host, socket: driver.host)
        let devices = steps.filter { !$0.isHostParameter }
        try await BlockingWork.run { try application.apply(devices) }
        records.append(record)
        book.open(record)
        try await apply(steps.filter(\.isHostParameter), model, driver)
    }

    /// The way back, as far as it went.
    private func unmake(_ record: NetworkRecord, _ driver: BridgeDriver) async {
        let hadRules = records.contains { $0.id == record.id }
        records.removeAll { $0.id == record.id }
        book.close(networkID: record.id)
        do {
            if hadRules { _ = try await firewall.apply(model.firewall()) }
            try await deleteDevices(of: record, driver)
        } catch {
            logger.warning(
                "what a failed network had was left", metadata: ["network": "\(record.name)", "error": "\(error)"])
        }
    }

    /// Removes a network with its bridge and its rules.
    ///
    /// - Parameter names: of containers, by id, for the refusal where some are plugged in.
    /// - Throws: `.notFound`; `.forbidden` for the predefined ones, for one that has endpoints, and for a configuration
    ///   that others take.
    /// - Returns: the record that is gone.
    @discardableResult
    public func remove(
        _ reference: String, names: [String: String] = [:]
    ) async throws(NetworkError) -> NetworkRecord {
        guard let record = network(reference) else {
            throw NetworkError(.notFound, "network \(reference) not found")
        }
        if NetworkCreation.predefined.contains(record.name) {
            throw NetworkError(.forbidden, "\(record.name) is a pre-defined network and cannot be removed")
        }
        let refusal = "error while removing network: "
        if record.isConfigOnly, (records + pending).contains(where: { $0.configFrom == record.name }) {
            throw NetworkError(.forbidden, refusal + "configuration network \"\(record.name)\" is in use")
        }
        let plugged = endpoints(of: record.id)
        if !plugged.isEmpty || book.isInUse(networkID: record.id) {
            let who = plugged.map { endpoint in
                let name = names[endpoint.containerID] ?? String(endpoint.containerID.prefix(12))
                return "name:\"\(name)\" id:\"\(endpoint.id.prefix(12))\""
            }
            throw NetworkError(
                .forbidden,
                refusal + "network \(record.name) has active endpoints (\(who.sorted().joined(separator: ", ")))")
        }
        // Nothing was awaited since the look at the endpoints: nobody can plug in any more.
        records.removeAll { $0.id == record.id }
        // Its name and addresses stay taken until the kernel has let go of them.
        pending.append(record)
        defer { pending.removeAll { $0.id == record.id } }
        book.close(networkID: record.id)
        guard let driver, !record.isConfigOnly else { return record }
        do {
            _ = try await firewall.apply(model.firewall())
            CrashPoint.networkRulesGone.reached()
            try await deleteDevices(of: record, driver)
        } catch {
            // The network is gone for the engine, as with dockerd: what is left goes at the daemon's next start.
            logger.warning(
                "a removed network left something behind", metadata: ["network": "\(record.name)", "error": "\(error)"])
        }
        return record
    }

    /// Deletes the bridge, or the parent that nobody else uses. What was there before the network stays, less the
    /// network's addresses.
    private func deleteDevices(of record: NetworkRecord, _ driver: BridgeDriver) async throws {
        var steps: [PlanStep] = []
        if let bridge = record.bridgeName {
            if record.isBridgeForeign {
                steps = IPFamily.allCases.compactMap { record.bridgePrefix($0) }.map { .removeAddress($0, bridge) }
            } else {
                steps = [.delete(bridge)]
            }
        } else if record.isParentOurs, let parent = record.vlanParent,
            !records.contains(where: { $0.vlanParent == parent })
        {
            steps = [.delete(parent)]
        }
        let host = host
        // Nobody brings back what is about to go.
        await takeTurn(Self.devicesTurn)
        defer { passTurn(Self.devicesTurn) }
        let application = PlanApplication(host: host, socket: driver.host)
        let planned = steps
        try await BlockingWork.run {
            // The user may have deleted the bridge, or put another in its place.
            if let bridge = record.bridgeName {
                guard let link = try driver.host.link(named: bridge) else { return }
                if !record.isBridgeForeign, link.mac?.description != record.bridgeMAC { return }
            }
            try application.apply(planned)
        }
        for step in steps { logger.info("network", metadata: ["step": "\(step)"]) }
    }
}
