import CLinux
import Netlink

/// Writes a rule's expressions (NFTA_RULE_EXPRESSIONS of `<linux/netfilter/nf_tables.h>`). Every part of a rule begins
/// with the first register; a concatenation takes one after another.
struct NFTablesExpressionWriter {
    private(set) var payload = NetlinkPayload()

    /// NFT_REG32_00, and so on.
    private static func register(_ index: Int) -> UInt32 { UInt32(NFT_REG32_00.rawValue) + UInt32(index) }

    mutating func write(_ statement: NFTablesStatement) {
        switch statement {
        case .match(let field, let value): compare(field, value, equal: true)
        case .matchNot(let field, let value): compare(field, value, equal: false)
        case .inSet(let fields, let set): lookup(fields, set)
        case .notInSet(let fields, let set): lookup(fields, set, inverted: true)
        case .verdictMap(let fields, let map): lookup(fields, map, into: UInt32(NFT_REG_VERDICT.rawValue))
        case .verdict(let verdict):
            expression("immediate") {
                $0.put(NFTA_IMMEDIATE_DREG, UInt32(NFT_REG_VERDICT.rawValue))
                $0.nest(NFTA_IMMEDIATE_DATA) { $0.putVerdict(verdict) }
            }
        case .counter: expression("counter") { _ in }
        case .setPort(let field, let port, let isTCP): setPort(field, port, isTCP: isTCP)
        case .destinationNAT(let fields, let map, let isIPv6):
            lookup(fields, map, into: Self.register(0))
            nat(NFT_NAT_DNAT.rawValue, isIPv6: isIPv6, port: Self.register(isIPv6 ? 4 : 1))
        case .sourceNAT(let fields, let map, let isIPv6):
            lookup(fields, map, into: Self.register(0))
            nat(NFT_NAT_SNAT.rawValue, isIPv6: isIPv6, port: nil)
        case .masquerade: expression("masq") { _ in }
        case .redirect(let port):
            immediate(NFTablesValue.port(port).bytes)
            expression("redir") { $0.put(NFTA_REDIR_REG_PROTO_MIN, Self.register(0)) }
        case .reject:
            expression("reject") {
                $0.put(NFTA_REJECT_TYPE, UInt32(NFT_REJECT_ICMPX_UNREACH.rawValue))
                $0.put(Int(NFTA_REJECT_ICMP_CODE.rawValue), [UInt8(NFT_REJECT_ICMPX_PORT_UNREACH.rawValue)])
            }
        }
    }

    private mutating func expression(_ name: String, _ body: (inout NetlinkPayload) -> Void) {
        payload.nest(Int(NFTA_LIST_ELEM.rawValue), marked: true) {
            $0.put(Int(NFTA_EXPR_NAME.rawValue), text: name)
            $0.nest(NFTA_EXPR_DATA, body)
        }
    }

    private mutating func load(_ field: NFTablesField, into index: Int = 0) {
        let register = Self.register(index)
        if let place = field.place {
            expression("payload") {
                $0.put(NFTA_PAYLOAD_DREG, register)
                $0.put(NFTA_PAYLOAD_BASE, place.base)
                $0.put(NFTA_PAYLOAD_OFFSET, place.offset)
                $0.put(NFTA_PAYLOAD_LEN, UInt32(field.type.length))
            }
            return
        }
        switch field {
        case .connectionState, .connectionStatus:
            let key = field == .connectionState ? NFT_CT_STATE : NFT_CT_STATUS
            expression("ct") {
                $0.put(NFTA_CT_DREG, register)
                $0.put(NFTA_CT_KEY, UInt32(key.rawValue))
            }
        case .destinationType:
            expression("fib") {
                $0.put(NFTA_FIB_DREG, register)
                $0.put(NFTA_FIB_RESULT, UInt32(NFT_FIB_RESULT_ADDRTYPE.rawValue))
                $0.put(NFTA_FIB_FLAGS, UInt32(NFTA_FIB_F_DADDR.rawValue))
            }
        default:
            let key =
                switch field {
                case .outputInterface: NFT_META_OIFNAME
                case .packetProtocol: NFT_META_PROTOCOL
                case .transportProtocol: NFT_META_L4PROTO
                default: NFT_META_IIFNAME
                }
            expression("meta") {
                $0.put(NFTA_META_DREG, register)
                $0.put(NFTA_META_KEY, UInt32(key.rawValue))
            }
        }
    }

    private mutating func compare(_ field: NFTablesField, _ value: NFTablesValue, equal: Bool) {
        load(field)
        let register = Self.register(0)
        if let mask = value.mask {
            expression("bitwise") {
                $0.put(NFTA_BITWISE_SREG, register)
                $0.put(NFTA_BITWISE_DREG, register)
                $0.put(NFTA_BITWISE_LEN, UInt32(mask.count))
                $0.nest(NFTA_BITWISE_MASK) { $0.putValue(mask) }
                $0.nest(NFTA_BITWISE_XOR) { $0.putValue([UInt8](repeating: 0, count: mask.count)) }
            }
        }
        // Of bits any counts: the masked value is not zero.
        let wanted = value.isBitSet ? [UInt8](repeating: 0, count: 4) : value.bytes
        let isEqual = equal != value.isBitSet
        expression("cmp") {
            $0.put(NFTA_CMP_SREG, register)
            $0.put(NFTA_CMP_OP, UInt32((isEqual ? NFT_CMP_EQ : NFT_CMP_NEQ).rawValue))
            $0.nest(NFTA_CMP_DATA) { $0.putValue(wanted) }
        }
    }

    private mutating func lookup(
        _ fields: [NFTablesField], _ set: String, into destination: UInt32? = nil, inverted: Bool = false
    ) {
        var index = 0
        for field in fields {
            load(field, into: index)
            index += field.type.paddedLength / 4
        }
        expression("lookup") {
            $0.put(Int(NFTA_LOOKUP_SET.rawValue), text: set)
            $0.put(NFTA_LOOKUP_SREG, Self.register(0))
            if let destination { $0.put(NFTA_LOOKUP_DREG, destination) }
            if inverted { $0.put(NFTA_LOOKUP_FLAGS, UInt32(NFT_LOOKUP_F_INV.rawValue)) }
        }
    }

    private mutating func immediate(_ bytes: [UInt8]) {
        expression("immediate") {
            $0.put(NFTA_IMMEDIATE_DREG, Self.register(0))
            $0.nest(NFTA_IMMEDIATE_DATA) { $0.putValue(bytes) }
        }
    }

    private mutating func setPort(_ field: NFTablesField, _ port: UInt16, isTCP: Bool) {
        immediate(NFTablesValue.port(port).bytes)
        expression("payload") {
            $0.put(NFTA_PAYLOAD_SREG, Self.register(0))
            $0.put(NFTA_PAYLOAD_BASE, UInt32(NFT_PAYLOAD_TRANSPORT_HEADER.rawValue))
            $0.put(NFTA_PAYLOAD_OFFSET, field == .sourcePort ? 0 : 2)
            $0.put(NFTA_PAYLOAD_LEN, 2)
            $0.put(NFTA_PAYLOAD_CSUM_TYPE, UInt32(NFT_PAYLOAD_CSUM_INET.rawValue))
            // Where TCP and UDP have their checksum.
            $0.put(NFTA_PAYLOAD_CSUM_OFFSET, isTCP ? 16 : 6)
        }
    }

    private mutating func nat(_ kind: UInt32, isIPv6: Bool, port: UInt32?) {
        expression("nat") {
            $0.put(NFTA_NAT_TYPE, kind)
            $0.put(NFTA_NAT_FAMILY, UInt32((isIPv6 ? NFTablesFamily.ip6 : .ip).rawValue))
            $0.put(NFTA_NAT_REG_ADDR_MIN, Self.register(0))
            if let port { $0.put(NFTA_NAT_REG_PROTO_MIN, port) }
        }
    }
}

extension NetlinkPayload {
    /// A number as nfnetlink has it: 32 bits in network byte order.
    mutating func put<Attribute: RawRepresentable<UInt32>>(_ type: Attribute, _ number: UInt32) {
        put(Int(type.rawValue), bigEndian: number)
    }

    /// An attribute that holds attributes, marked so.
    mutating func nest<Attribute: RawRepresentable<UInt32>>(
        _ type: Attribute, _ body: (inout NetlinkPayload) -> Void
    ) {
        nest(Int(type.rawValue), marked: true, body)
    }

    /// NFTA_DATA_VALUE.
    mutating func putValue(_ bytes: [UInt8]) { put(Int(NFTA_DATA_VALUE.rawValue), bytes) }

    /// NFTA_DATA_VERDICT: NF_DROP, NF_ACCEPT, or one of nftables' own negative codes.
    mutating func putVerdict(_ verdict: NFTablesVerdict) {
        nest(NFTA_DATA_VERDICT) {
            let (code, chain): (Int32, String?) =
                switch verdict {
                case .drop: (0, nil)
                case .accept: (1, nil)
                case .jump(let chain): (NFT_JUMP.rawValue, chain)
                case .goto(let chain): (NFT_GOTO.rawValue, chain)
                case .return: (NFT_RETURN.rawValue, nil)
                }
            $0.put(NFTA_VERDICT_CODE, UInt32(bitPattern: code))
            if let chain { $0.put(Int(NFTA_VERDICT_CHAIN.rawValue), text: chain) }
        }
    }
}

extension NFTablesVerdict {
    /// Reads NFTA_DATA_VERDICT.
    init?(_ attributes: NetlinkAttributes) {
        guard let code: UInt32 = attributes.bigEndian(Int(NFTA_VERDICT_CODE.rawValue)) else { return nil }
        let chain = attributes.text(Int(NFTA_VERDICT_CHAIN.rawValue)) ?? ""
        switch Int32(bitPattern: code) {
        case 0: self = .drop
        case 1: self = .accept
        case NFT_JUMP.rawValue: self = .jump(chain)
        case NFT_GOTO.rawValue: self = .goto(chain)
        case NFT_RETURN.rawValue: self = .return
        default: return nil
        }
    }
}
