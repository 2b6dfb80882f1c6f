/// What a reply says of the question: RCODE of RFC 1035 section 4.1.1, extended by RFC 6891 section 6.1.3.
enum ResponseCode: UInt16, Sendable {
    case noError = 0
    case formatError = 1
    case serverFailure = 2
    case nameError = 3
    case notImplemented = 4
    case refused = 5
    case badVersion = 16
}

/// Types of records, RFC 1035 section 3.2.2 and after.
enum RecordType {
    static let a: UInt16 = 1
    static let pointer: UInt16 = 12
    static let aaaa: UInt16 = 28
    static let options: UInt16 = 41
    static let any: UInt16 = 255
}

/// What a client says of itself in an OPT record (RFC 6891 section 6.1).
struct ExtendedDNS: Hashable, Sendable {
    /// The largest UDP reply that it takes, in bytes.
    let udpSize: UInt16
    /// Only version 0 is known.
    let version: UInt8
    /// Whether it wants DNSSEC records (the DO bit).
    let wantsDNSSEC: Bool
}

/// A question as one client asked it.
struct Query: Sendable {
    /// The name, in lower case.
    let name: NameKey
    /// QTYPE.
    let type: UInt16
    /// QCLASS: 1 is the internet.
    let recordClass: UInt16
    /// Where the question ends in the message, in bytes from its beginning.
    let questionEnd: Int
    /// The OPT record, where there is one.
    let extended: ExtendedDNS?

    /// The largest reply for this client over UDP: 512 bytes, or what it says (RFC 6891 section 6.2.3).
    var datagramLimit: Int { max(512, Int(extended?.udpSize ?? 512)) }
}

/// What a message from a client turns out to be.
enum Inspection: Sendable {
    /// No question at all: too short, or a reply. Nothing may be sent back, or two servers would talk for ever.
    case unanswerable
    /// A question that cannot be read or is not for us; the reply is a bare header.
    case refused(ResponseCode)
    /// One question.
    case query(Query)
}

extension Inspection {
    /// Reads a message of RFC 1035 section 4. Every length and count in it may be a lie.
    ///
    /// - Parameters:
    ///   - message: the bytes; more of them may be there than came.
    ///   - count: how many bytes came.
    init(_ message: Span<UInt8>, count: Int) {
        guard count >= 12, count <= message.count, message[2] & 0x80 == 0 else {
            self = .unanswerable
            return
        }
        guard message[2] & 0x78 == 0 else {
            self = .refused(.notImplemented)
            return
        }
        guard message.number(at: 4) == 1, let query = Query(message, count: count) else {
            self = .refused(.formatError)
            return
        }
        self = .query(query)
    }
}

extension Query {
    /// Reads the question and looks through the records after it for OPT.
    fileprivate init?(_ message: Span<UInt8>, count: Int) {
        var key = NameKey()
        var cursor = 12
        while true {
            guard cursor < count else { return nil }
            let length = Int(message[cursor])
            // A pointer has nothing to point at here: the first name follows the header.
            guard length < 64, cursor + length < count, key.count + length < 255 else { return nil }
            for offset in 0...length { key.append(message[cursor + offset]) }
            cursor += length + 1
            if length == 0 { break }
        }
        guard cursor + 4 <= count else { return nil }
        name = key
        type = message.number(at: cursor)
        recordClass = message.number(at: cursor + 2)
        cursor += 4
        questionEnd = cursor

        var found: ExtendedDNS?
        let others = Int(message.number(at: 6)) + Int(message.number(at: 8))
        let records = others + Int(message.number(at: 10))
        for index in 0..<records {
            guard let fixed = message.endOfName(at: cursor, count: count), fixed + 10 <= count else { return nil }
            let isRoot = fixed == cursor + 1
            let data = fixed + 10
            cursor = data + Int(message.number(at: fixed + 8))
            guard cursor <= count else { return nil }
            guard index >= others, message.number(at: fixed) == RecordType.options else { continue }
            // RFC 6891 section 6.1.1: one at most, and owned by the root.
            guard found == nil, isRoot else { return nil }
            found = ExtendedDNS(
                udpSize: message.number(at: fixed + 2), version: message[fixed + 5],
                wantsDNSSEC: message[fixed + 6] & 0x80 != 0)
        }
        extended = found
    }
}

extension Span<UInt8> {
    /// Two bytes in network order.
    func number(at index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }

    /// Where a name that begins at `start` ends; nil where it runs out of the message. A pointer ends it and is not
    /// followed, so that none can lead in circles.
    func endOfName(at start: Int, count: Int) -> Int? {
        var cursor = start
        while cursor < count {
            let length = Int(self[cursor])
            if length == 0 { return cursor + 1 }
            if length >= 0xC0 { return cursor + 2 <= count ? cursor + 2 : nil }
            if length >= 64 { return nil }
            cursor += length + 1
        }
        return nil
    }
}
