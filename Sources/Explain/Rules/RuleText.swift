/// The text of rules, taken apart.
enum RuleText {
    /// Words; what stands in quotes is one, quotes included.
    static func words(_ text: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character.isWhitespace, !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// The elements of a set, between its braces.
    static func elements(_ text: String) -> [RuleSet.Element] {
        var parts: [[String]] = [[]]
        for word in words(text) {
            let isLast = word.hasSuffix(",")
            parts[parts.count - 1].append(isLast ? String(word.dropLast()) : word)
            if isLast { parts.append([]) }
        }
        return parts.filter { !$0.isEmpty }.map(element)
    }

    private static func element(_ words: [String]) -> RuleSet.Element {
        var kept: [String] = []
        var packets: UInt64?
        var place = 0
        while place < words.count {
            switch words[place] {
            case "comment", "timeout", "expires": place += 2
            case "counter" where place + 4 < words.count && words[place + 1] == "packets":
                packets = UInt64(words[place + 2])
                place += 5
            default:
                kept.append(words[place])
                place += 1
            }
        }
        let colon = kept.firstIndex(of: ":") ?? kept.count
        let value = kept.dropFirst(colon + 1).joined(separator: " ")
        return RuleSet.Element(
            key: kept[..<colon].joined(separator: " "), value: value.isEmpty ? nil : value, packets: packets)
    }

    /// The chain that a rule of either program leads to (`jump`, `goto`, `-j`); nil where it leads nowhere.
    static func target(_ rule: String) -> String? {
        let words = words(rule)
        guard let place = words.firstIndex(where: { ["jump", "goto", "-j", "-g"].contains($0) }),
            place + 1 < words.count
        else { return nil }
        return words[place + 1]
    }

    /// A rule of nft without counter and comment.
    static func bare(_ rule: String) -> [String] {
        var words = words(rule)
        if let place = words.firstIndex(of: "comment") { words.removeSubrange(place...) }
        if let place = words.firstIndex(of: "counter") {
            let hasNumbers = place + 4 < words.count && words[place + 1] == "packets"
            words.removeSubrange(place...(hasNumbers ? place + 4 : place))
        }
        return words
    }
}
