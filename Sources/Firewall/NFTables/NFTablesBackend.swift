public import NFTables
import Netlink
import Synchronization
public import SystemCalls

/// The back end for `--firewall-backend=nftables`: the tables `ip causeway`, `ip6 causeway` and, for networks that keep
/// their containers apart, `bridge causeway-icc`.
///
/// The rules are always the same ones. Networks, ports and links are elements of sets and maps, so that a change is a
/// few elements in one transaction, and a packet meets as many rules with a thousand published ports as with one.
/// The policy of nobody's chain is touched. What this back end accepts, another base chain may still drop, such as
/// that of a user, or of iptables with a policy of DROP.
public final class NFTablesBackend: FirewallBackend {
    private let keeper: NFTablesKeeper
    private let queue = FirewallQueue("causeway.nftables")
    private let firewalld: FirewalldIntegration
    /// What was applied last.
    private let applied = Mutex<FirewallIntent?>(nil)

    /// - Parameters:
    ///   - keeper: whose namespace it works in; to be shared with the `SpoofingGuard` of the same namespace.
    ///   - namespace: the same namespace; nil is the daemon's own.
    public init(keeper: NFTablesKeeper, namespace: NetworkNamespace? = nil) {
        self.keeper = keeper
        firewalld = FirewalldIntegration(namespace: namespace)
    }

    /// Brings the engine's tables to the intent, in one transaction. Where they are so already, nothing is written.
    @discardableResult
    public func apply(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        try await queue.run { () throws(FirewallError) in
            let commands = try self.firewalld.bring(to: Set(intent.networks.map(\.bridge)))
            return FirewallChange(lines: try self.write(intent), commands: commands)
        }
    }

    /// Brings back what was applied last, or only says how.
    public func restore(dryRun: Bool) async throws(FirewallError) -> FirewallChange {
        try await queue.run { () throws(FirewallError) in
            guard let intent = self.applied.withLock({ $0 }) else { return FirewallChange(lines: []) }
            return FirewallChange(lines: try dryRun ? self.planLines(intent) : self.write(intent))
        }
    }

    /// Takes note of a transaction of nftables; see `FirewallBackend`.
    public func hearFirewalld(_ news: RulesetNews) -> Bool { firewalld.hear(news) }

    /// Tells firewalld anew; see `FirewallBackend`.
    public func tellFirewalld(dryRun: Bool) async throws(FirewallError) -> [String] {
        try await firewalld.bringAgain(dryRun: dryRun)
    }

    /// Whether somebody else changed one of the engine's tables.
    public func isMeddling(_ news: RulesetNews) async -> Bool {
        return news.port != keeper.port && !Self.titles.isDisjoint(with: news.tables)
    }

    private static let titles = Set(NFTablesRuleset.emptyTables.map(\.title))

    /// Says what `apply` would change.
    public func plan(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        try await queue.run { () throws(FirewallError) in
            FirewallChange(lines: try self.planLines(intent))
        }
    }

    /// Takes the engine's tables away. The chain DOCKER-USER stays, with its table, where it holds rules.
    @discardableResult
    public func removeEverything() async throws(FirewallError) -> FirewallChange {
        try await queue.run { () throws(FirewallError) in
            self.applied.withLock { $0 = nil }
            return try self.perform("take the firewall's rules away") { keeper throws(NetlinkError) in
                try keeper.remove(NFTablesRuleset.emptyTables)
            }
        }
    }

    /// Whether anything of this back end is in the namespace: an earlier daemon's, when another back end is chosen.
    public func isPresent() async throws(FirewallError) -> Bool {
        try await queue.run { () throws(FirewallError) in
            try !self.perform("look for the firewall's rules") { keeper throws(NetlinkError) in
                var present = NFTablesChange()
                for table in NFTablesRuleset.emptyTables {
                    present.append(table.removal(from: try keeper.observe(table)))
                }
                return present
            }.isEmpty
        }
    }

    // MARK: - On the queue

    private func write(_ intent: FirewallIntent) throws(FirewallError) -> [String] {
        let change = try perform("change the firewall's rules") { keeper throws(NetlinkError) in
            let (wanted, unwanted) = Self.tables(intent)
            return try keeper.apply(wanted, removing: unwanted)
        }
        applied.withLock { $0 = intent }
        return change.lines
    }

    private func planLines(_ intent: FirewallIntent) throws(FirewallError) -> [String] {
        try perform("read the firewall's rules") { keeper throws(NetlinkError) in
            let (wanted, unwanted) = Self.tables(intent)
            return try keeper.plan(wanted, removing: unwanted)
        }.lines
    }

    /// Where no network keeps its containers apart, the kernel need not know the bridge family.
    private static func tables(_ intent: FirewallIntent) -> (wanted: [NFTablesTable], unwanted: [NFTablesTable]) {
        let bridge = NFTablesRuleset.bridgeTable(for: intent)
        let tables = NFTablesRuleset.tables(for: intent)
        return NFTablesRuleset.needsBridgeTable(intent) ? (tables + [bridge], []) : (tables, [bridge])
    }

    private func perform(
        _ attempt: String, _ body: (NFTablesKeeper) throws(NetlinkError) -> NFTablesChange
    ) throws(FirewallError) -> FirewallChange {
        do throws(NetlinkError) {
            return FirewallChange(lines: try body(keeper).lines)
        } catch {
            let missing = [93, 95, 97].contains(error.errno.rawValue)
            throw FirewallError(
                attempt, error.description,
                remedy: missing ? "load the kernel module nf_tables, or use --firewall-backend=iptables" : "")
        }
    }
}
