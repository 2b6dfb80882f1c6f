/// The rules of `nft list ruleset` that a map shows, beside those of iptables.
struct NftListing: Hashable {
    var forwardPolicy: String?
    var translations: [NetworkMap.Translation] = []
    var forwardRules: [NetworkMap.Translation] = []
    /// Those of native tables.
    var sets: [RuleSet] = []
    /// Ports of the host by the container's address: `8080→80/tcp`.
    var published: [String: [String]] = [:]

    /// Tables that iptables' nftables back end keeps, and that `iptables-save` shows in iptables' own words.
    private static let iptables: Set<String> = ["filter", "nat", "mangle", "raw", "security"]

    private static func isOfIPTables(_ family: String, _ table: String) -> Bool {
        ["ip", "ip6"].contains(family) && iptables.contains(table)
    }

    /// Reads a listing; what is not understood is passed over.
    init(_ text: String) {
        sets = RuleSet.all(in: text).filter { set in
            let words = set.table.split(separator: " ").map(String.init)
            return !Self.isOfIPTables(words[0], words[1])
        }
        var table = ""
        var chain = ""
        var hook = ""
        var place = 0
        // Chains of address translation, and those that they lead to.
        var translating: Set<String> = []
        var isSkipped = false
        for raw in text.split(separator: "\n") {
            let depth = raw.prefix { $0 == "\t" }.count
            let line = raw.trimmed
            let words = line.split(separator: " ").map(String.init)
            if depth == 0 {
                guard words.count > 2, words[0] == "table" else { continue }
                table = words[1] + " " + words[2]
                isSkipped = Self.isOfIPTables(words[1], words[2])
                chain = ""
            } else if depth == 1 {
                chain = words.count > 1 && words[0] == "chain" ? words[1] : ""
                (hook, place) = ("", 0)
            } else if !chain.isEmpty, !isSkipped, depth == 2 {
                if words.count > 3, words[0] == "type", words[2] == "hook" {
                    hook = words[3]
                    if words[1] == "nat" { translating.insert("\(table)/\(chain)") }
                    if hook == "forward", line.hasSuffix("policy drop;") {
                        forwardPolicy = "DROP (\(table)/\(chain))"
                    }
                    continue
                }
                // A chain's comment.
                if words.first == "comment" { continue }
                place += 1
                take(table, chain, hook, place, String(line), &translating)
            }
        }
    }

    private mutating func take(
        _ table: String, _ chain: String, _ hook: String, _ place: Int, _ line: String, _ translating: inout Set<String>
    ) {
        var text = RuleText.words(line)
        if let end = text.firstIndex(of: "#") { text.removeSubrange(end...) }
        let bare = RuleText.bare(line)
        var packets: UInt64?
        if let counter = text.firstIndex(of: "counter"), counter + 4 < text.count, text[counter + 1] == "packets" {
            packets = UInt64(text[counter + 2])
            text.removeSubrange((counter + 1)...(counter + 4))
        }
        let rule = NetworkMap.Translation(
            chain: "\(table)/\(chain)", number: place, rule: text.joined(separator: " "), packets: packets)
        let target = RuleText.target(line)
        if bare.contains("masquerade") || bare.contains("snat") || Self.destination(bare) != nil {
            translations.append(rule)
            publish(table, bare)
        } else if translating.contains("\(table)/\(chain)") {
            guard let target else { return }
            translating.insert("\(table)/\(target)")
            translations.append(rule)
        } else if hook == "forward" || hook.isEmpty {
            forwardRules.append(rule)
            if hook == "forward", bare == ["drop"], forwardPolicy == nil {
                forwardPolicy = "DROP (\(table)/\(chain) #\(place))"
            }
        }
    }

    /// Where a rule's `dnat` statement stands; `ct status dnat` is a condition.
    private static func destination(_ words: [String]) -> Int? {
        words.indices.first { words[$0] == "dnat" && ($0 == 0 || words[$0 - 1] != "status") }
    }

    /// Takes the ports that a rule translates: those of its map, or its own.
    private mutating func publish(_ table: String, _ words: [String]) {
        guard let place = Self.destination(words) else { return }
        if let map = words[place...].first(where: { $0.hasPrefix("@") && !$0.contains(",") }) {
            let elements = sets.first { $0.table == table && $0.name == map.dropFirst() }?.elements ?? []
            for element in elements {
                let key = element.key.split(separator: " ").filter { $0 != "." }
                let value = (element.value ?? "").split(separator: " ").filter { $0 != "." }
                guard key.count >= 2, value.count == 2 else { continue }
                add(String(value[0]), String(key[key.count - 1]), String(value[1]), String(key[key.count - 2]))
            }
        } else if let last = words.last, let colon = last.lastIndex(of: ":"),
            let port = words.firstIndex(of: "dport"), port > 0, port + 1 < words.count
        {
            let address = last[..<colon].filter { $0 != "[" && $0 != "]" }
            add(address, words[port + 1], String(last[last.index(after: colon)...]), words[port - 1])
        }
    }

    private mutating func add(_ address: String, _ port: String, _ inner: String, _ transport: String) {
        let text = "\(port)→\(inner)/\(transport)"
        if published[address]?.contains(text) != true { published[address, default: []].append(text) }
    }
}

extension Substring {
    /// Without white space at both ends.
    var trimmed: Substring {
        let head = drop { $0.isWhitespace }
        guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return head[...last]
    }
}
