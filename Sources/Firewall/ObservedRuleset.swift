/// The host's rules as `iptables-save` prints them, counters dropped.
public struct ObservedRuleset: Hashable, Sendable {
    /// A chain that is there.
    public struct Chain: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// `ACCEPT` or `DROP` for the kernel's chains; nil for others.
        public var policy: String?
        /// Its rules in order, as text without `-A CHAIN`.
        public var rules: [String]

        /// Describes a chain.
        public init(_ name: String, policy: String? = nil, rules: [String] = []) {
            self.name = name
            self.policy = policy
            self.rules = rules
        }
    }

    /// The tables by name, each with its chains in the order printed. A table nobody has used yet is missing.
    public var tables: [String: [Chain]]

    /// Wraps tables.
    public init(tables: [String: [Chain]] = [:]) {
        self.tables = tables
    }

    /// A chain, or nil where it is not there.
    public func chain(_ name: String, in table: FirewallTableName) -> Chain? {
        tables[table.rawValue]?.first { $0.name == name }
    }

    /// Reads the text of `iptables-save`. Lines that are not of its format make it fail: rules that are not understood
    /// must not be taken for rules that are not there.
    public init(parsing text: String) throws(FirewallError) {
        var table: String?
        var places: [String: Int] = [:]
        var tables: [String: [Chain]] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            func refuse() -> FirewallError {
                FirewallError(
                    "read the output of iptables-save", "line \(number + 1) is not of its format: \(line)",
                    remedy: "try iptables-save by hand")
            }
            switch line.first {
            case nil, "#": continue
            case "*":
                let name = String(line.dropFirst())
                table = name
                tables[name, default: []] += []
                places = [:]
            case ":":
                let words = line.dropFirst().split(separator: " ")
                guard let table, words.count >= 2 else { throw refuse() }
                places[String(words[0])] = tables[table]?.count
                tables[table]?.append(Chain(String(words[0]), policy: words[1] == "-" ? nil : String(words[1])))
            case "-", "[":
                // With counters a rule begins with [packets:bytes].
                let rule = line.first == "[" ? line.drop { $0 != " " }.dropFirst() : line
                let words = rule.split(separator: " ", maxSplits: 2)
                guard let table, words.count >= 2, words[0] == "-A", let place = places[String(words[1])] else {
                    throw refuse()
                }
                tables[table]?[place].rules.append(words.count == 3 ? String(words[2]) : "")
            default:
                guard line == "COMMIT" else { throw refuse() }
                table = nil
            }
        }
        self.tables = tables
    }
    /// What the rules are after `iptables-restore --noflush` has taken these lines: those that `RulesetDifference` makes.
    ///
    /// - Returns: nil where a line names a rule or a chain that is not there.
    func applying(_ lines: [String]) -> ObservedRuleset? {
        var result = self
        var table = ""
        for line in lines {
            if line == "COMMIT" { continue }
            if line.first == "*" {
                table = String(line.dropFirst())
                continue
            }
            guard result.tables[table, default: []].apply(line) else { return nil }
        }
        return result
    }
}

extension [ObservedRuleset.Chain] {
    /// Changes a table as one line of iptables-restore does.
    ///
    /// - Returns: whether it could.
    fileprivate mutating func apply(_ line: String) -> Bool {
        let isDeclaration = line.first == ":"
        let words = line.dropFirst(isDeclaration ? 1 : 3).split(separator: " ", maxSplits: 1)
        guard let name = words.first.map(String.init) else { return false }
        let rest = words.count == 2 ? String(words[1]) : ""
        var place = firstIndex { $0.name == name }
        if isDeclaration {
            let policy = rest.prefix { $0 != " " }
            if let place {
                if policy == "-" { self[place].rules = [] } else { self[place].policy = String(policy) }
            } else {
                append(ObservedRuleset.Chain(name, policy: policy == "-" ? nil : String(policy)))
            }
            return true
        }
        if place == nil, line.hasPrefix("-A ") || line.hasPrefix("-I ") {
            // One of the kernel's, made with the table's first use: any other would have been refused.
            place = count
            append(ObservedRuleset.Chain(name, policy: "ACCEPT"))
        }
        guard let place else { return false }
        switch line.prefix(3) {
        case "-F ": self[place].rules = []
        case "-X ": remove(at: place)
        case "-A ": self[place].rules.append(rest)
        case "-D ":
            guard let index = self[place].rules.firstIndex(of: rest) else { return false }
            self[place].rules.remove(at: index)
        case "-I ":
            let parts = rest.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let number = Int(parts[0]), (1...self[place].rules.count + 1).contains(number)
            else {
                return false
            }
            self[place].rules.insert(String(parts[1]), at: number - 1)
        default: return false
        }
        return true
    }
}
