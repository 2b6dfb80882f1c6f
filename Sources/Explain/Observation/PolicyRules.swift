import IPAddressing
import RouteNetlink

/// A rule of policy routing, as `ip -N rule show` lists it.
struct PolicyRule: Hashable {
    /// Lower comes first.
    var priority: Int
    /// `from 172.17.0.0/16 lookup 100`.
    var text = ""
    var from: IPPrefix?
    var to: IPPrefix?
    var input: String?
    var output: String?
    /// Whether it also asks for what is not known here: a mark, a user, a port.
    var isSpecial = false
    /// The table that it leads to; nil where it decides by itself.
    var table: UInt32?
    /// `prohibit`, `blackhole`, `unreachable`; nil for a lookup.
    var refusal: String?

    /// Reads one line; nil where it is none.
    init?(_ line: Substring) {
        let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard let head = words.first, head.hasSuffix(":"), let priority = Int(head.dropLast()) else { return nil }
        self.priority = priority
        var rest = words.dropFirst()[...]
        while let word = rest.popFirst() {
            switch word {
            case "from": from = Self.prefix(rest.popFirst())
            case "to": to = Self.prefix(rest.popFirst())
            case "iif": input = rest.popFirst()
            case "oif": output = rest.popFirst()
            case "lookup": table = rest.popFirst().flatMap { UInt32($0) ?? Self.known[$0] }
            case "prohibit", "blackhole", "unreachable": refusal = word
            // With -N, ip(8) writes RTN_* as numbers.
            case "6", "7", "8": refusal = ["6": "blackhole", "7": "unreachable", "8": "prohibit"][word]
            case "proto", "protocol": _ = rest.popFirst()
            case "all", "[detached]": break
            default: isSpecial = true
            }
        }
        text = (words.dropFirst().filter { Int($0) == nil || refusal == nil } + [refusal].compactMap { $0 })
            .joined(separator: " ")
    }

    private static let known: [String: UInt32] = ["local": 255, "main": 254, "default": 253]

    private static func prefix(_ word: String?) -> IPPrefix? {
        guard let word, word != "all" else { return nil }
        return word.contains("/") ? IPPrefix(word) : IPAddress(word).map { IPPrefix(only: $0) }
    }

    func matches(to target: IPAddress, from source: IPAddress?, input arrival: String?) -> Bool {
        if isSpecial || output != nil { return false }
        if let from, source.map({ from.contains($0) }) != true { return false }
        if let to, !to.contains(target) { return false }
        return input == nil || input == arrival
    }
}

extension Station {
    /// What policy routing decides, rule by rule and table by table, as the kernel does it: the rule and the table's
    /// entry. The kernel tells only that it refused.
    func decision(to target: IPAddress, from source: IPAddress?, input: Link?) -> (rule: PolicyRule, entry: Route?)? {
        let family = target.family == .v4 ? "-4" : "-6"
        let lines = (output("ip", ["-N", family, "rule", "show"]) ?? "").split(separator: "\n")
        for rule in lines.compactMap({ PolicyRule($0) }).sorted(by: { $0.priority < $1.priority })
        where rule.matches(to: target, from: source, input: input?.name) {
            if rule.refusal != nil { return (rule, nil) }
            let entries = allRoutes.filter {
                $0.destination.family == target.family && $0.table == rule.table && $0.destination.contains(target)
            }
            let best = entries.max {
                ($0.destination.length, $1.metric) < ($1.destination.length, $0.metric)
            }
            // RTN_THROW has the next rule asked.
            if let best, best.type != 9 { return (rule, best) }
        }
        return nil
    }
}
