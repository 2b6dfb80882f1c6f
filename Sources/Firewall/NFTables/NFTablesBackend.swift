public import NFTables
import Netlink
import SystemCalls

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

    /// - Parameter keeper: whose namespace it works in; to be shared with the `SpoofingGuard` of the same namespace.
    public init(keeper: NFTablesKeeper) { self.keeper = keeper }

    /// Brings the engine's tables to the intent, in one transaction. Where they are so already, nothing is written.
    @discardableResult
    public func apply(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        try await perform("change the firewall's rules") { keeper throws(NetlinkError) in
            let (wanted, unwanted) = Self.tables(intent)
            return try keeper.apply(wanted, removing: unwanted)
        }
    }

    /// Says what `apply` would change.
    public func plan(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        try await perform("read the firewall's rules") { keeper throws(NetlinkError) in
            let (wanted, unwanted) = Self.tables(intent)
            return try keeper.plan(wanted, removing: unwanted)
        }
    }

    /// Takes the engine's tables away. The chain DOCKER-USER stays, with its table, where it holds rules.
    @discardableResult
    public func removeEverything() async throws(FirewallError) -> FirewallChange {
        try await perform("take the firewall's rules away") { keeper throws(NetlinkError) in
            try keeper.remove(NFTablesRuleset.emptyTables)
        }
    }

    /// Whether anything of this back end is in the namespace: an earlier daemon's, when another back end is chosen.
    public func isPresent() async throws(FirewallError) -> Bool {
        try await !perform("look for the firewall's rules") { keeper throws(NetlinkError) in
            var present = NFTablesChange()
            for table in NFTablesRuleset.emptyTables {
                present.append(table.removal(from: try keeper.observe(table)))
            }
            return present
        }.isEmpty
    }

    /// Where no network keeps its containers apart, the kernel need not know the bridge family.
    private static func tables(_ intent: FirewallIntent) -> (wanted: [NFTablesTable], unwanted: [NFTablesTable]) {
        let bridge = NFTablesRuleset.bridgeTable(for: intent)
        let tables = NFTablesRuleset.tables(for: intent)
        return NFTablesRuleset.needsBridgeTable(intent) ? (tables + [bridge], []) : (tables, [bridge])
    }

    private func perform(
        _ attempt: String, _ body: @escaping @Sendable (NFTablesKeeper) throws(NetlinkError) -> NFTablesChange
    ) async throws(FirewallError) -> FirewallChange {
        let keeper = keeper
        return try await queue.run { () throws(FirewallError) in
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
}
