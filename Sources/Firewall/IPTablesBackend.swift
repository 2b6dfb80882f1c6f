import CrashPoints
import Dispatch
public import IPAddressing
public import NFTables
import Synchronization
public import SystemCalls

/// The back end of the iptables programs: one `iptables-save` to see what is there, and, only where something has to
/// change, one `iptables-restore --noflush` for all of it. Each table changes as a whole or not at all. IPv6 has the
/// same chains, and programs of its own that are run only on account of networks with IPv6.
///
/// What it has seen and written it remembers, for as long as nobody else changes a rule: these programs' rules are
/// nftables', whose generation tells. With iptables-legacy, it looks each time.
///
/// It owns the chains DOCKER, DOCKER-ISOLATION-STAGE-1 and -2, and its own rules in the kernel's chains. DOCKER-USER is
/// made once and then left to the user. All else stays as it is.
public final class IPTablesBackend: FirewallBackend {
    private let programs: IPTablesPrograms
    private let namespace: NetworkNamespace?
    private let record: RuleRecord?
    private let firewalld: FirewalldIntegration
    private let queue = FirewallQueue("causeway.firewall")
    /// Rules of shared chains that are, or may be, in the kernel because of us; nil before the record was read.
    private let owned = Mutex<Set<PlacedRule>?>(nil)
    /// What was applied last.
    private let applied = Mutex<FirewallIntent?>(nil)
    /// The last programs that were run, by process id: the kernel's news name them.
    private let children = Mutex<[Int32]>([])
    private let keeper: NFTablesKeeper?
    private let memory = Mutex(Memory())

    /// What is there, until somebody else changes it.
    private struct Memory {
        /// `NFTablesKeeper.foreignGeneration` that it belongs to.
        var generation: UInt32 = 0
        var rules: [IPFamily: ObservedRuleset] = [:]
    }

    /// Sets up the back end; nothing is looked at or changed yet.
    ///
    /// - Parameters:
    ///   - namespace: whose firewall; nil is the daemon's own network namespace.
    ///   - programs: the programs to run.
    ///   - recordPath: a file, best below `/run`, that remembers which rules of the kernel's chains are ours, so that
    ///     a later daemon can take away those of networks that are gone. Without it they are known only as long as
    ///     this object lives.
    ///   - keeper: who tells whether anybody else changed the rules, and changes other tables of the same namespace
    ///     itself. Without, `apply` looks each time.
    public init(
        namespace: NetworkNamespace? = nil, programs: IPTablesPrograms, recordPath: String? = nil,
        keeper: NFTablesKeeper? = nil
    ) {
        self.namespace = namespace
        self.programs = programs
        self.keeper = keeper
        record = recordPath.map { RuleRecord(path: $0) }
        firewalld = FirewalldIntegration(namespace: namespace)
    }

    /// Finds the programs where the system keeps them.
    ///
    /// - Throws: where one is missing; the remedy names the Debian package.
    public convenience init(
        networkNamespace: NetworkNamespace?, recordPath: String? = nil, keeper: NFTablesKeeper? = nil
    ) throws(FirewallError) {
        self.init(
            namespace: networkNamespace, programs: try .discover(), recordPath: recordPath, keeper: keeper)
    }

    /// Whether the kernel tells nobody of changes to these rules; see `IPTablesPrograms.areLegacy`.
    public var areProgramsLegacy: Bool { programs.areLegacy }

    /// Reads the host's rules of one family.
    public func observe(_ family: IPFamily = .v4) async throws(FirewallError) -> ObservedRuleset {
        try await enqueue { backend throws(FirewallError) in try backend.tables(family).observe() }
    }

    /// Says what `apply` would change: one `iptables-save`.
    ///
    /// - Throws: what iptables said, where it failed.
    public func plan(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        try await enqueue { backend throws(FirewallError) in try backend.planNow(intent) }
    }

    /// Brings the host's rules to the intent: one `iptables-save` where the rules are not known, and one
    /// `iptables-restore` where something differs. About 2.5 ms and 4 ms. Then the same for IPv6 where a network has it,
    /// or had it: should that fail, IPv4 is done.
    ///
    /// - Returns: what iptables-restore was given; empty where it was not run.
    /// - Throws: what iptables said, with the line it stopped at. The table of that line is then as it was before.
    @discardableResult
    public func apply(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        try await enqueue { backend throws(FirewallError) in try backend.applyNow(intent) }
    }

    /// Brings back what was applied last, or only says how.
    public func restore(dryRun: Bool) async throws(FirewallError) -> FirewallChange {
        try await enqueue { backend throws(FirewallError) in
            guard let intent = backend.applied.withLock({ $0 }) else { return FirewallChange(lines: []) }
            return dryRun ? try backend.planNow(intent) : try backend.writeNow(intent)
        }
    }

    /// Takes note of a transaction of nftables; see `FirewallBackend`.
    public func hearFirewalld(_ news: RulesetNews) -> Bool { firewalld.hear(news) }

    /// Tells firewalld anew; see `FirewallBackend`.
    public func tellFirewalld(dryRun: Bool) async throws(FirewallError) -> [String] {
        try await firewalld.bringAgain(dryRun: dryRun)
    }

    /// Whether somebody else changed one of the tables.
    public func isMeddling(_ news: RulesetNews) async -> Bool {
        guard !Self.nftablesTables.isDisjoint(with: news.tables) else { return false }
        // After what was asked for earlier: by then all of the back end's own children are known.
        return
            (try? await enqueue { backend throws(FirewallError) in
                !backend.children.withLock { $0.contains(news.pid) || $0.contains(Int32(bitPattern: news.port)) }
            }) ?? true
    }

    /// iptables' tables as nftables calls them.
    private static let nftablesTables = Set(
        FirewallTableName.allCases.flatMap { ["ip \($0.rawValue)", "ip6 \($0.rawValue)"] })

    /// Takes away the engine's chains and rules, those of earlier daemons too as far as the record names them.
    ///
    /// - Throws: what iptables said, as where a chain of ours is still used by somebody's rule.
    @discardableResult
    public func removeEverything() async throws(FirewallError) -> FirewallChange {
        try await enqueue { backend throws(FirewallError) in try backend.removeNow() }
    }

    /// Sets the policy of FORWARD back to ACCEPT, where the engine set it to DROP and another back end sees to it from
    /// now on.
    ///
    /// - Parameter families: whose policy.
    public func acceptForwarding(_ families: [IPFamily]) async throws(FirewallError) {
        try await enqueue { backend throws(FirewallError) in
            for family in families {
                try backend.tables(family).restore(["*filter", ":FORWARD ACCEPT [0:0]", "COMMIT"])
            }
        }
    }

    // MARK: - On the queue

    /// What one family has to become.
    private struct Goal {
        let family: IPFamily
        /// The rules; nil where all of ours are to go.
        let wanted: IPTablesRuleset?
        /// Rules that may be there because of us.
        let former: Set<PlacedRule>

        func lines(from observed: ObservedRuleset) -> [String] {
            let difference = RulesetDifference(observed: observed, former: former, family: family)
            return wanted.map { difference.change(to: $0) }
                ?? difference.removal(of: .desired(FirewallIntent(), family: family))
        }
    }

    /// The families that the intent concerns, or that hold rules of ours from before. An engine without IPv6 networks
    /// never runs ip6tables.
    private func goals(_ intent: FirewallIntent) throws(FirewallError) -> [Goal] {
        let owned = try ownedRules()
        return IPFamily.allCases.compactMap { family in
            let before = owned.filter { $0.family == family }
            if IPTablesRuleset.concerns(intent, family) {
                return Goal(
                    family: family, wanted: .desired(intent, family: family),
                    former: before.union(IPTablesRuleset.contradicting(intent, family: family)))
            }
            return before.isEmpty ? nil : Goal(family: family, wanted: nil, former: before)
        }
    }

    private func planNow(_ intent: FirewallIntent) throws(FirewallError) -> FirewallChange {
        var lines: [IPFamily: [String]] = [:]
        for goal in try goals(intent) { lines[goal.family] = goal.lines(from: try tables(goal.family).observe()) }
        return FirewallChange(lines: lines[.v4] ?? [], linesIPv6: lines[.v6] ?? [])
    }

    private func applyNow(_ intent: FirewallIntent) throws(FirewallError) -> FirewallChange {
        // First, since it may reload its rules.
        let commands = try firewalld.bring(to: Set(intent.networks.map(\.bridge)))
        let change = try writeNow(intent)
        return FirewallChange(lines: change.lines, linesIPv6: change.linesIPv6, commands: commands)
    }

    private func writeNow(_ intent: FirewallIntent) throws(FirewallError) -> FirewallChange {
        let goals = try goals(intent)
        // Remembered before it is done: a crash in between must not leave a rule that nobody knows.
        let owned = try ownedRules()
        let shared = goals.reduce(into: Set<PlacedRule>()) { rules, goal in
            rules.formUnion(goal.wanted?.sharedRules(goal.family) ?? [])
        }
        if !shared.isSubset(of: owned) { try remember(owned.union(shared)) }
        CrashPoint.firewallNoted.reached()
        var lines: [IPFamily: [String]] = [:]
        for goal in goals {
            lines[goal.family] = try change(goal)
            CrashPoint.firewallFamilyDone.reached()
        }
        try remember(shared)
        applied.withLock { $0 = intent }
        return FirewallChange(lines: lines[.v4] ?? [], linesIPv6: lines[.v6] ?? [])
    }

    private func removeNow() throws(FirewallError) -> FirewallChange {
        let owned = try ownedRules()
        var lines: [IPFamily: [String]] = [:]
        for family in IPFamily.allCases {
            let former = owned.filter { $0.family == family }
            if family == .v6, former.isEmpty { continue }
            let goal = Goal(family: family, wanted: nil, former: former)
            lines[family] = try change(goal)
        }
        try remember([])
        applied.withLock { $0 = nil }
        return FirewallChange(lines: lines[.v4] ?? [], linesIPv6: lines[.v6] ?? [])
    }

    /// Brings one family to its goal, from memory where nobody else changed a rule since.
    private func change(_ goal: Goal) throws(FirewallError) -> [String] {
        let generation = programs.areLegacy ? nil : try? keeper?.foreignGeneration()
        var known = memory.withLock { memory in
            defer { memory.rules = [:] }
            return memory.generation == generation ? memory.rules : [:]
        }
        let (lines, before) = try tables(goal.family).change(from: known[goal.family]) { goal.lines(from: $0) }
        // One transaction a table: with any other number, somebody else's came in between.
        guard let generation, let now = try? keeper?.foreignGeneration(),
            now == generation &+ UInt32(lines.count { $0 == "COMMIT" })
        else { return lines }
        known[goal.family] = before.applying(lines)
        memory.withLock { $0 = Memory(generation: now, rules: known) }
        return lines
    }

    private func tables(_ family: IPFamily) -> IPTablesTables {
        IPTablesTables(family: family, programs: programs, namespace: namespace) { pid in
            self.children.withLock { children in
                if children.count == 64 { children.removeFirst() }
                children.append(pid)
            }
        }
    }

    private func ownedRules() throws(FirewallError) -> Set<PlacedRule> {
        if let known = owned.withLock({ $0 }) { return known }
        let known = try record?.read() ?? []
        owned.withLock { $0 = known }
        return known
    }

    private func remember(_ rules: Set<PlacedRule>) throws(FirewallError) {
        if owned.withLock({ $0 == rules }) { return }
        try record?.write(rules)
        owned.withLock { $0 = rules }
    }

    /// Runs `body` after everything that was asked for earlier, on a thread that may block.
    private func enqueue<Value: Sendable>(
        _ body: @escaping @Sendable (IPTablesBackend) throws(FirewallError) -> Value
    ) async throws(FirewallError) -> Value {
        try await queue.run { () throws(FirewallError) in try body(self) }
    }
}
