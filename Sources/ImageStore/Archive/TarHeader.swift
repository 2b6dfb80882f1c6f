/// One 512-byte header of a tar archive (POSIX.1-1988 "ustar", GNU tar, and the seventh edition's).
struct TarHeader {
    let bytes: [UInt8]

    static let size = 512

    /// Checks the header's sum.
    ///
    /// - Throws: `.invalid` where this is no header.
    init(_ bytes: [UInt8]) throws(ImageError) {
        self.bytes = bytes
        var unsigned = 0
        var signed = 0
        for (index, byte) in bytes.enumerated() {
            // The sum counts itself as blanks; some old writers summed signed bytes.
            let value = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            unsigned += Int(value)
            signed += Int(Int8(bitPattern: value))
        }
        let sum = number(148, 8)
        guard let sum, sum == Int64(unsigned) || sum == Int64(signed) else {
            throw .archive("the archive is no tar archive, or damaged: invalid tar header")
        }
    }

    /// A block that is read like a header but has no sum.
    init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The member's sort.
    var type: UInt8 { bytes[156] }
    /// GNU tar's own format: what follows the names differs from POSIX.
    var isGNU: Bool { bytes[257..<265].elementsEqual("ustar  \0".utf8) }
    var isPOSIX: Bool { bytes[257..<263].elementsEqual("ustar\0".utf8) }
    var target: [UInt8] { text(157, 100) }

    /// The name, with POSIX' second part before it.
    var name: [UInt8] {
        let name = text(0, 100)
        let prefix = isPOSIX ? text(345, 155) : []
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    /// The bytes of a field up to the first NUL.
    func text(_ offset: Int, _ length: Int) -> [UInt8] {
        Array(bytes[offset..<(offset + length)].prefix { $0 != 0 })
    }

    /// A number in octal digits, or in GNU tar's base 256 where the first bit is set; nil where it is neither or does
    /// not fit.
    func number(_ offset: Int, _ length: Int) -> Int64? {
        let field = bytes[offset..<(offset + length)]
        if let first = field.first, first & 0x80 != 0 {
            let isNegative = first & 0x40 != 0
            var value: Int64 = isNegative ? -1 : 0
            for (index, byte) in field.enumerated() {
                let byte = index == 0 && !isNegative ? byte & 0x7f : byte
                let (product, overflow) = value.multipliedReportingOverflow(by: 256)
                if overflow { return nil }
                value = product | Int64(byte)
            }
            return value
        }
        var value: Int64 = 0
        let digits = field.drop { $0 == UInt8(ascii: " ") || $0 == 0 }.prefix { $0 != UInt8(ascii: " ") && $0 != 0 }
        for digit in digits {
            guard (48...55).contains(digit) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 8)
            if overflow { return nil }
            value = product + Int64(digit - 48)
        }
        return value
    }
}

/// Extended headers of POSIX.1-2001 ("pax"): records that replace fields of the next header, or of all that follow.
struct ExtendedHeader {
    private(set) var records: [(key: String, value: [UInt8])] = []

    /// Takes in the records of a header's content: `length key=value\n`.
    mutating func add(_ content: [UInt8]) throws(ImageError) {
        let malformed = ImageError.archive("the archive is damaged: malformed extended header")
        var rest = content[...]
        while let first = rest.first, first != 0 {
            guard let blank = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
                length > blank - rest.startIndex + 1, length <= rest.count
            else { throw malformed }
            let record = rest[(blank + 1)..<(rest.startIndex + length)]
            guard record.last == 10, let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw malformed }
            let key = String(decoding: record[..<equals], as: UTF8.self)
            records.append((key, Array(record[(equals + 1)...].dropLast())))
            rest = rest.dropFirst(length)
        }
    }

    /// Adds one record.
    mutating func append(_ record: (key: String, value: [UInt8])) {
        records.append(record)
    }

    /// The last value of a key; an empty value takes back what a global header said.
    func value(_ key: String) -> [UInt8]? {
        records.last { $0.key == key }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// A whole number.
    func number(_ key: String) throws(ImageError) -> Int64? {
        guard let value = value(key) else { return nil }
        guard let number = Int64(String(decoding: value, as: UTF8.self)) else {
            throw .archive("the archive is damaged: \(key) is no number in an extended header")
        }
        return number
    }

    /// Seconds with a fraction; the fraction counts upwards from the second.
    func time(_ key: String) -> (seconds: Int64, nanoseconds: Int)? {
        guard let value = value(key) else { return nil }
        let parts = String(decoding: value, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, var seconds = Int64(whole) else { return nil }
        let digits = parts.count > 1 ? String((parts[1] + "000000000").prefix(9)) : "0"
        guard var nanoseconds = Int(digits) else { return nil }
        if whole.hasPrefix("-"), nanoseconds > 0 {
            let (earlier, overflows) = seconds.subtractingReportingOverflow(1)
            if overflows { return nil }
            seconds = earlier
            nanoseconds = 1_000_000_000 - nanoseconds
        }
        return (seconds, nanoseconds)
    }

    /// Extended attributes, in the notation that star began and all others took over.
    var attributes: [(name: String, value: [UInt8])] {
        records.compactMap { key, value in
            key.hasPrefix("SCHILY.xattr.") ? (String(key.dropFirst("SCHILY.xattr.".count)), value) : nil
        }
    }
}
