import Glibc

/// Writes tar archives that can hold all that a file system has: "ustar" headers, and POSIX.1-2001's extended headers
/// before those members whose names, numbers or attributes do not fit.
struct ArchiveWriter {
    private let write: ([UInt8]) throws(ImageError) -> Void
    private var padding = 0

    /// Writes through `write`, piece by piece.
    init(write: @escaping ([UInt8]) throws(ImageError) -> Void) {
        self.write = write
    }

    /// Begins a member; for a file, exactly `entry.size` bytes of content must follow through `content`.
    mutating func begin(_ entry: ArchiveEntry) throws(ImageError) {
        try finishMember()
        let (type, target) = Self.type(entry.kind)
        let size = entry.kind == .file ? entry.size : 0
        let records = Self.extendedRecords(entry, target: target, size: size)
        if !records.isEmpty {
            let content = records.flatMap { Self.record($0.key, $0.value) }
            try write(
                Self.header(
                    name: Array("PaxHeaders.0/".utf8) + Self.cut(entry.name, to: 80), type: UInt8(ascii: "x"),
                    size: Int64(content.count), mode: 0o644, user: 0, group: 0, time: 0, target: [], device: 0))
            try write(content + Self.filling(content.count))
        }
        try write(
            Self.header(
                name: Self.cut(entry.name, to: 100), type: type, size: size, mode: entry.mode, user: entry.user,
                group: entry.group, time: Int64(entry.modified.tv_sec), target: Self.cut(target, to: 100),
                device: entry.device))
        padding = Int((512 - size % 512) % 512)
    }

    /// Begins a member of root's, without attributes.
    ///
    /// - Parameter time: change time in Unix seconds.
    mutating func begin(
        _ name: String, kind: ArchiveEntry.Kind, size: Int64 = 0, mode: UInt32 = 0o644, time: Int64
    ) throws(ImageError) {
        try begin(
            ArchiveEntry(
                name: Array(name.utf8), kind: kind, size: size, mode: mode, user: 0, group: 0,
                modified: timespec(tv_sec: Int(time), tv_nsec: 0), device: 0, attributes: []))
    }

    /// A whole file of root's.
    mutating func file(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644, time: Int64) throws(ImageError) {
        try begin(name, kind: .file, size: Int64(bytes.count), mode: mode, time: time)
        try content(bytes)
    }

    /// Content of the present member.
    func content(_ bytes: [UInt8]) throws(ImageError) {
        try write(bytes)
    }

    /// Ends the archive.
    mutating func finish() throws(ImageError) {
        try finishMember()
        try write([UInt8](repeating: 0, count: 1024))
    }

    private mutating func finishMember() throws(ImageError) {
        if padding > 0 { try write([UInt8](repeating: 0, count: padding)) }
        padding = 0
    }

    // MARK: Headers

    private static func type(_ kind: ArchiveEntry.Kind) -> (UInt8, [UInt8]) {
        switch kind {
        case .file, .other: (UInt8(ascii: "0"), [])
        case .hardLink(let target): (UInt8(ascii: "1"), target)
        case .symbolicLink(let target): (UInt8(ascii: "2"), target)
        case .characterDevice: (UInt8(ascii: "3"), [])
        case .blockDevice: (UInt8(ascii: "4"), [])
        case .directory: (UInt8(ascii: "5"), [])
        case .fifo: (UInt8(ascii: "6"), [])
        }
    }

    /// What does not fit into the header itself.
    private static func extendedRecords(
        _ entry: ArchiveEntry, target: [UInt8], size: Int64
    ) -> [(key: String, value: [UInt8])] {
        func digits(_ number: Int64) -> [UInt8] { Array(String(number).utf8) }
        var records: [(key: String, value: [UInt8])] = []
        if entry.name.count > 100 || !entry.name.allSatisfy({ $0 < 0x80 }) { records.append(("path", entry.name)) }
        if target.count > 100 || !target.allSatisfy({ $0 < 0x80 }) { records.append(("linkpath", target)) }
        if size >= 1 << 33 { records.append(("size", digits(size))) }
        if entry.user >= 1 << 21 { records.append(("uid", digits(entry.user))) }
        if entry.group >= 1 << 21 { records.append(("gid", digits(entry.group))) }
        let seconds = Int64(entry.modified.tv_sec)
        if entry.modified.tv_nsec != 0 || seconds < 0 || seconds >= 1 << 33 {
            records.append(("mtime", Array(time(seconds, entry.modified.tv_nsec).utf8)))
        }
        for (name, value) in entry.attributes { records.append(("SCHILY.xattr." + name, value)) }
        return records
    }

    /// Seconds with a fraction; nanoseconds count upwards from the second.
    private static func time(_ seconds: Int64, _ nanoseconds: Int) -> String {
        if nanoseconds == 0 { return "\(seconds)" }
        let isNegative = seconds < 0
        let whole = isNegative ? -(seconds + 1) : seconds
        var fraction = String((isNegative ? 1_000_000_000 - nanoseconds : nanoseconds) + 1_000_000_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return (isNegative ? "-" : "") + "\(whole).\(fraction)"
    }

    /// `length key=value\n`, where the length counts itself.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [10]
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        return Array(String(length).utf8) + rest
    }

    private static func cut(_ bytes: [UInt8], to length: Int) -> [UInt8] { Array(bytes.prefix(length)) }

    private static func filling(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: (512 - count % 512) % 512) }

    private static func header(
        name: [UInt8], type: UInt8, size: Int64, mode: UInt32, user: Int64, group: Int64, time: Int64,
        target: [UInt8], device: UInt64
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func place(_ bytes: some Collection<UInt8>, at offset: Int) {
            header.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
        /// What does not fit is in the extended header, and stands as 0 here.
        func number(_ value: Int64, at offset: Int, digits: Int) {
            let text = String(value, radix: 8)
            let fits = value >= 0 && text.utf8.count <= digits
            place((fits ? String(repeating: "0", count: digits - text.utf8.count) + text : "0").utf8, at: offset)
        }
        place(name, at: 0)
        number(Int64(mode), at: 100, digits: 7)
        number(user, at: 108, digits: 7)
        number(group, at: 116, digits: 7)
        number(size, at: 124, digits: 11)
        number(time, at: 136, digits: 11)
        place("        ".utf8, at: 148)
        header[156] = type
        place(target, at: 157)
        place("ustar\u{0}00".utf8, at: 257)
        if device != 0 {
            number(Int64((device >> 8 & 0xfff) | (device >> 32 & 0xffff_f000)), at: 329, digits: 7)
            number(Int64((device & 0xff) | (device >> 12 & 0xffff_ff00)), at: 337, digits: 7)
        }
        let sum = header.reduce(0) { $0 + Int64($1) }
        number(sum, at: 148, digits: 6)
        header[154] = 0
        return header
    }
}
