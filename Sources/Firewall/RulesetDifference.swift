import IPAddressing

/// What has to change so that the rules that are there become the rules that are wanted. Pure.
struct RulesetDifference {
    /// The rules that are there.
    let observed: ObservedRuleset
    /// Rules of shared chains that the engine made earlier, or may have made: ours to take away.
    let former: Set<PlacedRule>

    /// Whose tables.
    var family: IPFamily = .v4

    /// The lines that bring the host to the wanted rules.
    func change(to wanted: IPTablesRuleset) -> [String] {
        wanted.tables.flatMap { table in frame(table.name, changes(to: table)) }
    }

    /// The lines that take away all that is wanted, and all that was.
    func removal(of wanted: IPTablesRuleset) -> [String] {
        wanted.tables.reversed().flatMap { table in frame(table.name, removals(of: table)) }
    }

    private func frame(_ table: FirewallTableName, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["*\(table.rawValue)"] + lines + ["COMMIT"]
    }

    private func changes(to table: WantedTable) -> [String] {
        var declarations: [String] = []
        var removals: [String] = []
        var additions: [String] = []
        for (chain, policy) in table.policies.sorted(by: { $0.key < $1.key })
        where (observed.chain(chain, in: table.name)?.policy ?? "ACCEPT") != policy {
            declarations.append(":\(chain) \(policy) [0:0]")
        }
        for chain in table.chains {
            let present = observed.chain(chain.name, in: table.name)
            let rules = chain.rules.map(\.description)
            let edits: ChainEdits
            switch chain.ownership {
            case .engine: edits = .replacing(present?.rules ?? [], with: rules)
            case .user: edits = present == nil ? .replacing([], with: rules) : ChainEdits()
            case .shared(let place):
                let old = former.filter { $0.family == family && $0.table == table.name && $0.chain == chain.name }
                    .map(\.rule)
                edits = .merging(rules, into: present?.rules ?? [], at: place, former: Set(old))
            }
            if present == nil, chain.ownership == .engine || chain.ownership == .user {
                declarations.append(":\(chain.name) - [0:0]")
            }
            removals += edits.removalLines(chain.name)
            additions += edits.additionLines(chain.name)
        }
        return declarations + removals + additions
    }

    private func removals(of table: WantedTable) -> [String] {
        var jumps: [String] = []
        var flushes: [String] = []
        var deletions: [String] = []
        let engineChains = table.chains.filter { $0.ownership == .engine }.map(\.name)
        for chain in table.chains {
            guard let present = observed.chain(chain.name, in: table.name) else { continue }
            let ours = Set(chain.rules.map(\.description))
            switch chain.ownership {
            case .shared:
                // A jump into a chain of ours has no meaning without it, whoever put it there.
                let gone = present.rules.filter { rule in
                    ours.contains(rule) || former.contains(PlacedRule(family, table.name, chain.name, rule))
                        || engineChains.contains { rule.hasSuffix("-j \($0)") }
                }
                jumps += gone.map { "-D \(chain.name) \($0)" }
            case .user where present.rules.contains { !ours.contains($0) }: continue
            case .user, .engine:
                if !present.rules.isEmpty { flushes.append("-F \(chain.name)") }
                deletions.append("-X \(chain.name)")
            }
        }
        return jumps + flushes + deletions
    }
}

/// A rule and where it stands.
struct PlacedRule: Hashable, Sendable {
    let family: IPFamily
    let table: FirewallTableName
    let chain: String
    let rule: String

    init(_ family: IPFamily, _ table: FirewallTableName, _ chain: String, _ rule: String) {
        self.family = family
        self.table = table
        self.chain = chain
        self.rule = rule
    }
}

extension IPTablesRuleset {
    /// The rules that stand in chains that others use too: to be remembered, since nothing else says whose they are.
    func sharedRules(_ family: IPFamily) -> Set<PlacedRule> {
        var rules: Set<PlacedRule> = []
        for table in tables {
            for chain in table.chains {
                guard case .shared = chain.ownership else { continue }
                for rule in chain.rules { rules.insert(PlacedRule(family, table.name, chain.name, rule.description)) }
            }
        }
        return rules
    }
}
