public import NFTables

/// Puts an intent into the kernel. The two halves of the house's one idea meet here: the intent is pure, the back end
/// brings what is there to what is wanted and touches nothing else.
public protocol FirewallBackend: Sendable {
    /// Brings the host's rules to the intent, in one change. Where they are so already, nothing is written. Calls are
    /// worked off one after the other, in the order in which they were made.
    ///
    /// - Returns: what was changed.
    @discardableResult
    func apply(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange

    /// Says what `apply` would change, without changing it.
    func plan(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange

    /// Brings back what was applied last, where somebody else changed it since, or only says how. Does nothing before
    /// the first `apply`.
    ///
    /// - Returns: what was changed, or is to be.
    func restore(dryRun: Bool) async throws(FirewallError) -> FirewallChange

    /// Takes note of a transaction of nftables.
    ///
    /// - Returns: whether it is one by which firewalld starts or reloads: then it is to be told anew.
    func hearFirewalld(_ news: RulesetNews) -> Bool

    /// Tells firewalld anew of zone, policy and bridges, where it has begun anew, or only says how. It takes a second
    /// and more, and holds up nothing else.
    ///
    /// - Returns: the commands that changed something, or would.
    func tellFirewalld(dryRun: Bool) async throws(FirewallError) -> [String]

    /// Whether a transaction of nftables may have changed what the back end put there, and was not the back end's own.
    func isMeddling(_ news: RulesetNews) async -> Bool

    /// Takes away everything that the engine put there. Chains of the user's that hold rules stay, and so does the
    /// policy of FORWARD.
    @discardableResult
    func removeEverything() async throws(FirewallError) -> FirewallChange
}

/// What a change does, or did.
public struct FirewallChange: Hashable, Sendable, CustomStringConvertible {
    /// The change as the back end's own program reads it, line by line; empty where nothing needs to be done.
    public let lines: [String]
    /// Commands of other programs that belong to it, in order: firewalld's.
    public let commands: [String]
    /// The same for IPv6, where the back end has a program of its own for it; else `lines` holds all.
    public let linesIPv6: [String]

    /// Wraps lines.
    public init(lines: [String], linesIPv6: [String] = [], commands: [String] = []) {
        self.commands = commands
        self.lines = lines
        self.linesIPv6 = linesIPv6
    }

    /// Whether nothing needs to be done.
    public var isEmpty: Bool { lines.isEmpty && linesIPv6.isEmpty && commands.isEmpty }

    /// Other programs' commands and the lines, each ended; those of IPv6 last, after a remark.
    public var description: String {
        let ipv6 = linesIPv6.isEmpty ? [] : ["# IPv6"] + linesIPv6
        return (commands + lines + ipv6).map { $0 + "\n" }.joined()
    }
}

/// The back end for `--iptables=false`: it leaves the firewall to the host's administrator, whatever is asked.
public struct DisabledFirewall: FirewallBackend {
    /// There is nothing to set up.
    public init() {}

    /// Does nothing.
    @discardableResult
    public func apply(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        FirewallChange(lines: [])
    }

    /// Does nothing.
    public func plan(_ intent: FirewallIntent) async throws(FirewallError) -> FirewallChange {
        FirewallChange(lines: [])
    }

    /// There is nothing to bring back.
    public func restore(dryRun: Bool) async throws(FirewallError) -> FirewallChange { FirewallChange(lines: []) }

    /// Nothing is to be told to it.
    public func hearFirewalld(_ news: RulesetNews) -> Bool { false }

    /// Nothing is to be told to it.
    public func tellFirewalld(dryRun: Bool) async throws(FirewallError) -> [String] { [] }

    /// Whatever others do, it is theirs.
    public func isMeddling(_ news: RulesetNews) async -> Bool { false }

    /// Does nothing.
    @discardableResult
    public func removeEverything() async throws(FirewallError) -> FirewallChange { FirewallChange(lines: []) }
}
