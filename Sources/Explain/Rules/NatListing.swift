import IPAddressing

/// The rules of `iptables-save -c` that a map shows.
struct NatListing: Hashable {
    var forwardPolicy: String?
    var translations: [NetworkMap.Translation] = []
    /// Rules of the filter table that packets of others meet: those of FORWARD and of chains that are not the kernel's.
    var forwardRules: [NetworkMap.Translation] = []
    /// Ports of the host by the container's address: `8080→80/tcp`.
    var published: [String: [String]] = [:]
    private let family: String

    /// Reads a listing with counters; lines of no interest are passed over.
    ///
    /// - Parameter family: `ip6 ` for ip6tables, which chains are named with.
    init(_ text: String, family: String = "") {
        self.family = family
        var table = ""
        var places: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            if line.hasPrefix("*") {
                table = String(line.dropFirst())
                places = [:]
            } else if table == "filter", line.hasPrefix(":FORWARD ") {
                forwardPolicy = line.split(separator: " ").dropFirst().first.map(String.init)
            } else if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
                let packets = UInt64(line.dropFirst().prefix { $0 != ":" }) ?? 0
                let rule = line[line.index(after: end)...].drop { $0 == " " }
                let words = rule.split(separator: " ").map(String.init)
                guard words.count > 2, words[0] == "-A" else { continue }
                places[words[1], default: 0] += 1
                take(table, words, String(rule), packets, places[words[1]] ?? 0)
            }
        }
    }

    private mutating func take(_ table: String, _ words: [String], _ rule: String, _ packets: UInt64, _ place: Int) {
        func after(_ option: String) -> String? {
            words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
        }
        if table == "filter", !["INPUT", "OUTPUT"].contains(words[1]) {
            forwardRules.append(
                NetworkMap.Translation(
                    chain: "\(family)filter/\(words[1])", number: place, rule: rule, packets: packets))
        }
        guard table == "nat", let target = after("-j"), !["ACCEPT", "RETURN"].contains(target) else { return }
        translations.append(
            NetworkMap.Translation(chain: "\(family)nat/\(words[1])", number: place, rule: rule, packets: packets))
        guard target == "DNAT", let port = after("--dport"), let destination = after("--to-destination") else { return }
        guard let colon = destination.lastIndex(of: ":") else { return }
        let address = destination[..<colon].filter { $0 != "[" && $0 != "]" }
        let inner = destination[destination.index(after: colon)...]
        published[address, default: []].append("\(port)→\(inner)/\(after("-p") ?? "tcp")")
    }
}
