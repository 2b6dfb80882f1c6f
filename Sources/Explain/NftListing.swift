/// The rules of `nft list ruleset` that a map shows, beside those of iptables.
struct NftListing: Hashable {
    var forwardPolicy: String?
    var translations: [NetworkMap.Translation] = []
    var forwardRules: [NetworkMap.Translation] = []

    /// Tables that iptables' nftables back end keeps, and that `iptables-save` shows in iptables' own words.
    private static let iptables: Set<String> = ["filter", "nat", "mangle", "raw", "security"]

    /// Reads a listing; sets, maps and what is not understood are passed over.
    init(_ text: String) {
        var table = ""
        var chain = ""
        var hook = ""
        var place = 0
        var isSkipped = false
        for raw in text.split(separator: "\n") {
            let depth = raw.prefix { $0 == "\t" }.count
            let line = raw.trimmed
            let words = line.split(separator: " ").map(String.init)
            if depth == 0 {
                guard words.count > 2, words[0] == "table" else { continue }
                table = words[1] + " " + words[2]
                isSkipped = ["ip", "ip6"].contains(words[1]) && Self.iptables.contains(words[2])
                chain = ""
            } else if depth == 1 {
                chain = words.count > 1 && words[0] == "chain" ? words[1] : ""
                (hook, place) = ("", 0)
            } else if !chain.isEmpty, !isSkipped, depth == 2 {
                if words.count > 3, words[0] == "type", words[2] == "hook" {
                    hook = words[3]
                    if hook == "forward", line.hasSuffix("policy drop;") {
                        forwardPolicy = "DROP (\(table) \(chain))"
                    }
                    continue
                }
                place += 1
                take(table, chain, hook, place, words)
            }
        }
    }

    private mutating func take(_ table: String, _ chain: String, _ hook: String, _ place: Int, _ words: [String]) {
        let end = words.firstIndex(of: "#") ?? words.count
        let counter = words.firstIndex(of: "counter")
        var text = Array(words[..<end])
        var packets: UInt64 = 0
        if let counter, counter + 4 < words.count, words[counter + 1] == "packets" {
            packets = UInt64(words[counter + 2]) ?? 0
            text.removeSubrange((counter + 1)...(counter + 4))
        }
        let rule = NetworkMap.Translation(
            chain: "\(table)/\(chain)", number: place, rule: text.joined(separator: " "), packets: packets)
        if !Set(text).isDisjoint(with: ["masquerade", "snat", "dnat"]) {
            translations.append(rule)
        } else if hook == "forward" || hook.isEmpty {
            forwardRules.append(rule)
        }
    }
}

extension Substring {
    /// Without white space at both ends.
    var trimmed: String {
        let head = drop { $0.isWhitespace }
        guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(head[...last])
    }
}
