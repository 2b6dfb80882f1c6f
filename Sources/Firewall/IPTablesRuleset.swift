/// A table of iptables.
public enum FirewallTableName: String, Hashable, Sendable, CaseIterable {
    /// Where packets are let through or dropped.
    case filter
    /// Where addresses are translated, once a connection.
    case nat
    /// What every packet meets first.
    case raw
}

/// The rules that the engine wants in one chain.
public struct WantedChain: Hashable, Sendable {
    /// Whose chain it is, and so what may be done to it.
    public enum Ownership: Hashable, Sendable {
        /// The engine's: it holds these rules and no others.
        case engine
        /// The user's: made with these rules where it is missing, never touched again.
        case user
        /// The kernel's, shared by all: our rules keep their order, what others put there stays.
        case shared(Place)
    }

    /// Where the rules go in a chain that others use too, as far as none of ours is there to go next to.
    public enum Place: Hashable, Sendable {
        /// In front, and the first of them stays the chain's first: it is moved back there.
        case first
        /// In front of what is there.
        case front
        /// After what is there.
        case end
    }

    /// The chain's name.
    public var name: String
    /// Whose it is.
    public var ownership: Ownership
    /// The rules, in order.
    public var rules: [FirewallRule]

    /// Describes a chain.
    public init(_ name: String, _ ownership: Ownership, _ rules: [FirewallRule]) {
        self.name = name
        self.ownership = ownership
        self.rules = rules
    }
}

/// The rules that the engine wants in one table.
public struct WantedTable: Hashable, Sendable {
    /// Which table.
    public var name: FirewallTableName
    /// The chains, each once.
    public var chains: [WantedChain]
    /// Policies of the kernel's chains that are to be set, by chain: `ACCEPT` or `DROP`.
    public var policies: [String: String]

    /// Describes a table.
    public init(_ name: FirewallTableName, chains: [WantedChain], policies: [String: String] = [:]) {
        self.name = name
        self.chains = chains
        self.policies = policies
    }
}

/// An intent as rules of iptables, in the form and order that Docker's users know from `iptables -S`.
public struct IPTablesRuleset: Hashable, Sendable {
    /// Table by table, in the order in which they are applied.
    public var tables: [WantedTable]

    /// Wraps tables.
    public init(tables: [WantedTable]) {
        self.tables = tables
    }

    /// Every rule with the table and chain it stands in, for those who explain or list them.
    public var placedRules: [(table: FirewallTableName, chain: String, rule: FirewallRule)] {
        tables.flatMap { table in
            table.chains.flatMap { chain in chain.rules.map { (table.name, chain.name, $0) } }
        }
    }
}
