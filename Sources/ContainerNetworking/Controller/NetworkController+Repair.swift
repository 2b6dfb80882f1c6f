public import Firewall

/// What a repair of one network does, or would do.
public struct RepairPlan: Hashable, Sendable {
    /// Changes to devices, addresses and parameters of the kernel, in order.
    public var steps: [PlanStep]
    /// Changes to the firewall's rules, for every network: rules of one lean on those of others.
    public var rules: FirewallChange
    /// What reads `rules`: the program and its options.
    public var rulesProgram: String
    /// The same for `rules.linesIPv6`.
    public var rulesProgramIPv6: String
    /// Containers that are plugged in again, as remarks.
    public var replugged: [String] = []

    /// Whether nothing is amiss.
    public var isEmpty: Bool { steps.isEmpty && rules.isEmpty && replugged.isEmpty }

    /// The plan as one would type it, rules first: they hold by the time that something is forwarded.
    public var commands: [String] {
        rules.commands + Self.document(rulesProgram, rules.lines) + Self.document(rulesProgramIPv6, rules.linesIPv6)
            + steps.map(\.description) + replugged
    }

    private static func document(_ program: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["\(program) <<'END'\n" + lines.joined(separator: "\n") + "\nEND"]
    }
}

extension NetworkController {
    /// Brings one network back to what is wanted, or only says how.
    ///
    /// - Parameters:
    ///   - id: the network's id.
    ///   - dryRun: whether nothing is to be changed.
    /// - Returns: what was done, or would be; parameters of the host as a whole included.
    public func repair(network id: String, dryRun: Bool) async throws(NetworkError) -> RepairPlan {
        guard let record = records.first(where: { $0.id == id }) else {
            throw NetworkError(.notFound, "network \(id) not found")
        }
        let model = model
        let devices = Set(
            [record.bridgeName].compactMap { $0 }
                + model.endpoints.filter { $0.networkID == id }.map(\.hostInterface))
        do {
            await takeTurn(Self.devicesTurn)
            defer { passTurn(Self.devicesTurn) }
            guard let driver else { throw NetworkError(.system, "the networks are not up yet") }
            var outlook = try await outlook(model, driver)
            outlook.steps = outlook.steps.filter { $0.concerns(devices) }
            outlook.lost = outlook.lost.filter { $0.networkID == id }
            let isNFT = !(firewall is IPTablesBackend)
            let rules = try await firewall.plan(model.firewall())
            var plan = RepairPlan(
                steps: outlook.steps, rules: rules, rulesProgram: isNFT ? "nft -f -" : "iptables-restore --noflush",
                rulesProgramIPv6: isNFT ? "nft -f -" : "ip6tables-restore --noflush")
            plan.replugged = outlook.commands.filter { $0.hasPrefix("#") }
            if !dryRun, !plan.isEmpty {
                try await apply(outlook.steps, model, driver, restores: true)
                try await plugAgain(outlook.lost)
            }
            return plan
        } catch {
            throw .wrap("cannot repair the network \(record.name)", error)
        }
    }
}

extension PlanStep {
    /// Whether the step changes one of these devices, or the host as a whole.
    func concerns(_ devices: Set<String>) -> Bool {
        switch self {
        case .setSysctl(let name, _):
            isHostParameter || name.split(separator: "/").contains { devices.contains(String($0)) }
        case .makeBridge(let name, _, _), .makeDummy(let name), .makeVlan(let name, _, _), .delete(let name),
            .setMAC(let name, _), .setMTU(let name, _), .raise(let name), .addAddress(_, let name),
            .removeAddress(_, let name), .addRoute(_, let name), .plug(let name, _), .setHairpin(let name):
            devices.contains(name)
        }
    }
}
