import IPAddressing

/// Records of one name and type, in the bytes that a reply carries them in: made once, copied for every answer.
///
/// Their owner's name is a pointer to the question (RFC 1035 section 4.1.4), so that the client sees its own spelling.
struct RecordSet: Hashable, Sendable {
    /// All records, one after the other.
    private(set) var bytes: [UInt8] = []
    /// How long one is; all have the same length.
    private(set) var recordSize = 0

    /// How many records.
    var count: Int { recordSize == 0 ? 0 : bytes.count / recordSize }

    /// How long clients may remember a record, in seconds: 600, Docker's value.
    private static let timeToLive: [UInt8] = [0, 0, 2, 88]

    /// No records.
    init() {}

    /// A or AAAA records of the addresses of one family.
    init(_ addresses: [IPAddress], family: IPFamily) {
        for address in addresses where address.family == family {
            append(type: family == .v4 ? RecordType.a : RecordType.aaaa, data: address.bytes)
        }
    }

    /// One PTR record.
    init(pointingTo name: WireName) { append(type: RecordType.pointer, data: name.bytes) }

    private mutating func append(type: UInt16, data: [UInt8]) {
        // TYPE, CLASS IN, TTL, RDLENGTH: RFC 1035 section 3.2.1. Data is 255 bytes at most.
        bytes += [0xC0, 12, UInt8(type >> 8), UInt8(type & 0xFF), 0, 1] + Self.timeToLive
        bytes += [0, UInt8(truncatingIfNeeded: data.count)] + data
        recordSize = 12 + data.count
    }
}
