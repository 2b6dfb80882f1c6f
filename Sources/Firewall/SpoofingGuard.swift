import IPAddressing
public import NFTables
import Netlink
import Synchronization
import SystemCalls

/// Sees to it that a container sends with its own addresses only: one small table of the bridge family, the same with
/// either back end. Its rules do not grow with containers, only the elements of its sets do.
///
/// A frame from a guarded port passes where its Ethernet source is the endpoint's, and
/// * IPv4: its source is one of the endpoint's addresses;
/// * ARP: its sender is the endpoint, or nobody yet (0.0.0.0, RFC 5227);
/// * IPv6: its source is one of the endpoint's addresses, its link-local one by EUI-64, or for ICMPv6 `::`, as
///   duplicate address detection has it; a neighbour advertisement is about an address of the endpoint's and names
///   its Ethernet address; router advertisements and redirects never pass;
/// * of other Ethernet types, nothing passes: no 802.2 (spanning tree), no doubly tagged frames. One VLAN tag hides
///   nothing, the packet behind it is looked at.
public final class SpoofingGuard: Sendable {
    private let keeper: NFTablesKeeper
    private let queue = FirewallQueue("causeway.spoofing-guard")
    private let report: @Sendable (String) -> Void
    private let state = Mutex(State())

    private struct State {
        /// All that is wanted; nil before anything was asked for.
        var wanted: NFTablesTable?
        /// What of it belongs to an interface, by set.
        var own: [String: [String: Set<NFTablesElement>]] = [:]

        /// Takes a table over.
        mutating func want(_ table: NFTablesTable) {
            wanted = table
            own = [:]
            for (set, elements) in table.elements {
                for element in elements {
                    guard case .interface(let name)? = element.key.first else { continue }
                    own[name, default: [:]][set, default: []].insert(element)
                }
            }
        }
        var isUnavailable = false
    }

    /// - Parameters:
    ///   - keeper: whose namespace it works in; shared with the nftables back end where that runs.
    ///   - report: is told, once, where the kernel cannot filter on bridges. Containers run unguarded then.
    public init(keeper: NFTablesKeeper, report: @escaping @Sendable (String) -> Void = { _ in }) {
        self.keeper = keeper
        self.report = report
    }

    /// Guards exactly the endpoints of networks that ask for it; what an earlier daemon left is found again. Where all
    /// is so already, nothing is written.
    ///
    /// - Returns: what was changed.
    @discardableResult
    public func apply(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        try await queue.run { () throws(FirewallError) in
            let wanted = Self.table(for: intent)
            return try self.write { keeper, state throws(NetlinkError) in
                let change = try keeper.apply([wanted])
                state.want(wanted)
                return FirewallChange(lines: change.lines)
            } ?? FirewallChange(lines: [])
        }
    }

    /// Brings back what is wanted where somebody else changed it, or only says how.
    ///
    /// - Returns: what was changed, or is to be.
    public func restore(dryRun: Bool) async throws(FirewallError) -> FirewallChange {
        try await queue.run { () throws(FirewallError) in
            try self.write { keeper, state throws(NetlinkError) in
                guard let wanted = state.wanted else { return FirewallChange(lines: []) }
                return FirewallChange(lines: try (dryRun ? keeper.plan([wanted]) : keeper.apply([wanted])).lines)
            } ?? FirewallChange(lines: [])
        }
    }

    /// Whether somebody else changed its table.
    public func isMeddling(_ news: RulesetNews) -> Bool {
        news.port != keeper.port && news.tables.contains(Self.emptyTable.title)
    }

    /// Guards one endpoint, with one small change; an earlier one on the same interface is replaced. To be called
    /// before the interface is up.
    public func admit(_ endpoint: EndpointFirewall) async throws(FirewallError) {
        try await queue.run { () throws(FirewallError) in
            try self.replace([endpoint.hostInterface: Self.elements(of: endpoint)])
        }
    }

    /// Stops guarding an interface, with one small change; one that is not guarded is fine.
    public func expel(hostInterface: String) async throws(FirewallError) {
        try await queue.run { () throws(FirewallError) in try self.replace([hostInterface: [:]]) }
    }

    /// Guards endpoints and stops guarding an interface, with one small change; as `admit` and `expel`, but on the
    /// caller's thread, which may block.
    public func change(admitting endpoints: [EndpointFirewall], expelling interface: String?) throws(FirewallError) {
        try queue.perform { () throws(FirewallError) in
            var changes: [String: [String: Set<NFTablesElement>]] = [:]
            if let interface { changes[interface] = [:] }
            for endpoint in endpoints { changes[endpoint.hostInterface] = Self.elements(of: endpoint) }
            try self.replace(changes)
        }
    }

    /// Takes the table away.
    @discardableResult
    public func removeEverything() async throws(FirewallError) -> FirewallChange {
        try await queue.run { () throws(FirewallError) in
            try self.write { keeper, state throws(NetlinkError) in
                let change = try keeper.remove([Self.emptyTable])
                state.wanted = nil
                return FirewallChange(lines: change.lines)
            } ?? FirewallChange(lines: [])
        }
    }

    /// Puts elements in the place of those that interfaces have, by interface and set.
    private func replace(_ changes: [String: [String: Set<NFTablesElement>]]) throws(FirewallError) {
        _ = try write { keeper, state throws(NetlinkError) in
            let isComplete = state.wanted != nil
            if !isComplete {
                // Nothing was applied yet: what an earlier daemon left stays until then.
                var table = Self.emptyTable
                table.elements = try keeper.observe(table)?.elements ?? [:]
                state.want(table)
            }
            guard var table = state.wanted else { return }
            // The state lets go, so that the sets are changed in place.
            state.wanted = nil
            var gone: [String: Set<NFTablesElement>] = [:]
            var new: [String: Set<NFTablesElement>] = [:]
            for (interface, elements) in changes {
                let former = state.own[interface] ?? [:]
                for (set, own) in former where former != elements {
                    gone[set, default: []].formUnion(own)
                    table.elements[set]?.subtract(own)
                }
                for (set, own) in elements where former != elements {
                    new[set, default: []].formUnion(own)
                    table.elements[set, default: []].formUnion(own)
                }
                state.own[interface] = elements.isEmpty ? nil : elements
            }
            state.wanted = table
            // Where it is guarded so already, a look at the kernel says whether that is still true.
            if isComplete, gone != new {
                do throws(NetlinkError) {
                    try keeper.change(table, removing: gone, adding: new)
                    return
                } catch {
                    // Somebody took elements or the table away: all is brought back.
                }
            }
            try keeper.apply([table])
        }
    }

    /// Runs a change, unless the kernel is known not to be able to.
    private func write<Value>(
        _ body: (NFTablesKeeper, inout State) throws(NetlinkError) -> Value
    ) throws(FirewallError) -> Value? {
        try state.withLock { state throws(FirewallError) in
            if state.isUnavailable { return nil }
            do throws(NetlinkError) {
                return try body(keeper, &state)
            } catch {
                // EPROTONOSUPPORT, EOPNOTSUPP, EAFNOSUPPORT; ENOENT of a chain: no such kind of chain, or no such
                // expression, in the bridge family.
                let lacks =
                    [93, 95, 97].contains(error.errno.rawValue)
                    || error.errno == .noEntry && ["add chain", "add rule"].contains { error.purpose.hasPrefix($0) }
                guard lacks else {
                    throw FirewallError("guard against forged addresses", error.description)
                }
                state.isUnavailable = true
                report(
                    "containers are not kept from forging addresses: this kernel cannot filter on bridges with "
                        + "nftables (\(error)); it needs CONFIG_NF_TABLES_BRIDGE")
                return nil
            }
        }
    }
}
