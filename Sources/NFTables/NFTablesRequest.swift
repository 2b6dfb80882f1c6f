import CLinux
public import Netlink

/// The requests of nftables (NFT_MSG_* of `<linux/netfilter/nf_tables.h>`). They go into a batch, all but the lists.
public enum NFTablesRequest {
    /// NFNL_SUBSYS_NFTABLES.
    static let subsystem: UInt16 = 10

    /// Makes a table; one that is there stays.
    public static func add(_ table: NFTablesTable) -> NetlinkRequest {
        request("add table \(table.title)", NFT_MSG_NEWTABLE, table, flags: NLM_F_CREATE) {
            $0.put(Int(NFTA_TABLE_NAME.rawValue), text: table.name)
            $0.put(NFTA_TABLE_FLAGS, 0)
            put(comment: table.comment, NFTA_TABLE_USERDATA, &$0)
        }
    }

    /// Deletes a table with all that is in it.
    public static func delete(_ table: NFTablesTable) -> NetlinkRequest {
        request("delete table \(table.title)", NFT_MSG_DELTABLE, table) {
            $0.put(Int(NFTA_TABLE_NAME.rawValue), text: table.name)
        }
    }

    static func add(_ chain: NFTablesChain, _ table: NFTablesTable) -> NetlinkRequest {
        request("add \(chain.text) to \(table.title)", NFT_MSG_NEWCHAIN, table, flags: NLM_F_CREATE) {
            $0.put(Int(NFTA_CHAIN_TABLE.rawValue), text: table.name)
            $0.put(Int(NFTA_CHAIN_NAME.rawValue), text: chain.name)
            if let hook = chain.hook {
                $0.nest(NFTA_CHAIN_HOOK) {
                    $0.put(NFTA_HOOK_HOOKNUM, hook.point.rawValue)
                    $0.put(NFTA_HOOK_PRIORITY, UInt32(bitPattern: hook.priority))
                }
                // NF_ACCEPT
                $0.put(NFTA_CHAIN_POLICY, 1)
                $0.put(Int(NFTA_CHAIN_TYPE.rawValue), text: hook.kind.rawValue)
            }
            put(comment: chain.comment, NFTA_CHAIN_USERDATA, &$0)
        }
    }

    static func delete(chain: String, _ table: NFTablesTable) -> NetlinkRequest {
        request("delete chain \(table.title) \(chain)", NFT_MSG_DELCHAIN, table) {
            $0.put(Int(NFTA_CHAIN_TABLE.rawValue), text: table.name)
            $0.put(Int(NFTA_CHAIN_NAME.rawValue), text: chain)
        }
    }

    /// Deletes all rules of a chain.
    static func flush(chain: String, _ table: NFTablesTable) -> NetlinkRequest {
        request("flush chain \(table.title) \(chain)", NFT_MSG_DELRULE, table) {
            $0.put(Int(NFTA_RULE_TABLE.rawValue), text: table.name)
            $0.put(Int(NFTA_RULE_CHAIN.rawValue), text: chain)
        }
    }

    static func add(_ rule: NFTablesRule, chain: String, _ table: NFTablesTable) -> NetlinkRequest {
        request(
            "add rule \(table.title) \(chain) \(rule)", NFT_MSG_NEWRULE, table, flags: NLM_F_CREATE | NLM_F_APPEND
        ) {
            $0.put(Int(NFTA_RULE_TABLE.rawValue), text: table.name)
            $0.put(Int(NFTA_RULE_CHAIN.rawValue), text: chain)
            var writer = NFTablesExpressionWriter()
            for statement in rule.statements { writer.write(statement) }
            $0.put(Int(NFTA_RULE_EXPRESSIONS.rawValue) | Int(NLA_F_NESTED), writer.payload.bytes)
            var data = NFTablesUserData()
            data.put(NFTablesUserData.comment, text: rule.comment)
            data.put(
                NFTablesUserData.fingerprint,
                (0..<8).map { UInt8(truncatingIfNeeded: rule.fingerprint >> (8 * UInt64($0))) })
            $0.put(Int(NFTA_RULE_USERDATA.rawValue), data.bytes)
        }
    }

    static func add(_ set: NFTablesSet, _ table: NFTablesTable, id: UInt32) -> NetlinkRequest {
        request("add \(set.text) to \(table.title)", NFT_MSG_NEWSET, table, flags: NLM_F_CREATE) {
            $0.put(Int(NFTA_SET_TABLE.rawValue), text: table.name)
            $0.put(Int(NFTA_SET_NAME.rawValue), text: set.name)
            $0.put(NFTA_SET_FLAGS, set.flags)
            $0.put(NFTA_SET_KEY_TYPE, set.key.concatenated)
            $0.put(NFTA_SET_KEY_LEN, UInt32(set.key.keyLength))
            if set.value == [.verdict] {
                // NFT_DATA_VERDICT
                $0.put(NFTA_SET_DATA_TYPE, 0xFFFF_FF00)
                $0.put(NFTA_SET_DATA_LEN, 16)
            } else if !set.value.isEmpty {
                $0.put(NFTA_SET_DATA_TYPE, set.value.concatenated)
                $0.put(NFTA_SET_DATA_LEN, UInt32(set.value.keyLength))
            }
            $0.put(NFTA_SET_ID, id)
            if set.hasIntervals {
                $0.nest(NFTA_SET_DESC) {
                    $0.nest(NFTA_SET_DESC_CONCAT) {
                        for part in set.key {
                            $0.nest(NFTA_LIST_ELEM) { $0.put(NFTA_SET_FIELD_LEN, UInt32(part.length)) }
                        }
                    }
                }
            }
            $0.put(Int(NFTA_SET_USERDATA.rawValue), set.userData)
        }
    }

    static func delete(set: String, _ table: NFTablesTable) -> NetlinkRequest {
        request("delete set \(table.title) \(set)", NFT_MSG_DELSET, table) {
            $0.put(Int(NFTA_SET_TABLE.rawValue), text: table.name)
            $0.put(Int(NFTA_SET_NAME.rawValue), text: set)
        }
    }

    /// Adds or deletes elements. They are spread over as many requests as their size needs: an attribute holds 64 KiB.
    static func elements(
        _ elements: [NFTablesElement], _ set: NFTablesSet, _ table: NFTablesTable, isAddition: Bool
    ) -> [NetlinkRequest] {
        stride(from: 0, to: elements.count, by: 200).map { start in
            let part = elements[start..<Swift.min(start + 200, elements.count)]
            let list = part.prefix(3).map(\.description).joined(separator: ", ") + (part.count > 3 ? ", …" : "")
            return request(
                "\(isAddition ? "add" : "delete") element \(table.title) \(set.name) { \(list) }",
                isAddition ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, table, flags: isAddition ? NLM_F_CREATE : 0
            ) {
                $0.put(Int(NFTA_SET_ELEM_LIST_TABLE.rawValue), text: table.name)
                $0.put(Int(NFTA_SET_ELEM_LIST_SET.rawValue), text: set.name)
                $0.nest(NFTA_SET_ELEM_LIST_ELEMENTS) {
                    for element in part { $0.nest(NFTA_LIST_ELEM) { put(element, set, isAddition, &$0) } }
                }
            }
        }
    }

    private static func put(
        _ element: NFTablesElement, _ set: NFTablesSet, _ isAddition: Bool, _ payload: inout NetlinkPayload
    ) {
        payload.nest(NFTA_SET_ELEM_KEY) { $0.putValue(element.key.joined(\.bytes)) }
        if set.hasIntervals { payload.nest(NFTA_SET_ELEM_KEY_END) { $0.putValue(element.key.joined(\.lastBytes)) } }
        if !isAddition { return }
        switch element.value {
        case .none: break
        case .values(let values): payload.nest(NFTA_SET_ELEM_DATA) { $0.putValue(values.joined(\.bytes)) }
        case .verdict(let verdict): payload.nest(NFTA_SET_ELEM_DATA) { $0.putVerdict(verdict) }
        }
        put(comment: element.comment, NFTA_SET_ELEM_USERDATA, &payload)
    }

    private static func put<Attribute: RawRepresentable<UInt32>>(
        comment: String, _ type: Attribute, _ payload: inout NetlinkPayload
    ) {
        if comment.isEmpty { return }
        var data = NFTablesUserData()
        data.put(NFTablesUserData.comment, text: comment)
        payload.put(Int(type.rawValue), data.bytes)
    }

    /// A request with its fixed header, struct nfgenmsg.
    static func request<Kind: RawRepresentable<UInt32>>(
        _ purpose: String, _ kind: Kind, _ table: NFTablesTable, flags: Int32 = 0,
        _ body: (inout NetlinkPayload) -> Void
    ) -> NetlinkRequest {
        var payload = NetlinkPayload()
        payload.header(table.family.rawValue)
        payload.header(UInt8(0))
        payload.header(UInt16(0))
        body(&payload)
        return NetlinkRequest(
            purpose, type: subsystem << 8 | UInt16(kind.rawValue), flags: UInt16(flags), payload: payload.bytes)
    }
}

extension NFTablesSet {
    /// NFT_SET_*.
    var flags: UInt32 {
        var flags: UInt32 = 0
        if hasIntervals { flags |= UInt32(NFT_SET_INTERVAL.rawValue | NFT_SET_CONCAT.rawValue) }
        if !value.isEmpty { flags |= UInt32(NFT_SET_MAP.rawValue) }
        return flags
    }

    var userData: [UInt8] {
        var data = NFTablesUserData()
        func order(_ types: [NFTablesDataType]) -> [UInt8] {
            NFTablesValue.native(types.count == 1 && types[0].isHostOrder ? 1 : 2)
        }
        data.put(NFTablesUserData.keyByteOrder, order(key))
        if !value.isEmpty, value != [.verdict] { data.put(NFTablesUserData.dataByteOrder, order(value)) }
        data.put(NFTablesUserData.setComment, text: comment)
        return data.bytes
    }
}

extension [NFTablesValue] {
    /// The bytes of a concatenation: every part fills whole registers. A single value is not padded.
    func joined(_ bytes: (NFTablesValue) -> [UInt8]) -> [UInt8] {
        if count == 1 { return bytes(self[0]) }
        return flatMap { part in
            let own = bytes(part)
            return NFTablesValue.padded(own, to: (own.count + 3) & ~3)
        }
    }
}
