import Faults

/// How good an answer is. Pure.
struct Grade: Hashable {
    /// Whether it names the cause.
    let isRight: Bool
    /// What to tell the user.
    let text: String

    /// Compares an answer with a fault: right is its name in the matrix, or at least half of the words that tell it from
    /// others, in any order.
    init(_ answer: String, _ fault: Fault) {
        let given = Set(Self.words(answer))
        let candidates = [fault.cause.joined(separator: " "), fault.title].map(Self.words).filter { !$0.isEmpty }
        let best =
            candidates.map { wanted in
                Double(wanted.count { word in given.contains(word) || given.contains { Self.alike($0, word) } })
                    / Double(wanted.count)
            }.max() ?? 0
        let isNamed = given.contains(fault.id.lowercased())
        isRight = isNamed || best > 0.5
        let cause = fault.cause.joined(separator: ", ")
        if isRight {
            text = "✓ right: \(fault.id), \(cause).\nNow mend it, and see: causeway lab check"
        } else if best > 0 {
            text = "✗ not yet, but warm: part of it is right. Say more precisely what is broken, and where."
        } else {
            text = "✗ no. Follow the packet from its source: link, bridge, neighbour, route, filter, address rewriting."
        }
    }

    /// Words that say too little on their own.
    private static let common: Set<String> = [
        "a", "an", "the", "is", "are", "of", "in", "on", "to", "by", "not", "no", "for", "from", "that", "and", "or",
        "s",
        "its", "it", "set", "out", "with", "has", "have",
    ]

    static func words(_ text: String) -> [String] {
        text.lowercased().replacing("'s", with: "").split { !$0.isLetter && !$0.isNumber && $0 != "." && $0 != "_" }
            .map { $0.hasSuffix(".") ? String($0.dropLast()) : String($0) }.filter { !common.contains($0) }
    }

    /// The same word with another ending: `drops`, `dropped`; `forward`, `forwarding`.
    private static func alike(_ left: String, _ right: String) -> Bool {
        let shared = zip(left, right).prefix { $0 == $1 }.count
        return shared >= 4 && shared >= max(left.count, right.count) - 3
    }
}
