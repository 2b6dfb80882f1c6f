/// A table with all that is to be in it. Values only: `NFTablesKeeper` brings the kernel to them.
public struct NFTablesTable: Sendable, Hashable {
    /// Which packets its chains meet.
    public var family: NFTablesFamily
    /// Its name; with the family it is the table's identity.
    public var name: String
    /// What it is for, for those who list it.
    public var comment: String
    /// Sets and maps, in the order in which they are made.
    public var sets: [NFTablesSet]
    /// Chains, in the order in which they are made.
    public var chains: [NFTablesChain]
    /// Elements by the name of their set.
    public var elements: [String: Set<NFTablesElement>] = [:]

    /// Describes a table.
    public init(
        _ family: NFTablesFamily, _ name: String, comment: String, sets: [NFTablesSet], chains: [NFTablesChain]
    ) {
        self.family = family
        self.name = name
        self.comment = comment
        self.sets = sets
        self.chains = chains
    }

    /// Puts an element in. A set takes the first of those with the same key.
    public mutating func insert(_ element: NFTablesElement, into set: String) {
        if elements[set]?.contains(where: { $0.key == element.key }) == true { return }
        elements[set, default: []].insert(element)
    }

    /// `ip causeway`.
    public var title: String { "\(family.name) \(name)" }
}

extension NFTablesFamily {
    /// As nft(8) writes it.
    public var name: String {
        switch self {
        case .inet: "inet"
        case .ip: "ip"
        case .arp: "arp"
        case .netdev: "netdev"
        case .bridge: "bridge"
        case .ip6: "ip6"
        }
    }
}

/// A set, or a map from keys to values.
public struct NFTablesSet: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// What its key is made of, as a concatenation.
    public var key: [NFTablesDataType]
    /// What a map's value is made of; empty for a set. Of a verdict map: the verdict alone.
    public var value: [NFTablesDataType]
    /// Whether elements can be subnets. Only for concatenations.
    public var hasIntervals: Bool
    /// What it is for.
    public var comment: String

    /// Describes a set or a map.
    public init(
        _ name: String, key: [NFTablesDataType], value: [NFTablesDataType] = [], hasIntervals: Bool = false,
        comment: String = ""
    ) {
        self.name = name
        self.key = key
        self.value = value
        self.hasIntervals = hasIntervals
        self.comment = comment
    }

    /// As nft(8) writes it, without elements.
    var text: String {
        let kind = value.isEmpty ? "set" : "map"
        let type = key.name + (value.isEmpty ? "" : " : " + value.name)
        return "\(kind) \(name) { type \(type);" + (hasIntervals ? " flags interval;" : "") + " }"
    }
}

/// An element of a set or of a map.
public struct NFTablesElement: Sendable, Hashable, CustomStringConvertible {
    /// The key's parts.
    public var key: [NFTablesValue]
    /// A map's value.
    public var value: Value
    /// What it is there for: the network or the endpoint.
    public var comment: String

    /// What a key leads to.
    public enum Value: Sendable, Hashable {
        /// Nothing: the element of a set.
        case none
        /// Values, such as an address and a port.
        case values([NFTablesValue])
        /// A verdict.
        case verdict(NFTablesVerdict)
    }

    /// Describes an element.
    public init(_ key: [NFTablesValue], to value: Value = .none, comment: String = "") {
        self.key = key
        self.value = value
        self.comment = comment
    }

    /// As nft(8) writes it.
    public var description: String {
        var text = key.map(\.description).joined(separator: " . ")
        if !comment.isEmpty { text += " comment \"\(comment)\"" }
        switch value {
        case .none: break
        case .values(let values): text += " : " + values.map(\.description).joined(separator: " . ")
        case .verdict(let verdict): text += " : \(verdict)"
        }
        return text
    }
}

/// A chain with its rules.
public struct NFTablesChain: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Where the kernel calls it; nil for a chain that only others jump to.
    public var hook: NFTablesHook?
    /// Whose its rules are. What the user puts into a chain of the user's stays.
    public var isUsers: Bool
    /// What it is for.
    public var comment: String
    /// Its rules in order; of a chain of the user's, none.
    public var rules: [NFTablesRule]

    /// Describes a chain.
    public init(
        _ name: String, _ hook: NFTablesHook? = nil, isUsers: Bool = false, comment: String = "",
        rules: [NFTablesRule] = []
    ) {
        self.name = name
        self.hook = hook
        self.isUsers = isUsers
        self.comment = comment
        self.rules = rules
    }

    /// As nft(8) writes it, without rules.
    var text: String { "chain \(name)" + (hook.map { " { \($0); }" } ?? "") }
}

/// Where the kernel calls a base chain. Its policy is to accept.
public struct NFTablesHook: Sendable, Hashable, CustomStringConvertible {
    /// What kind of chain it is.
    public enum Kind: String, Sendable, Hashable {
        /// Looks at every packet.
        case filter
        /// Sees the first packet of a connection.
        case nat
    }

    /// NF_INET_* of `<linux/netfilter.h>`, which the bridge's hooks equal.
    public enum Point: UInt32, Sendable, Hashable {
        /// As it comes in.
        case prerouting = 0
        /// For this host.
        case input = 1
        /// Through this host.
        case forward = 2
        /// From this host.
        case output = 3
        /// As it goes out.
        case postrouting = 4

        /// As nft(8) writes it.
        var name: String { String(describing: self) }
    }

    /// What kind of chain it is.
    public var kind: Kind
    /// Where.
    public var point: Point
    /// Lower ones come first (`<linux/netfilter_ipv4.h>`, NF_IP_PRI_*).
    public var priority: Int32

    /// Describes a hook.
    public init(_ kind: Kind, _ point: Point, priority: Int32) {
        self.kind = kind
        self.point = point
        self.priority = priority
    }

    /// As nft(8) writes it.
    public var description: String {
        "type \(kind.rawValue) hook \(point.name) priority \(priority); policy accept"
    }
}

/// One rule.
public struct NFTablesRule: Sendable, Hashable, CustomStringConvertible {
    /// Its parts, matches first.
    public var statements: [NFTablesStatement]
    /// Why it is there. `nft list` shows up to 127 bytes of it.
    public var comment: String

    /// Describes a rule.
    public init(_ statements: NFTablesStatement..., comment: String) {
        self.statements = statements
        self.comment = comment
    }

    /// As nft(8) writes it.
    public var description: String {
        statements.map(\.description).joined(separator: " ") + (comment.isEmpty ? "" : " comment \"\(comment)\"")
    }

    /// What the rule is recognised by after a restart: FNV-1a of its text. It travels in the rule's user data, so that
    /// a rule that somebody edited is none of ours.
    var fingerprint: UInt64 {
        description.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
