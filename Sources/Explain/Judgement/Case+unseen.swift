import IPAddressing
import SystemCalls

/// A rule of iptables-legacy that counted a packet: nftables' reports do not know those.
struct LegacyRule: Hashable {
    var program: String
    var table: String
    var chain: String
    /// From 1; 0 for the chain's policy.
    var number: Int
    /// `-A FORWARD -j DROP`, or `policy DROP`.
    var text: String
    var packets: Int

    /// The rules of `iptables-legacy-save -c`, policies of chains included.
    static func all(_ text: String, program: String) -> [LegacyRule] {
        var table = ""
        var numbers: [String: Int] = [:]
        var found: [LegacyRule] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("*") {
                table = String(line.dropFirst())
                numbers = [:]
            } else if line.hasPrefix(":"), words.count == 3, words[1] != "-" {
                found.append(
                    LegacyRule(
                        program: program, table: table, chain: String(words[0].dropFirst()), number: 0,
                        text: "policy \(words[1])", packets: count(words[2])))
            } else if line.hasPrefix("["), words.count > 3, words[1] == "-A" {
                let chain = String(words[2])
                numbers[chain, default: 0] += 1
                found.append(
                    LegacyRule(
                        program: program, table: table, chain: chain, number: numbers[chain] ?? 0,
                        text: words.dropFirst().joined(separator: " "), packets: count(words[0])))
            }
        }
        return found
    }

    private static func count(_ word: Substring) -> Int { Int(word.dropFirst().prefix { $0 != ":" }) ?? 0 }

    /// What a station's legacy rules have counted; empty where it has none, or where they cannot be read.
    static func read(_ station: Station) -> [LegacyRule] {
        var found: [LegacyRule] = []
        for (file, program) in [("ip_tables_names", "iptables"), ("ip6_tables_names", "ip6tables")]
        where !station.file(file).isEmpty {
            found += all(station.output("\(program)-legacy-save", ["-c"]) ?? "", program: program)
        }
        return found
    }
}

/// Rules that are not reported: those of iptables-legacy, and packets handed to programs.
extension Case {
    func checkUnseen(_ step: Step) -> Report.Finding? {
        let station = machine.stations[step.station]
        let judged = events(in: step.station, isReply: step.isReply)
        if let event = judged.last(where: { $0.isQueue || $0.isStolen }), let found = station.rules.find(event) {
            let what = event.isQueue ? "hands it to a program that does not give it back" : "takes it away"
            return finding(
                "filter", station, "rule \(found.number) of \(found.chain.name) \(what)",
                [
                    "\(found.chain.family) \(found.chain.table) \(found.chain.name) #\(found.number): \(found.rule.shown)",
                    "the kernel's trace: verdict \(event.isQueue ? "queue" : "stolen") \(ways(event, station))",
                ], fix: [removal(of: found.rule, in: found.chain, station)])
        }
        let rules = legacy[step.station] ?? []
        let hooks = [Step.Kind.leave: ["output", "postrouting"], .route: ["prerouting", "forward", "postrouting"]]
        let wanted = hooks[step.kind] ?? ["prerouting", "input"]
        guard
            let rule = rules.first(where: { rule in
                rule.packets > 0
                    && ["DROP", "REJECT"].contains { rule.text.contains("-j \($0)") || rule.text == "policy \($0)" }
            }),
            wanted.contains(where: { !passes($0, in: step.station, isReply: step.isReply) })
                || [.up, .across, .down].contains(step.kind)
        else { return nil }
        let name = rule.number == 0 ? "\(rule.chain)'s policy DROP" : "rule \(rule.number) of \(rule.chain)"
        return finding(
            "filter", station, "\(name) of \(rule.program)-legacy drops",
            [
                "\(rule.table) \(rule.chain): \(rule.text)",
                "its counter grew with a second probe; nftables and `iptables -S` do not show it",
            ],
            fix: [
                station.enter
                    + (rule.number == 0
                        ? "\(rule.program)-legacy -P \(rule.chain) ACCEPT"
                        : "\(rule.program)-legacy -t \(rule.table) -D \(rule.chain) \(rule.number)")
            ])
    }
}
