import CLinux
public import Netlink
public import SystemCalls

/// A conversation with the kernel's nftables, in the network namespace that it was opened in. Calls block for
/// microseconds; a list of a thousand elements takes a millisecond.
public final class NFTablesSocket: Sendable {
    private let socket: NetlinkSocket

    /// Opens a socket in the caller's network namespace, or in another.
    public init(in namespace: NetworkNamespace? = nil) throws(SystemCallError) {
        if let namespace {
            socket = try NetlinkSocket(in: namespace, family: NETLINK_NETFILTER)
        } else {
            socket = try NetlinkSocket(family: NETLINK_NETFILTER)
        }
    }

    /// What the kernel's news name this socket by; see `NetlinkSocket.port`.
    public var port: UInt32 { socket.port }

    /// Puts a change into the kernel: the whole of it, or nothing.
    ///
    /// - Parameter generation: what `generation()` said when the change was worked out; nil does not ask.
    /// - Throws: the first request that the kernel refused, with its own purpose and the kernel's words.
    public func commit(_ requests: [NetlinkRequest], generation: UInt32? = nil) throws(NetlinkError) {
        try socket.commit(requests, subsystem: NFTablesRequest.subsystem, generation: generation)
    }

    /// The number of the rules' state: every change of anybody's moves it on (NFT_MSG_GETGEN).
    public func generation() throws(NetlinkError) -> UInt32 {
        let none = NFTablesTable(.inet, "", comment: "", sets: [], chains: [])
        let reply = try socket.get(
            NFTablesRequest.request("read nftables' generation", NFT_MSG_GETGEN, none) { _ in })
        return reply.attributes(after: 4).bigEndian(Int(NFTA_GEN_ID.rawValue)) ?? 0
    }

    /// Reads a table with its chains, sets, elements and the rules' fingerprints; nil where there is none.
    public func observe(_ table: NFTablesTable) throws(NetlinkError) -> NFTablesObservedTable? {
        let tables = try list(NFT_MSG_GETTABLE, "list the tables", table) { _ in }
        guard tables.contains(where: { $0.text(Int(NFTA_TABLE_NAME.rawValue)) == table.name }) else { return nil }
        var observed = NFTablesObservedTable()
        for chain in try list(NFT_MSG_GETCHAIN, "list the chains", table, { _ in })
        where chain.text(Int(NFTA_CHAIN_TABLE.rawValue)) == table.name {
            observed.chains[chain.text(Int(NFTA_CHAIN_NAME.rawValue)) ?? ""] = .init(hook: NFTablesHook(chain))
        }
        let rules = try list(NFT_MSG_GETRULE, "list the rules of \(table.title)", table) {
            $0.put(Int(NFTA_RULE_TABLE.rawValue), text: table.name)
        }
        for rule in rules where rule.text(Int(NFTA_RULE_TABLE.rawValue)) == table.name {
            let data = NFTablesUserData.read(rule[Int(NFTA_RULE_USERDATA.rawValue)])
            let mark = data[NFTablesUserData.fingerprint]?.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            observed.chains[rule.text(Int(NFTA_RULE_CHAIN.rawValue)) ?? ""]?.rules.append(mark)
        }
        let sets = try list(NFT_MSG_GETSET, "list the sets of \(table.title)", table) {
            $0.put(Int(NFTA_SET_TABLE.rawValue), text: table.name)
        }
        for set in sets where set.text(Int(NFTA_SET_TABLE.rawValue)) == table.name {
            let name = set.text(Int(NFTA_SET_NAME.rawValue)) ?? ""
            observed.sets[name] = NFTablesObservedTable.Shape(set)
        }
        for set in table.sets where observed.sets[set.name] == NFTablesObservedTable.Shape(set) {
            observed.elements[set.name] = try elements(set, table)
        }
        return observed
    }

    private func elements(_ set: NFTablesSet, _ table: NFTablesTable) throws(NetlinkError) -> Set<NFTablesElement> {
        let request = NFTablesRequest.request(
            "list the elements of \(table.title) \(set.name)", NFT_MSG_GETSETELEM, table
        ) {
            $0.put(Int(NFTA_SET_ELEM_LIST_TABLE.rawValue), text: table.name)
            $0.put(Int(NFTA_SET_ELEM_LIST_SET.rawValue), text: set.name)
        }
        var elements: Set<NFTablesElement> = []
        for reply in try socket.dump(request) {
            for entry in reply.attributes(after: 4).nested(Int(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue)) {
                if let element = NFTablesElement(NetlinkAttributes(entry.value), set) { elements.insert(element) }
            }
        }
        return elements
    }

    private func list<Kind: RawRepresentable<UInt32>>(
        _ kind: Kind, _ purpose: String, _ table: NFTablesTable, _ body: (inout NetlinkPayload) -> Void
    ) throws(NetlinkError) -> [NetlinkAttributes] {
        try socket.dump(NFTablesRequest.request(purpose, kind, table, body)).map { $0.attributes(after: 4) }
    }
}

/// A table as the kernel has it.
public struct NFTablesObservedTable: Sendable, Hashable {
    /// A chain: where it is called, and its rules' fingerprints; nil for a rule that is none of ours.
    struct Chain: Sendable, Hashable {
        var hook: NFTablesHook?
        var rules: [UInt64?] = []
    }

    /// What two sets must have in common to be the same.
    struct Shape: Sendable, Hashable {
        var flags: UInt32
        var keyType: UInt32
        var keyLength: UInt32
        var dataType: UInt32

        init(_ set: NFTablesSet) {
            flags = set.flags
            keyType = set.key.concatenated
            keyLength = UInt32(set.key.keyLength)
            dataType = set.value.isEmpty ? 0 : set.value == [.verdict] ? 0xFFFF_FF00 : set.value.concatenated
        }

        init(_ attributes: NetlinkAttributes) {
            // NFT_SET_ANONYMOUS, CONSTANT and so on stay: such a set is none of ours.
            flags = attributes.bigEndian(Int(NFTA_SET_FLAGS.rawValue)) ?? 0
            keyType = attributes.bigEndian(Int(NFTA_SET_KEY_TYPE.rawValue)) ?? 0
            keyLength = attributes.bigEndian(Int(NFTA_SET_KEY_LEN.rawValue)) ?? 0
            dataType = attributes.bigEndian(Int(NFTA_SET_DATA_TYPE.rawValue)) ?? 0
        }
    }

    var chains: [String: Chain] = [:]
    var sets: [String: Shape] = [:]
    /// The elements of the sets that are as wanted.
    public internal(set) var elements: [String: Set<NFTablesElement>] = [:]

    init() {}

    /// What a table is after a change that made it so: what is not wanted went away with it, but for the user's rules.
    mutating func take(_ table: NFTablesTable) {
        let before = chains
        chains = [:]
        sets = [:]
        elements = [:]
        for chain in table.chains {
            if chain.isUsers, let users = before[chain.name] {
                chains[chain.name] = users
                continue
            }
            chains[chain.name] = Chain(hook: chain.hook, rules: chain.rules.map(\.fingerprint))
        }
        for set in table.sets {
            sets[set.name] = Shape(set)
            elements[set.name] = table.elements[set.name] ?? []
        }
    }
}

extension NFTablesHook {
    /// Reads NFTA_CHAIN_HOOK and its kind; nil for a regular chain, or for one of a kind that is never ours.
    init?(_ chain: NetlinkAttributes) {
        let hook = chain.nested(Int(NFTA_CHAIN_HOOK.rawValue))
        guard let kind = Kind(rawValue: chain.text(Int(NFTA_CHAIN_TYPE.rawValue)) ?? ""),
            let point = Point(rawValue: hook.bigEndian(Int(NFTA_HOOK_HOOKNUM.rawValue)) ?? .max),
            let priority: UInt32 = hook.bigEndian(Int(NFTA_HOOK_PRIORITY.rawValue))
        else { return nil }
        self.init(kind, point, priority: Int32(bitPattern: priority))
    }
}

extension NFTablesElement {
    /// Reads an element; nil where it cannot be one of this set.
    init?(_ attributes: NetlinkAttributes, _ set: NFTablesSet) {
        func data(_ type: Int) -> [UInt8]? {
            attributes[type] == nil
                ? nil : Array(attributes.nested(type)[Int(NFTA_DATA_VALUE.rawValue)] ?? [])
        }
        guard let start = data(Int(NFTA_SET_ELEM_KEY.rawValue)),
            let key = Self.values(set.key, start, last: data(Int(NFTA_SET_ELEM_KEY_END.rawValue)))
        else { return nil }
        self.key = key
        comment = NFTablesUserData.text(
            NFTablesUserData.read(attributes[Int(NFTA_SET_ELEM_USERDATA.rawValue)])[NFTablesUserData.comment])
        if set.value.isEmpty {
            value = .none
        } else if set.value == [.verdict] {
            let nested = attributes.nested(Int(NFTA_SET_ELEM_DATA.rawValue)).nested(Int(NFTA_DATA_VERDICT.rawValue))
            guard let verdict = NFTablesVerdict(nested) else { return nil }
            value = .verdict(verdict)
        } else {
            guard let bytes = data(Int(NFTA_SET_ELEM_DATA.rawValue)),
                let values = Self.values(set.value, bytes, last: nil)
            else { return nil }
            value = .values(values)
        }
    }

    private static func values(
        _ types: [NFTablesDataType], _ bytes: [UInt8], last: [UInt8]?
    ) -> [NFTablesValue]? {
        var values: [NFTablesValue] = []
        var offset = 0
        for type in types {
            let end = last.map { Array($0.dropFirst(offset)) }
            guard let value = NFTablesValue(type, Array(bytes.dropFirst(offset)), last: end) else { return nil }
            values.append(value)
            offset += type.paddedLength
        }
        return values
    }
}
