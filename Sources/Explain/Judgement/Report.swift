/// What `causeway why` and `causeway trace` found, as plain values: what `--format json` prints.
public struct Report: Codable, Hashable, Sendable {
    /// SOURCE as it was asked for.
    public var source: String
    /// DESTINATION as it was asked for.
    public var destination: String
    /// The address that the destination stands for; empty for a device.
    public var address: String
    /// Whether an answer came.
    public var isReached: Bool
    /// Microseconds from the probe to its answer.
    public var microseconds: Int?
    /// What is wrong; nil where nothing is, or where no cause could be proved.
    public var finding: Finding?
    /// What was looked at and found in order.
    public var ruledOut: [String]
    /// The way, line by line.
    public var hops: [Hop]
    /// What the kernel gave no evidence of, and why.
    public var missing: [String]
    /// What was counted: taps, traces, flows.
    public var evidence: String

    /// A cause.
    public struct Finding: Codable, Hashable, Sendable {
        /// `link`, `bridge`, `neighbour`, `route`, `forwarding`, `filter`, `policy`, `nat`, `size`, `far side`, `service`,
        /// `name`; `normal` where nothing is wrong, `intent` where it is meant to be so.
        public var layer: String
        /// Whose it is: a station's label.
        public var hop: String
        /// The cause, in a few words.
        public var headline: String
        /// Whether it alone stops the packet there.
        public var isProved: Bool
        /// What the kernel says.
        public var evidence: [String]
        /// Commands that mend it, in order; lines that begin with `#` are hints.
        public var fixes: [String]
    }

    /// A hop of the way there or back.
    public struct Hop: Codable, Hashable, Sendable {
        /// The hop's number, from 1.
        public var number: Int
        /// `red`, `L2` (a bridge), `L3` (the host routes), `reply` (the answer begins).
        public var title: String
        /// Whose namespace it is; empty for `reply`.
        public var station: String
        /// Whether it is the answer's.
        public var isReply: Bool
        /// What happened to the packet there, in order.
        public var steps: [Step]
    }

    /// What happened to a packet at a hop.
    public struct Step: Codable, Hashable, Sendable {
        /// What a step tells of.
        public enum Kind: String, Codable, Hashable, Sendable {
            /// Whether the packet was at a device, and when.
            case device
            /// The entry of the routing table that decided.
            case route
            /// The next hop and what is known of it.
            case neighbour
            /// The bridge port of a station, from the forwarding database.
            case port
            /// A rule that judged the packet.
            case rule
            /// A chain's policy that did.
            case policy
            /// Addresses that were rewritten.
            case translation
            /// The packet has arrived.
            case delivered
            /// The kernel would not route it.
            case refusal
            /// Anything else, in words.
            case note
        }

        /// What it tells of.
        public var kind: Kind
        /// In words.
        public var text: String
        /// Microseconds since the probe left its source; nil where the packet was not seen, or cannot be.
        public var microseconds: Int?
        /// Of `device`: its name.
        public var device: String?
        /// Of `rule` and `policy`: `filter` of iptables, `ip6 filter` of ip6tables, `ip causeway` of nftables.
        public var table: String?
        /// The chain there.
        public var chain: String?
        /// The rule's place in it, from 1.
        public var number: Int?
        /// The rule as `iptables -S` or `nft` prints it.
        public var rule: String?
        /// The elements of sets and maps that the packet was found in.
        public var elements: [String]?
        /// `ACCEPT`, `DROP`, `→ CHAIN`, `↩` (back to the calling chain); empty where the packet goes on.
        public var verdict: String?

        /// A step in words.
        init(_ kind: Kind, _ text: String) {
            self.kind = kind
            self.text = text
        }
    }

    /// 0 reachable, 1 a cause found, 2 not reachable and no cause proved.
    public var exitCode: Int32 {
        guard let finding else { return isReached ? 0 : 2 }
        return finding.layer == "normal" ? 0 : finding.isProved ? 1 : 2
    }

    /// `causeway why` for people.
    public var whyText: String {
        var lines: [String] = []
        if let finding {
            let mark = finding.layer == "normal" ? "✓" : finding.layer == "intent" ? "–" : "✗"
            let proof =
                ["normal", "intent"].contains(finding.layer) ? "" : finding.isProved ? " (proved)" : " (likely)"
            lines.append("\(mark) \(finding.headline)\(proof)")
            lines += finding.evidence.map { "  " + $0 }
            if !ruledOut.isEmpty { lines.append("  ruled out: " + ruledOut.joined(separator: ", ")) }
            for (index, fix) in finding.fixes.enumerated() { lines.append((index == 0 ? "fix  " : "     ") + fix) }
        } else if isReached {
            lines.append(
                "✓ \(source) reaches \(destination)" + (microseconds.map { "  \(Self.milliseconds($0)) ms" } ?? ""))
        } else {
            lines.append("✗ \(destination) is not reached from \(source), and no cause could be proved")
            if !ruledOut.isEmpty { lines.append("  ruled out: " + ruledOut.joined(separator: ", ")) }
            for hop in hops { lines += Self.text(hop).map { "  " + $0 } }
        }
        lines += missing.map { "  evidence missing: " + $0 }
        return lines.map { $0 + "\n" }.joined()
    }

    /// `causeway trace` for people.
    public var traceText: String {
        let time = microseconds.map { "  \(Self.milliseconds($0)) ms" } ?? ""
        var lines = [
            isReached ? "REACHED\(time)   \(source) → \(destination)" : "NOT REACHED   \(source) → \(destination)"
        ]
        for hop in hops { lines += Self.text(hop) }
        lines.append("evidence " + evidence)
        lines += missing.map { "evidence missing: " + $0 }
        if let finding { lines.append("✗ \(finding.headline): causeway why \(source) \(destination)") }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func text(_ hop: Hop) -> [String] {
        let title = "\(hop.number) \(hop.title)"
        let pad = String(repeating: " ", count: max(1, 9 - title.count))
        return hop.steps.enumerated().map { index, step in
            var text = (index == 0 ? title + pad : "         ") + step.text
            while text.last == " " { text.removeLast() }
            if let time = step.microseconds {
                text += String(repeating: " ", count: max(2, 56 - text.count)) + "+\(time) µs"
            }
            return text
        }
    }

    private static func milliseconds(_ microseconds: Int) -> String {
        "\(microseconds / 1000)." + String(String(1000 + microseconds % 1000).dropFirst().prefix(2))
    }
}
