public import Netlink

/// What brings a table to what is wanted: requests for the kernel, and the same for people.
public struct NFTablesChange: Sendable, Hashable {
    /// To be sent as one batch.
    public internal(set) var requests: [NetlinkRequest] = []
    /// As nft(8) reads it.
    public internal(set) var lines: [String] = []

    /// Nothing to do.
    public init() {}

    /// Whether there is nothing to do.
    public var isEmpty: Bool { requests.isEmpty }

    mutating func add(_ request: NetlinkRequest, _ line: String) {
        requests.append(request)
        lines.append(line)
    }

    /// Takes another change in.
    public mutating func append(_ other: NFTablesChange) {
        requests += other.requests
        lines += other.lines
    }
}

extension NFTablesTable {
    /// Works out what has to change. Pure.
    ///
    /// - Parameter present: what is there; nil where the table is not.
    public func change(from present: NFTablesObservedTable?) -> NFTablesChange {
        var change = NFTablesChange()
        guard var present else {
            change.add(NFTablesRequest.add(self), "add table \(title)")
            build(chains, &change)
            return change
        }
        let wrongChain = present.chains.contains { name, chain in
            guard let wanted = chains.first(where: { $0.name == name }) else { return true }
            return wanted.hook != chain.hook
        }
        let wrongSet = present.sets.contains { name, shape in
            guard let wanted = sets.first(where: { $0.name == name }) else { return true }
            return .init(wanted) != shape
        }
        if wrongChain || wrongSet {
            // Another version made the table. All but the user's chains is made anew, in the same transaction.
            clear(present, &change)
            build(chains.filter { !$0.isUsers || present.chains[$0.name] == nil }, &change)
            return change
        }
        for (index, set) in sets.enumerated() where present.sets[set.name] == nil {
            change.add(NFTablesRequest.add(set, self, id: UInt32(index + 1)), "add \(set.text(in: self))")
            present.elements[set.name] = []
        }
        for chain in chains where present.chains[chain.name] == nil {
            change.add(NFTablesRequest.add(chain, self), "add \(chain.text(in: self))")
        }
        for set in sets {
            elementChange(set, from: present.elements[set.name] ?? [], to: elements[set.name] ?? [], &change)
        }
        for chain in chains where !chain.isUsers {
            let there = present.chains[chain.name]?.rules ?? []
            if there == chain.rules.map(\.fingerprint) { continue }
            if !there.isEmpty {
                change.add(NFTablesRequest.flush(chain: chain.name, self), "flush chain \(title) \(chain.name)")
            }
            add(chain.rules, to: chain.name, &change)
        }
        return change
    }

    /// What takes the table away. A chain of the user's that holds rules stays, and the table with it.
    public func removal(from present: NFTablesObservedTable?) -> NFTablesChange {
        var change = NFTablesChange()
        guard let present else { return change }
        if chains.contains(where: { $0.isUsers && present.chains[$0.name]?.rules.isEmpty == false }) {
            clear(present, &change)
        } else {
            change.add(NFTablesRequest.delete(self), "delete table \(title)")
        }
        return change
    }

    /// What brings one set's elements to others.
    func elementChange(
        _ set: NFTablesSet, from present: Set<NFTablesElement>, to wanted: Set<NFTablesElement>,
        _ change: inout NFTablesChange
    ) {
        let gone = present.subtracting(wanted).sorted { $0.description < $1.description }
        let new = wanted.subtracting(present).sorted { $0.description < $1.description }
        change.requests += NFTablesRequest.elements(gone, set, self, isAddition: false)
        change.lines += gone.map {
            "delete element \(title) \(set.name) { \($0.key.map(\.description).joined(separator: " . ")) }"
        }
        change.requests += NFTablesRequest.elements(new, set, self, isAddition: true)
        change.lines += new.map { "add element \(title) \(set.name) { \($0) }" }
    }

    /// Takes everything but the user's chains out of the table.
    private func clear(_ present: NFTablesObservedTable, _ change: inout NFTablesChange) {
        let users = Set(chains.filter(\.isUsers).map(\.name))
        let names = present.chains.keys.filter { !users.contains($0) }.sorted()
        for name in names where present.chains[name]?.rules.isEmpty == false {
            change.add(NFTablesRequest.flush(chain: name, self), "flush chain \(title) \(name)")
        }
        // Verdict maps hold on to chains.
        for name in present.sets.keys.sorted() {
            change.add(NFTablesRequest.delete(set: name, self), "delete set \(title) \(name)")
        }
        for name in names {
            change.add(NFTablesRequest.delete(chain: name, self), "delete chain \(title) \(name)")
        }
    }

    private func build(_ chains: [NFTablesChain], _ change: inout NFTablesChange) {
        for (index, set) in sets.enumerated() {
            change.add(NFTablesRequest.add(set, self, id: UInt32(index + 1)), "add \(set.text(in: self))")
        }
        for chain in chains { change.add(NFTablesRequest.add(chain, self), "add \(chain.text(in: self))") }
        for set in sets { elementChange(set, from: [], to: elements[set.name] ?? [], &change) }
        for chain in chains { add(chain.rules, to: chain.name, &change) }
    }

    private func add(_ rules: [NFTablesRule], to chain: String, _ change: inout NFTablesChange) {
        for rule in rules {
            change.add(
                NFTablesRequest.add(rule, chain: chain, self), "add rule \(title) \(chain) \(rule)")
        }
    }
}

extension NFTablesChain {
    /// `chain ip causeway forward { … }`.
    fileprivate func text(in table: NFTablesTable) -> String {
        "chain \(table.title) \(name)" + (hook.map { " { \($0); }" } ?? "")
    }
}

extension NFTablesSet {
    /// `set ip causeway bridges { … }`.
    fileprivate func text(in table: NFTablesTable) -> String {
        let kind = value.isEmpty ? "set" : "map"
        return "\(kind) \(table.title) " + text.dropFirst(kind.count + 1)
    }
}
