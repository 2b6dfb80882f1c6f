import IPAddressing

extension NetworkMap {
    /// Which side of a rule names a device.
    enum Side {
        case input, output, either
    }

    /// Whether a rule names a device: by itself, by a set that it looks packets up in, or by the subnet of a bridge.
    func concerns(_ rule: Translation, _ device: String, _ side: Side = .either) -> Bool {
        let words = RuleText.bare(rule.rule)
        let options: [String] =
            switch side {
            case .input: ["-i", "iifname"]
            case .output: ["-o", "oifname"]
            case .either: ["-i", "iifname", "-o", "oifname"]
            }
        for (place, word) in words.enumerated() where options.contains(word) && place + 1 < words.count {
            if words[place + 1].filter({ $0 != "\"" }) == device { return true }
            // A condition that begins with the device: the first field of the set's elements.
            guard words[place + 1] != "!=", let set = set(named: words[(place + 1)...], of: rule) else { continue }
            if set.elements.contains(where: { RuleText.words($0.key).first == "\"\(device)\"" }) { return true }
        }
        let ends: [String] =
            switch side {
            case .input: ["-s", "saddr"]
            case .output: ["-d", "daddr"]
            case .either: ["-s", "saddr", "-d", "daddr"]
            }
        let subnets = subnets(of: device)
        for (place, word) in words.enumerated() where ends.contains(word) && place + 1 < words.count {
            if subnets.contains(words[place + 1]), place == 0 || words[place - 1] != "!" { return true }
        }
        return side == .either && words.contains { $0.filter { $0 != "\"" && $0 != "," } == device }
    }

    /// A bridge's own subnets, as rules write them; none of another device.
    private func subnets(of device: String) -> [String] {
        let addresses = bridges.first { $0.device.name == device }?.device.addresses ?? []
        return addresses.compactMap { IPPrefix($0)?.network.description }
    }

    /// The set that a condition ends in: `. ip saddr @masqueraded`.
    private func set(named words: ArraySlice<String>, of rule: Translation) -> RuleSet? {
        let name = words.first { $0.hasPrefix("@") && !$0.contains(",") }
        return sets.first { $0.table == rule.table && "@" + $0.name == name }
    }

    /// Whether a rule may ever hold: every set that it needs something to be found in has elements.
    func isAlive(_ rule: Translation) -> Bool {
        let words = RuleText.bare(rule.rule)
        return !words.indices.contains { place in
            words[place].hasPrefix("@") && (place == 0 || words[place - 1] != "!=")
                && sets.contains { "@" + $0.name == words[place] && $0.table == rule.table && $0.elements.isEmpty }
        }
    }

    /// The elements of the maps that a rule translates by.
    func elements(of rule: Translation) -> [RuleSet.Element] {
        let names = RuleText.bare(rule.rule).filter { $0.hasPrefix("@") }
        return sets.filter { $0.table == rule.table && names.contains("@" + $0.name) }.flatMap(\.elements)
            .filter { $0.value != nil }
    }

    /// The rule that hides what leaves a bridge behind the host's address; nil where none does.
    func wayOut(of bridge: String) -> Translation? {
        let jumps = translations.filter { concerns($0, bridge, .input) }
        let chains = Set(jumps.compactMap { rule in RuleText.target(rule.rule).map { "\(rule.table)/\($0)" } })
        return translations.first { rule in
            let text = rule.rule.lowercased()
            guard text.contains("masquerade") || text.contains("snat"), isAlive(rule) else { return false }
            // Those for published ports and for the host itself are not the way out.
            if ["status dnat", "ctstate dnat", "src-type local"].contains(where: text.contains) { return false }
            return concerns(rule, bridge) || chains.contains(rule.chain)
        }
    }

    /// The rules that packets of a bridge meet on one side of it: those that name it, and all of the chains that such a
    /// rule leads to.
    func rules(of device: String, _ side: Side) -> [Translation] {
        var chains: Set<String> = []
        var found: [Translation] = []
        for _ in 0..<4 {
            found = forwardRules.filter { rule in
                concerns(rule, device, side) || chains.contains(rule.chain) && !isOthers(rule, device)
            }
            let reached = found.compactMap { rule in RuleText.target(rule.rule).map { "\(rule.table)/\($0)" } }
            // iptables' chains serve all bridges, and name theirs in each rule.
            let native = Set(reached.filter { $0.contains(" ") && !$0.hasPrefix("ip6 filter/") })
            if native.isSubset(of: chains) { break }
            chains.formUnion(native)
        }
        return found
    }

    /// Whether a rule looks only for devices that are in a set, and this one is not.
    private func isOthers(_ rule: Translation, _ device: String) -> Bool {
        !isAlive(rule)
            || RuleText.bare(rule.rule).contains { $0 == "iifname" || $0 == "oifname" }
                && !concerns(rule, device)
    }
}
