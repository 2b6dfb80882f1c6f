/// The families of addresses that a name can have, as DNS types (RFC 1035 section 3.2.2, RFC 3596 section 2.1).
public enum RecordFamily: UInt16, Sendable, Hashable, CaseIterable {
    /// An IPv4 address.
    case a = 1
    /// An IPv6 address.
    case aaaa = 28
}
