import IPAddressing
import Testing

@testable import Firewall

@Suite("Only what is ours is changed")
struct DifferenceTests {
    private func host(_ intent: FirewallIntent) throws -> SimulatedTables {
        var host = SimulatedTables()
        try host.restore(RulesetDifference(observed: host.rules, former: []).change(to: .desired(intent)))
        return host
    }

    private func bring(_ host: inout SimulatedTables, to intent: FirewallIntent, former: Set<PlacedRule> = []) throws {
        let former = former.union(IPTablesRuleset.contradicting(intent))
        try host.restore(RulesetDifference(observed: host.rules, former: former).change(to: .desired(intent)))
        #expect(RulesetDifference(observed: host.rules, former: former).change(to: .desired(intent)).isEmpty)
    }

    private func edit(_ host: inout SimulatedTables, _ table: String, _ chain: String, _ body: (inout [String]) -> Void)
    {
        guard let index = host.rules.tables[table]?.firstIndex(where: { $0.name == chain }) else { return }
        var rules = host.rules.tables[table]?[index].rules ?? []
        body(&rules)
        host.rules.tables[table]?[index].rules = rules
    }

    private func rules(_ host: SimulatedTables, _ chain: String, _ table: FirewallTableName = .filter) -> [String] {
        host.rules.chain(chain, in: table)?.rules ?? []
    }

    @Test("Foreign rules and chains stay, in their order")
    func foreignRules() throws {
        var host = SimulatedTables()
        host.rules.tables["filter"] = [
            .init("INPUT", policy: "DROP", rules: ["-i lo -j ACCEPT"]),
            .init("FORWARD", policy: "ACCEPT", rules: ["-j ufw", "-i br0 -j ACCEPT", "-i br0 -j ACCEPT"]),
            .init("OUTPUT", policy: "ACCEPT"), .init("ufw", rules: ["-j RETURN"]),
        ]
        host.rules.tables["nat"] = [
            .init("PREROUTING", policy: "ACCEPT", rules: ["-i up0 -j foreign"]), .init("INPUT", policy: "ACCEPT"),
            .init("OUTPUT", policy: "ACCEPT"), .init("POSTROUTING", policy: "ACCEPT", rules: ["-o up0 -j MASQUERADE"]),
            .init("foreign"),
        ]
        try bring(&host, to: Scenario.seed.intent)
        #expect(rules(host, "FORWARD").suffix(3) == ["-j ufw", "-i br0 -j ACCEPT", "-i br0 -j ACCEPT"])
        #expect(rules(host, "FORWARD").first == "-j DOCKER-USER")
        #expect(rules(host, "INPUT") == ["-i lo -j ACCEPT"])
        #expect(host.rules.chain("INPUT", in: .filter)?.policy == "DROP")
        #expect(rules(host, "PREROUTING", .nat).first == "-i up0 -j foreign")
        #expect(rules(host, "POSTROUTING", .nat).last == "-o up0 -j MASQUERADE")
        #expect(rules(host, "ufw") == ["-j RETURN"])
    }

    @Test("DOCKER-USER is the user's, even when it is empty")
    func userChain() throws {
        var host = try host(Scenario.seed.intent)
        edit(&host, "filter", "DOCKER-USER") { $0 = ["-s 198.51.100.7/32 -j DROP", "-j RETURN"] }
        try bring(&host, to: Scenario.iccOff.intent)
        #expect(rules(host, "DOCKER-USER") == ["-s 198.51.100.7/32 -j DROP", "-j RETURN"])
        edit(&host, "filter", "DOCKER-USER") { $0 = [] }
        try bring(&host, to: Scenario.seed.intent)
        #expect(rules(host, "DOCKER-USER").isEmpty)
    }

    @Test("A flushed FORWARD is filled again")
    func flushedForward() throws {
        var host = try host(Scenario.twoNetworks.intent)
        edit(&host, "filter", "FORWARD") { $0 = [] }
        try bring(&host, to: Scenario.twoNetworks.intent)
        #expect(try host.listing(.filter) == Scenario.twoNetworks.golden(.filter))
    }

    @Test("All chains flushed and deleted by hand come back")
    func everythingGone() throws {
        var host = try host(Scenario.ports.intent)
        host.rules.tables["nat"]?.removeAll { $0.policy == nil }
        for chain in ["PREROUTING", "OUTPUT", "POSTROUTING"] { edit(&host, "nat", chain) { $0 = [] } }
        edit(&host, "filter", "DOCKER") { $0 = [] }
        try bring(&host, to: Scenario.ports.intent)
        #expect(try host.listing(.nat) == Scenario.ports.golden(.nat))
        #expect(try host.listing(.filter) == Scenario.ports.golden(.filter))
    }

    @Test("A wrong order is repaired")
    func wrongOrder() throws {
        var host = try host(Scenario.seed.intent)
        edit(&host, "filter", "FORWARD") { $0.reverse() }
        edit(&host, "filter", "DOCKER-ISOLATION-STAGE-1") { $0.reverse() }
        try bring(&host, to: Scenario.seed.intent)
        #expect(try host.listing(.filter) == Scenario.seed.golden(.filter))
    }

    @Test("A rule put before DOCKER-USER comes after it; one between ours stays")
    func userFirst() throws {
        var host = try host(Scenario.seed.intent)
        edit(&host, "filter", "FORWARD") { $0.insert("-i x -j DROP", at: 3) }
        let change = RulesetDifference(observed: host.rules, former: []).change(to: .desired(Scenario.seed.intent))
        #expect(change.isEmpty)
        edit(&host, "filter", "FORWARD") { $0.insert("-i y -j DROP", at: 0) }
        try bring(&host, to: Scenario.seed.intent)
        #expect(rules(host, "FORWARD").prefix(3) == ["-j DOCKER-USER", "-i y -j DROP", "-j DOCKER-ISOLATION-STAGE-1"])
    }

    @Test("Copies of our rules become one")
    func copies() throws {
        var host = try host(Scenario.seed.intent)
        edit(&host, "filter", "FORWARD") { $0 += ["-j DOCKER-USER", "-i docker0 -o docker0 -j ACCEPT"] }
        edit(&host, "filter", "DOCKER-ISOLATION-STAGE-2") { $0 += $0 }
        try bring(&host, to: Scenario.seed.intent)
        #expect(try host.listing(.filter) == Scenario.seed.golden(.filter))
    }

    @Test("Foreign rules in a chain of ours go")
    func foreignInOurs() throws {
        var host = try host(Scenario.ports.intent)
        edit(&host, "filter", "DOCKER") { $0.insert("-j ACCEPT", at: 1) }
        let change = RulesetDifference(observed: host.rules, former: []).change(to: .desired(Scenario.ports.intent))
        #expect(change == ["*filter", "-D DOCKER -j ACCEPT", "COMMIT"])
    }

    @Test("Turning ICC and masquerade off takes away what an earlier daemon allowed, without a record")
    func contradiction() throws {
        var host = try host(Scenario.seed.intent)
        try bring(&host, to: Scenario.iccOff.intent)
        #expect(try host.listing(.filter) == Scenario.iccOff.golden(.filter))
        try bring(&host, to: Scenario.noMasquerade.intent)
        #expect(try host.listing(.nat) == Scenario.noMasquerade.golden(.nat))
        #expect(try host.listing(.filter) == Scenario.noMasquerade.golden(.filter))
    }

    @Test("A network that is gone leaves nothing, given what was applied before")
    func goneNetwork() throws {
        var host = try host(Scenario.twoNetworks.intent)
        let former = IPTablesRuleset.desired(Scenario.twoNetworks.intent).sharedRules(.v4)
        try bring(&host, to: Scenario.seed.intent, former: former)
        #expect(try host.listing(.filter) == Scenario.seed.golden(.filter))
        #expect(try host.listing(.nat) == Scenario.seed.golden(.nat))
    }

    @Test("One more published port costs two lines")
    func onePort() throws {
        let ports = (1...1000).map { Scenario.port(.tcp, "0.0.0.0", UInt16(10_000 + $0), "172.17.0.2", UInt16($0)) }
        let host = try host(FirewallIntent(networks: [Scenario.docker0(ports: Array(ports.dropLast()))]))
        let more = RulesetDifference(observed: host.rules, former: [])
            .change(to: .desired(FirewallIntent(networks: [Scenario.docker0(ports: ports)])))
        #expect(more.filter { $0.hasPrefix("-") }.count == 2)
    }

    @Test("From every scenario to every other", arguments: Scenario.allCases, Scenario.allCases)
    func transitions(_ from: Scenario, _ to: Scenario) throws {
        var host = try host(from.intent)
        edit(&host, "filter", "FORWARD") { $0.append("-i foreign -j ACCEPT") }
        try bring(&host, to: to.intent, former: IPTablesRuleset.desired(from.intent).sharedRules(.v4))
        edit(&host, "filter", "FORWARD") { $0.removeAll { $0 == "-i foreign -j ACCEPT" } }
        // The policy is set, never taken back.
        let policy = from == .noDrop || to != .noDrop
        let golden = try to.golden(.filter)
        #expect(host.listing(.filter) == (policy ? golden : golden.replacing("FORWARD ACCEPT", with: "FORWARD DROP")))
        #expect(try host.listing(.nat) == to.golden(.nat))
        #expect(try host.listing(.raw) == to.golden(.raw))
    }

    @Test("Removal takes away all of it and keeps the user's rules", arguments: [false, true])
    func removal(_ userHasRules: Bool) throws {
        var host = try host(Scenario.twoNetworks.intent)
        edit(&host, "filter", "FORWARD") { $0.append("-i foreign -j ACCEPT") }
        if userHasRules { edit(&host, "filter", "DOCKER-USER") { $0.insert("-s 1.2.3.4/32 -j DROP", at: 0) } }
        let former = IPTablesRuleset.desired(Scenario.twoNetworks.intent).sharedRules(.v4)
        let change = RulesetDifference(observed: host.rules, former: former).removal(of: .desired(FirewallIntent()))
        try host.restore(change)
        let user = userHasRules ? "-A DOCKER-USER -s 1.2.3.4/32 -j DROP\n-A DOCKER-USER -j RETURN\n" : ""
        #expect(
            host.listing(.filter) == "-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n"
                + (userHasRules ? "-N DOCKER-USER\n" : "") + "-A FORWARD -i foreign -j ACCEPT\n" + user)
        #expect(
            host.listing(.nat) == "-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n")
        let again = RulesetDifference(observed: host.rules, former: []).removal(of: .desired(FirewallIntent()))
        #expect(again.isEmpty)
    }
}
