/// A set or map of nftables: what a rule that names it (`@published_ports`) looks packets up in.
public struct RuleSet: Codable, Hashable, Sendable {
    /// The table that it belongs to, `ip causeway`.
    public var table: String
    /// Its name, without the `@`.
    public var name: String
    /// What is in it.
    public var elements: [Element]

    /// An element.
    public struct Element: Codable, Hashable, Sendable {
        /// Its fields, `"docker0" . 172.17.0.0/16`, as nft prints them.
        public var key: String
        /// What a map leads to, `172.17.0.2 . 80`; nil in a set.
        public var value: String?
        /// Packets that have met it; nil where it does not count.
        public var packets: UInt64?

        /// As nft prints it, without comment and counter.
        public var text: String { value.map { "\(key) : \($0)" } ?? key }
    }
}

extension RuleSet {
    /// The sets and maps of `nft list ruleset`.
    static func all(in listing: String) -> [RuleSet] {
        var found: [RuleSet] = []
        var table = ""
        var elements: String?
        for raw in listing.split(separator: "\n") {
            let line = String(raw.trimmed)
            if elements == nil {
                let words = line.split(separator: " ").map(String.init)
                if words.first == "table", words.count > 2 {
                    table = "\(words[1]) \(words[2])"
                } else if ["set", "map"].contains(words.first), words.count > 2, words[2] == "{" {
                    found.append(RuleSet(table: table, name: words[1], elements: []))
                } else if line.hasPrefix("elements = {"), !found.isEmpty {
                    elements = String(line.dropFirst(12))
                }
            } else {
                elements? += " " + line
            }
            guard let text = elements, RuleText.words(text).last?.hasSuffix("}") == true else { continue }
            found[found.count - 1].elements = RuleText.elements(String(text.dropLast()))
            elements = nil
        }
        return found
    }
}
