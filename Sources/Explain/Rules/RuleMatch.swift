package import IPAddressing

/// What rules ask of a packet at one point of its way; nil is not known.
package struct PacketFacts: Hashable, Sendable {
    package var input: String?
    package var output: String?
    package var source: IPAddress?
    package var destination: IPAddress?
    package var protocolNumber: UInt8?
    package var sourcePort: UInt16?
    package var destinationPort: UInt16?

    package init(
        input: String? = nil, output: String? = nil, source: IPAddress? = nil, destination: IPAddress? = nil,
        protocolNumber: UInt8? = nil, sourcePort: UInt16? = nil, destinationPort: UInt16? = nil
    ) {
        self.input = input
        self.output = output
        self.source = source
        self.destination = destination
        self.protocolNumber = protocolNumber
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
    }
}

/// Whether a rule's text admits a packet, as far as addresses, devices, protocol and ports tell.
package struct RuleMatch: Hashable, Sendable {
    /// Whether every condition that could be judged holds.
    package private(set) var isPossible = true
    /// Whether there was none that could not be judged.
    package private(set) var isCertain = true
    /// The elements of sets and maps that the packet was found in, by the set's name.
    package private(set) var elements: [String] = []

    /// Judges a rule of either program.
    ///
    /// - Parameters:
    ///   - table: the rule's own, `ip causeway`.
    ///   - sets: of all tables.
    package init(_ rule: String, in table: String, sets: [RuleSet], _ facts: PacketFacts) {
        let words = RuleText.bare(rule)
        if words.first == "-A" {
            iptables(words, facts)
        } else {
            nftables(words, sets.filter { $0.table == table }, facts)
        }
    }

    private mutating func note(_ holds: Bool?, negated: Bool = false) {
        guard let holds else {
            isCertain = false
            return
        }
        if holds == negated { isPossible = false }
    }

    // MARK: iptables

    private mutating func iptables(_ words: [String], _ facts: PacketFacts) {
        var place = 2
        while place < words.count, !["-j", "-g"].contains(words[place]) {
            let word = words[place]
            let value = place + 1 < words.count ? words[place + 1] : ""
            let negated = words[place - 1] == "!"
            switch word {
            case "!": place -= 1
            case "-s": note(Field.address(value, facts.source), negated: negated)
            case "-d": note(Field.address(value, facts.destination), negated: negated)
            case "-i": note(Field.name(value, facts.input), negated: negated)
            case "-o": note(Field.name(value, facts.output), negated: negated)
            case "-p": note(facts.protocolNumber.map { Field.protocolName($0) == value }, negated: negated)
            case "--dport": note(Field.port(value, facts.destinationPort), negated: negated)
            case "--sport": note(Field.port(value, facts.sourcePort), negated: negated)
            case "-m" where ["tcp", "udp", "comment", "icmp"].contains(value): break
            case "--comment": break
            default:
                isCertain = false
                place -= value.hasPrefix("-") ? 1 : 0
            }
            place += 2
        }
    }

    // MARK: nftables

    /// Words that begin conditions on what is not known here.
    private static let others: Set = ["ct", "fib", "limit", "mark", "icmp", "icmpv6", "ether"]

    private mutating func nftables(_ words: [String], _ sets: [RuleSet], _ facts: PacketFacts) {
        var place = 0
        while place < words.count {
            var fields: [Field] = []
            var end = place
            while let (field, length) = Field.parse(words[end...]) {
                fields.append(field)
                end += length
                guard end < words.count, words[end] == "." else { break }
                end += 1
            }
            guard !fields.isEmpty, end < words.count else {
                if Self.others.contains(words[place]) { isCertain = false }
                place += 1
                continue
            }
            let negated = words[end] == "!="
            if ["!=", "map", "vmap", "=="].contains(words[end]) { end += 1 }
            guard end < words.count else { return }
            if words[end].hasPrefix("@") {
                look(fields, String(words[end].dropFirst()), sets, facts, negated)
            } else if words[end] == "{" {
                isCertain = false
            } else {
                note(fields[0].holds(words[end], facts), negated: negated)
            }
            place = end + 1
        }
    }

    private mutating func look(
        _ fields: [Field], _ name: String, _ sets: [RuleSet], _ facts: PacketFacts, _ negated: Bool
    ) {
        guard let set = sets.first(where: { $0.name == name }) else { return note(nil) }
        var isUnknown = false
        let found = set.elements.first { element in
            let parts = RuleText.words(element.key).filter { $0 != "." }
            guard parts.count == fields.count else { return false }
            let judged = zip(fields, parts).map { $0.holds($1, facts) }
            if judged.contains(nil), !judged.contains(false) { isUnknown = true }
            return judged.allSatisfy { $0 == true }
        }
        if let found, !negated { elements.append("@\(name) \(found.text)") }
        note(found == nil && isUnknown ? nil : found != nil, negated: negated)
    }

    /// What a rule of nftables can be asked for in one word or two.
    private enum Field {
        case input, output, source, destination, protocolNumber, sourcePort, destinationPort

        static func parse(_ words: ArraySlice<String>) -> (Field, Int)? {
            guard let first = words.first else { return nil }
            switch first {
            case "iifname": return (.input, 1)
            case "oifname": return (.output, 1)
            // IPv4's source and IPv6's, as raw payload.
            case "@nh,96,32", "@nh,64,128": return (.source, 1)
            default: break
            }
            guard let second = words.dropFirst().first else { return nil }
            switch (first, second) {
            case ("ip", "saddr"), ("ip6", "saddr"): return (.source, 2)
            case ("ip", "daddr"), ("ip6", "daddr"): return (.destination, 2)
            case ("meta", "l4proto"), ("ip", "protocol"): return (.protocolNumber, 2)
            case ("tcp", "dport"), ("udp", "dport"), ("th", "dport"): return (.destinationPort, 2)
            case ("tcp", "sport"), ("udp", "sport"), ("th", "sport"): return (.sourcePort, 2)
            default: return nil
            }
        }

        func holds(_ value: String, _ facts: PacketFacts) -> Bool? {
            switch self {
            case .input: Self.name(value, facts.input)
            case .output: Self.name(value, facts.output)
            case .source: Self.address(value, facts.source)
            case .destination: Self.address(value, facts.destination)
            case .protocolNumber: facts.protocolNumber.map { Self.protocolName($0) == value || "\($0)" == value }
            case .sourcePort: Self.port(value, facts.sourcePort)
            case .destinationPort: Self.port(value, facts.destinationPort)
            }
        }

        static func name(_ value: String, _ fact: String?) -> Bool? {
            let bare = value.filter { $0 != "\"" }
            return fact.map { bare.hasSuffix("*") ? $0.hasPrefix(bare.dropLast()) : $0 == bare }
        }

        static func address(_ value: String, _ fact: IPAddress?) -> Bool? {
            guard let fact else { return nil }
            if let address = IPAddress(value) { return address == fact }
            guard let prefix = IPPrefix(value) else { return nil }
            return prefix.family == fact.family && prefix.contains(fact)
        }

        static func port(_ value: String, _ fact: UInt16?) -> Bool? {
            let ends = value.split { $0 == "-" || $0 == ":" }.compactMap { UInt16($0) }
            guard let fact, let first = ends.first, let last = ends.last, first <= last else { return nil }
            return (first...last).contains(fact)
        }

        static func protocolName(_ number: UInt8) -> String {
            switch number {
            case 1: "icmp"
            case 6: "tcp"
            case 17: "udp"
            case 58: "ipv6-icmp"
            default: "\(number)"
            }
        }
    }
}
