import AddressAllocation
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
        let configuration = configuration
        if !configuration.isBridgeDisabled, let owner = BridgeOwner.find(bridge: configuration.bridgeName) {
            throw NetworkError(
                .conflict,
                "the bridge \(configuration.bridgeName) belongs to another engine: process \(owner.pid), \(owner.name). "
                    + "Stop it, or start causewayd with --bridge NAME on a bridge of its own")
        }
        do {
            let logger = logger
            let prepared = try await BlockingWork.run {
                try FileSystem.makeDirectory(configuration.namespaceDirectory, mode: 0o711)
                let socket = try RouteSocket()
                let records = try DefaultNetworks.make(
                    configuration, known: known, situation: try HostSituation.observe(socket), now: now
                ) { logger.warning("\($0)") }
                return (socket, records)
            }
            let driver = BridgeDriver(host: prepared.0)
            self.driver = driver
            records = prepared.1
            if configuration.iptables {
                firewall = try IPTablesBackend(
                    networkNamespace: nil, recordPath: configuration.execRoot + "/firewall.rules")
            }
            try takeUp(endpoints)
            let model = NetworkModel(configuration: configuration, networks: records, endpoints: endpoints)
            let steps = try await plan(model, driver)
            try await BlockingWork.run { try PlanApplication.apply(steps, driver.host) }
            for step in steps { logger.info("network", metadata: ["step": "\(step)"]) }
            let change = try await firewall.apply(model.firewall())
            if !change.isEmpty { logger.info("firewall rules made", metadata: ["lines": "\(change.lines.count)"]) }
            try await sweep(keeping: Set(sandboxes + endpoints.map(\.sandboxPath)), driver)
            return records
        } catch {
            throw .wrap("cannot bring up the networks", error)
        }
    }

    /// The steps that would bring the kernel back to what is wanted; empty where nothing is amiss.
    public func repairPlan() async throws(NetworkError) -> [PlanStep] {
        guard let driver else { return [] }
        let model = NetworkModel(configuration: configuration, networks: records, endpoints: Array(plugged.values))
        do { return try await plan(model, driver) } catch { throw .wrap("cannot plan a repair", error) }
    }

    private func plan(_ model: NetworkModel, _ driver: BridgeDriver) async throws -> [PlanStep] {
        let wanted = model.desired()
        return try await BlockingWork.run { try KernelState.observe(driver.host, wanted: wanted).plan(to: wanted) }
    }

    /// Books the addresses of containers that still run.
    private func takeUp(_ endpoints: [EndpointRecord]) throws(AddressError) {
        for record in records {
            guard var pool = record.addressPool else { continue }
            for endpoint in endpoints where endpoint.networkID == record.id {
                guard let address = IPAddress(endpoint.ipv4Address) else { continue }
                do throws(AddressError) { try pool.reserve(address) } catch {
                    logger.warning("an address is booked twice", metadata: ["address": "\(address)", "why": "\(error)"])
                }
            }
            pools[record.id] = pool
        }
        for endpoint in endpoints { plugged[endpoint.id] = endpoint }
    }

    /// Removes what a killed daemon left: our cables and namespaces that no live container uses.
    private func sweep(keeping sandboxes: Set<String>, _ driver: BridgeDriver) async throws {
        let used = Set(plugged.values.map(\.hostInterface))
        let directory = configuration.namespaceDirectory
        let highest = try await BlockingWork.run { () -> Int32 in
            let links = try driver.host.links()
            for link in links where HostEnd.isOurs(link) && !used.contains(link.name) {
                try driver.remove(link.name)
            }
            for name in try FileSystem.list(directory) where !sandboxes.contains(directory + "/" + name) {
                try NetworkNamespace.remove(at: directory + "/" + name)
            }
            return links.map(\.index).max() ?? 1
        }
        nextIndex = highest + 1
    }
}
