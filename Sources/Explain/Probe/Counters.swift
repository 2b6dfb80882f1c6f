/// What a network namespace's kernel counts: `/proc/net/netstat`, `snmp` and `xfrm_stat`.
enum Counters {
    /// The counters by name, as `TcpExt.ListenDrops`.
    static func read(_ station: Station) -> [String: Int] {
        let texts = station.files(["netstat", "snmp", "xfrm_stat"])
        var found = parse(texts[0]).merging(parse(texts[1])) { first, _ in first }
        for line in texts[2].split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.count == 2, let value = Int(words[1]) { found[String(words[0])] = value }
        }
        return found
    }

    /// Pairs of lines: names, then values.
    static func parse(_ text: String) -> [String: Int] {
        var found: [String: Int] = [:]
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        for (names, values) in zip(lines, lines.dropFirst()) where names.first == values.first {
            let group = names.first.map { $0.dropLast() } ?? ""
            for (name, value) in zip(names, values).dropFirst() { found["\(group).\(name)"] = Int(value) }
        }
        return found
    }

    /// What grew.
    static func difference(_ old: [String: Int], _ new: [String: Int]) -> [String: Int] {
        var grown: [String: Int] = [:]
        for (name, value) in new where value > old[name] ?? 0 { grown[name] = value - (old[name] ?? 0) }
        return grown
    }
}
