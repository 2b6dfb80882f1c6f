/// How one chain's rules are edited: first the removals, then the insertions.
struct ChainEdits: Hashable {
    /// Whether the chain is emptied in place of single removals.
    var flush = false
    /// Rules to take away, one entry a copy. They are named by their text, never by their number: a number would hit
    /// another's rule if the chain changed since it was read.
    var removals: [String] = []
    /// Rules to put in, by the index that they have at the end, lowest first.
    var insertions: [(index: Int, rule: String)] = []
    /// How many rules are there when the first is put in.
    var remaining = 0

    static func == (left: ChainEdits, right: ChainEdits) -> Bool {
        left.removalLines("") == right.removalLines("") && left.additionLines("") == right.additionLines("")
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(removalLines(""))
        hasher.combine(additionLines(""))
    }

    /// Turns a chain that is ours alone into exactly `wanted`. Linear, however many rules there are, as long as those
    /// that stay keep their order.
    static func replacing(_ present: [String], with wanted: [String]) -> ChainEdits {
        var edits = ChainEdits()
        if present == wanted { return edits }
        let here = Set(present)
        let there = Set(wanted)
        let anew = ChainEdits(
            flush: !present.isEmpty, insertions: wanted.enumerated().map { ($0.offset, $0.element) })
        // Copies cannot be told apart by their text.
        if here.count < present.count || there.count < wanted.count { return anew }
        if present.filter(there.contains) == wanted.filter(here.contains) {
            edits.removals = present.filter { !there.contains($0) }
            edits.insertions = wanted.enumerated().filter { !here.contains($0.element) }
                .map { ($0.offset, $0.element) }
        } else {
            // Few rules: no more is touched than needs to be. Many: the search would take longer than the rules.
            if present.count + wanted.count > 200 { return anew }
            for step in wanted.difference(from: present) {
                switch step {
                case .remove(_, let rule, _): edits.removals.append(rule)
                case .insert(let index, let rule, _): edits.insertions.append((index, rule))
                }
            }
        }
        edits.remaining = present.count - edits.removals.count
        let isDearer = edits.removals.count + edits.insertions.count > wanted.count
        return edits.removals.count > 1 && isDearer ? anew : edits
    }

    /// Puts `wanted` into a chain that others use too, in that order; what others put there stays where it is.
    ///
    /// - Parameters:
    ///   - wanted: our rules.
    ///   - present: the chain's rules.
    ///   - place: where our rules go if none of them is there.
    ///   - former: rules that are ours and no longer wanted.
    static func merging(
        _ wanted: [String], into present: [String], at place: WantedChain.Place, former: Set<String>
    ) -> ChainEdits {
        var edits = ChainEdits()
        let ours = Set(wanted)
        var counts: [String: Int] = [:]
        for rule in present where ours.contains(rule) { counts[rule, default: 0] += 1 }
        var kept = wanted.filter { counts[$0] == 1 }
        if present.filter({ counts[$0] == 1 }) != kept { kept = [] }
        if place == .first, let first = wanted.first, kept.first == first, present.first != first { kept.removeFirst() }

        let keeping = Set(kept)
        var result: [String] = []
        for rule in present {
            if keeping.contains(rule) || !ours.contains(rule) && !former.contains(rule) {
                result.append(rule)
            } else {
                edits.removals.append(rule)
            }
        }
        edits.remaining = result.count
        var next = place == .end ? result.count : 0
        // At the end means after the others', but before those of ours that are there already.
        if place == .end, let index = result.firstIndex(where: keeping.contains) { next = index }
        for rule in wanted {
            if keeping.contains(rule), let index = result[next...].firstIndex(of: rule) {
                next = index + 1
            } else {
                result.insert(rule, at: next)
                edits.insertions.append((next, rule))
                next += 1
            }
        }
        return edits
    }

    /// Commands of iptables-restore for the first half.
    func removalLines(_ chain: String) -> [String] {
        flush ? ["-F \(chain)"] : removals.map { "-D \(chain) \($0)" }
    }

    /// Commands of iptables-restore for the second half.
    func additionLines(_ chain: String) -> [String] {
        var count = remaining
        return insertions.map { index, rule in
            defer { count += 1 }
            return index == count ? "-A \(chain) \(rule)" : "-I \(chain) \(index + 1) \(rule)"
        }
    }
}
