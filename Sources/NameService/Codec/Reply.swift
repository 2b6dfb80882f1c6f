/// Writes replies over the messages that asked for them: the question stays where it is, the rest is laid behind it.
enum Reply {
    /// What this server says of itself in OPT: the longest query over UDP that it takes.
    static let ownDatagramSize: UInt16 = 4096

    /// A reply without question or records.
    ///
    /// - Returns: its length, 12 bytes.
    static func writeHeader(_ code: ResponseCode, over message: inout MutableSpan<UInt8>) -> Int {
        writeFlags(code, isTruncated: false, over: &message)
        for index in 4..<12 { message[index] = 0 }
        return 12
    }

    /// A reply that repeats the question, with as many of the records as fit.
    ///
    /// - Parameters:
    ///   - records: what answers; none is NODATA (RFC 2308 section 2.2) or an error.
    ///   - first: the number of the record to begin with; the others follow in a circle.
    ///   - limit: the reply's greatest length. Where records do not fit, TC says so (RFC 1035 section 4.1.1).
    /// - Returns: its length.
    static func write(
        _ code: ResponseCode, _ records: RecordSet = RecordSet(), first: Int = 0, to query: Query, limit: Int,
        over message: inout MutableSpan<UInt8>
    ) -> Int {
        let room = min(limit, message.count) - query.questionEnd - (query.extended == nil ? 0 : 11)
        let total = records.count
        let fitting = total == 0 ? 0 : min(total, max(0, room) / records.recordSize)
        var cursor = query.questionEnd
        for number in 0..<fitting {
            var place = (first &+ number) % total * records.recordSize
            for _ in 0..<records.recordSize {
                message[cursor] = records.bytes[place]
                cursor += 1
                place += 1
            }
        }
        writeFlags(code, isTruncated: fitting < total, over: &message)
        message.set(1, at: 4)
        message.set(UInt16(truncatingIfNeeded: fitting), at: 6)
        message.set(0, at: 8)
        message.set(query.extended == nil ? 0 : 1, at: 10)
        if let extended = query.extended {
            message[cursor] = 0
            message.set(RecordType.options, at: cursor + 1)
            message.set(ownDatagramSize, at: cursor + 3)
            // The upper eight bits of the code, version 0, the DO bit as the client set it (RFC 3225 section 3).
            message.set((code.rawValue >> 4) << 8, at: cursor + 5)
            message.set(extended.wantsDNSSEC ? 0x8000 : 0, at: cursor + 7)
            message.set(0, at: cursor + 9)
            cursor += 11
        }
        return cursor
    }

    /// QR and RA set, RD and CD as asked, AA, Z and AD off.
    private static func writeFlags(_ code: ResponseCode, isTruncated: Bool, over message: inout MutableSpan<UInt8>) {
        message[2] = 0x80 | message[2] & 0x79 | (isTruncated ? 2 : 0)
        message[3] = 0x80 | message[3] & 0x10 | UInt8(code.rawValue & 15)
    }
}

extension MutableSpan<UInt8> {
    /// Writes two bytes in network order.
    mutating func set(_ value: UInt16, at index: Int) {
        self[index] = UInt8(value >> 8)
        self[index + 1] = UInt8(value & 0xFF)
    }
}
