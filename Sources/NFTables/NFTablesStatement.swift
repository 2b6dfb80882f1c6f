/// What becomes of a packet.
public enum NFTablesVerdict: Sendable, Hashable, CustomStringConvertible {
    /// This base chain is done with it; others may still drop it.
    case accept
    /// It is gone.
    case drop
    /// Back to the chain that jumped here.
    case `return`
    /// On in another chain, and back.
    case jump(String)
    /// On in another chain, for good.
    case goto(String)

    /// As nft(8) writes it.
    public var description: String {
        switch self {
        case .accept: "accept"
        case .drop: "drop"
        case .return: "return"
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        }
    }
}

/// One part of a rule, in nft's words a match or a statement. A rule's parts are worked off in order; the first match
/// that fails ends the rule.
public enum NFTablesStatement: Sendable, Hashable, CustomStringConvertible {
    /// The field has the value; a prefix or bits by their mask.
    case match(NFTablesField, NFTablesValue)
    /// The field has another value.
    case matchNot(NFTablesField, NFTablesValue)
    /// The fields are in a set of the same table.
    case inSet([NFTablesField], String)
    /// The fields are not in it.
    case notInSet([NFTablesField], String)
    /// What a verdict map says for the fields; on to the next part where it says nothing.
    case verdictMap([NFTablesField], String)
    /// A verdict.
    case verdict(NFTablesVerdict)
    /// Counts packets and bytes.
    case counter
    /// Writes a port, and TCP's or UDP's checksum with it. No connection tracking.
    case setPort(NFTablesField, UInt16, isTCP: Bool)
    /// Translates the destination to the address and port that a map has for the fields.
    case destinationNAT([NFTablesField], map: String, isIPv6: Bool)
    /// Translates the source to the address that a map has for the fields.
    case sourceNAT([NFTablesField], map: String, isIPv6: Bool)
    /// Translates the source to the address of the interface that the packet leaves by.
    case masquerade
    /// Translates the destination to this host, at a port.
    case redirect(UInt16)
    /// Refuses with an ICMP error, port unreachable; for tables `inet` and `bridge`, and IPv4 and IPv6 alike.
    case reject

    /// As nft(8) writes it.
    public var description: String {
        switch self {
        case .match(let field, let value): "\(field) \(value)"
        case .matchNot(let field, let value): "\(field) != \(value)"
        case .inSet(let fields, let set): "\(fields.text) @\(set)"
        case .notInSet(let fields, let set): "\(fields.text) != @\(set)"
        case .verdictMap(let fields, let map): "\(fields.text) vmap @\(map)"
        case .verdict(let verdict): verdict.description
        case .counter: "counter"
        case .setPort(let field, let port, let isTCP):
            "\(isTCP ? "tcp" : "udp") \(field == .sourcePort ? "sport" : "dport") set \(port)"
        case .destinationNAT(let fields, let map, let isIPv6):
            "dnat \(isIPv6 ? "ip6" : "ip") to \(fields.text) map @\(map)"
        case .sourceNAT(let fields, let map, let isIPv6):
            "snat \(isIPv6 ? "ip6" : "ip") to \(fields.text) map @\(map)"
        case .masquerade: "masquerade"
        case .redirect(let port): "redirect to :\(port)"
        case .reject: "reject"
        }
    }
}
