import IPAddressing
import SystemCalls

/// Remembers, in a file, which rules of the kernel's own chains are the engine's, so that a daemon that was killed
/// finds them again. The file belongs in a directory that a reboot clears, as it clears the rules.
///
/// A line a rule: `filter FORWARD -j DOCKER-USER`; those of IPv6 begin with `ipv6:`.
struct RuleRecord: Sendable {
    /// The file.
    let path: String

    private static let mark = "ipv6:"

    /// The rules written last; none where there is no such file yet.
    func read() throws(FirewallError) -> Set<PlacedRule> {
        let text: String
        do {
            text = try FileSystem.readText(path)
        } catch {
            if error.errno == .noEntry { return [] }
            throw FirewallError("read the firewall's record", error.description)
        }
        var rules: Set<PlacedRule> = []
        for line in text.split(separator: "\n") {
            let family: IPFamily = line.hasPrefix(Self.mark) ? .v6 : .v4
            let words = line.dropFirst(family == .v6 ? Self.mark.count : 0).split(separator: " ", maxSplits: 2)
            guard words.count == 3, let table = FirewallTableName(rawValue: String(words[0])) else {
                throw FirewallError(
                    "read the firewall's record", "\(path) holds a line that is no rule: \(line)",
                    remedy: "remove the file; rules of networks that no longer exist then stay")
            }
            rules.insert(PlacedRule(family, table, String(words[1]), String(words[2])))
        }
        return rules
    }

    /// Replaces the file in one step.
    func write(_ rules: Set<PlacedRule>) throws(FirewallError) {
        let lines = rules.map {
            "\($0.family == .v6 ? Self.mark : "")\($0.table.rawValue) \($0.chain) \($0.rule)\n"
        }
        let text = lines.sorted().joined()
        do {
            try FileSystem.replace(path, Array(text.utf8))
        } catch {
            throw FirewallError("write the firewall's record", error.description)
        }
    }
}
