import IPAddressing

/// The rules of a namespace as nft and iptables list them, with the handles by which nftables' reports name them.
struct RuleListing: Hashable {
    struct Rule: Hashable {
        var handle: UInt64
        /// As nft lists it.
        var text: String
        /// As `iptables -S` lists it, where it is one of iptables' rules.
        var iptables: String?

        /// In the words of the program that made it.
        var shown: String { iptables ?? text }
        /// Whether it translates destinations.
        var rewritesDestination: Bool {
            ["-j DNAT", "-j REDIRECT", "dnat to", "dnat ip", "redirect"].contains { shown.contains($0) }
        }
        /// Whether it translates sources.
        var rewritesSource: Bool {
            ["-j SNAT", "-j MASQUERADE", "-j NETMAP", "snat to", "snat ip", "masquerade"].contains {
                shown.contains($0)
            }
        }
        /// Where it sends packets, as far as its text says so: an address, a port.
        var translation: (address: IPAddress?, port: UInt16?)? {
            for word in ["--to-destination ", "--to-ports ", "dnat to ", "redirect to :", "dnat ip to "] {
                guard let range = shown.firstRange(of: word) else { continue }
                var text = String(shown[range.upperBound...].prefix { $0 != " " })
                if let port = UInt16(text) { return (nil, port) }
                var port: UInt16?
                if let address = IPAddress(text) { return (address, nil) }
                if let colon = text.lastIndex(of: ":") {
                    port = UInt16(text[text.index(after: colon)...])
                    text = String(text[..<colon].filter { $0 != "[" && $0 != "]" })
                }
                if let address = IPAddress(text) { return (address, port) }
            }
            return nil
        }
        /// What its maker wrote to it.
        var comment: String? {
            guard let range = text.firstRange(of: "comment \"") else { return nil }
            return String(text[range.upperBound...].prefix { $0 != "\"" })
        }
    }

    struct Chain: Hashable {
        var family: String
        var table: String
        var name: String
        /// `forward`; empty for a chain that only others jump to.
        var hook: String
        /// `filter`, `nat`, `route`; empty for a chain that only others jump to.
        var kind = ""
        var policy: String
        var rules: [Rule]
    }

    var chains: [Chain] = []
    /// Sets and maps of all tables.
    var sets: [RuleSet] = []

    /// Reads `nft -a list ruleset`, `iptables-save` and `ip6tables-save`.
    init(nft: String, iptables: String, ip6tables: String = "") {
        sets = RuleSet.all(in: nft)
        var family = ""
        var table = ""
        var isChain = false
        for raw in nft.split(separator: "\n") {
            let line = raw.drop { $0 == " " || $0 == "\t" }
            let words = line.split(separator: " ").map(String.init)
            if words.first == "table", words.count >= 4 {
                (family, table) = (words[1], words[2])
            } else if words.first == "chain", line.contains("{") {
                isChain = true
                chains.append(Chain(family: family, table: table, name: words[1], hook: "", policy: "", rules: []))
            } else if line.hasPrefix("}") || line.hasPrefix("set ") || line.hasPrefix("map ") {
                isChain = false
            } else if isChain, words.first == "type", let hook = words.firstIndex(of: "hook") {
                chains[chains.count - 1].hook = words[hook + 1]
                chains[chains.count - 1].kind = words[1]
                if let policy = words.firstIndex(of: "policy") {
                    chains[chains.count - 1].policy = String(words[policy + 1].prefix { $0 != ";" })
                }
            } else if isChain, words.count >= 3, words[words.count - 2] == "handle",
                let handle = UInt64(words[words.count - 1])
            {
                let text = words.dropLast(3).joined(separator: " ")
                chains[chains.count - 1].rules.append(Rule(handle: handle, text: text))
            }
        }
        merge(iptables, "ip")
        merge(ip6tables, "ip6")
    }

    /// iptables' rules have the same order as nftables' of the same chain.
    private mutating func merge(_ iptables: String, _ family: String) {
        var table = ""
        var texts: [String: [String]] = [:]
        for line in iptables.split(separator: "\n") {
            if line.hasPrefix("*") { table = String(line.dropFirst()) }
            if line.hasPrefix("-A ") {
                let chain = line.dropFirst(3).prefix { $0 != " " }
                texts["\(table) \(chain)", default: []].append(String(line))
            }
        }
        for index in chains.indices where chains[index].family == family {
            let list = texts["\(chains[index].table) \(chains[index].name)"] ?? []
            guard list.count == chains[index].rules.count else { continue }
            for place in list.indices { chains[index].rules[place].iptables = list[place] }
        }
    }

    /// The chain that a judgement was made in.
    func chain(of event: TraceEvent) -> Chain? {
        chains.first { $0.family == event.familyName && $0.table == event.table && $0.name == event.chain }
    }

    /// Whether a chain is in a table that iptables keeps.
    func isOfIPTables(_ chain: Chain) -> Bool {
        chains.contains { other in
            other.family == chain.family && other.table == chain.table && other.rules.contains { $0.iptables != nil }
        }
    }

    /// The chain and the place, from 1, of a rule.
    func find(_ event: TraceEvent) -> (chain: Chain, number: Int, rule: Rule)? {
        guard let handle = event.handle,
            let chain = chain(of: event), let place = chain.rules.firstIndex(where: { $0.handle == handle })
        else { return nil }
        return (chain, place + 1, chain.rules[place])
    }

    static func read(_ station: Station) -> RuleListing {
        RuleListing(
            nft: station.output("nft", ["-a", "list", "ruleset"]) ?? "",
            iptables: station.output("iptables-save", []) ?? "",
            ip6tables: station.output("ip6tables-save", []) ?? "")
    }
}
