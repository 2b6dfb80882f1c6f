import Glibc

/// Reads tar archives of all dialects that images are made of: POSIX ("ustar" and "pax"), GNU (long names, large
/// numbers, sparse files), and the seventh edition's.
///
/// The reading is our own, where compression is libarchive's, because names must come out byte for byte: libarchive
/// composes Unicode and depends on the process' locale.
final class TarReader {
    private let source: any ByteStream
    private var buffer: [UInt8] = []
    private var position = 0
    private var global = ExtendedHeader()
    /// Stored bytes of the present member that have not been read, and the padding behind them.
    private var left: Int64 = 0
    private var padding: Int64 = 0
    /// Where stored bytes belong; one piece for a file without holes.
    private var pieces: [SparsePiece] = []
    private var isAtEnd = false

    /// Names and extended headers above this many bytes are refused.
    private static let longest: Int64 = 1 << 20

    /// Reads from `source`, which is not compressed.
    init(_ source: any ByteStream) {
        self.source = source
    }

    /// Moves to the next member, or returns nil after the last. What is left of the present one is skipped.
    ///
    /// - Throws: `.invalid` for an archive that is damaged or ends in the middle of a member.
    func nextEntry() throws(ImageError) -> ArchiveEntry? {
        try skip(left + padding)
        left = 0
        padding = 0
        var local = ExtendedHeader()
        var longName: [UInt8]?
        var longTarget: [UInt8]?
        while !isAtEnd {
            guard let block = try headerBlock() else { break }
            let header = try TarHeader(block)
            guard let stored = header.number(124, 12), stored >= 0 else { throw Self.damaged("a size is no number") }
            switch header.type {
            case UInt8(ascii: "x"), UInt8(ascii: "X"): try local.add(try content(stored))
            case UInt8(ascii: "g"): try global.add(try content(stored))
            case UInt8(ascii: "L"): longName = Array(try content(stored).prefix { $0 != 0 })
            case UInt8(ascii: "K"): longTarget = Array(try content(stored).prefix { $0 != 0 })
            case UInt8(ascii: "V"): try skip(stored + Self.padding(stored))
            default: return try entry(header, stored, local, longName, longTarget)
            }
        }
        isAtEnd = true
        return nil
    }

    /// The next bytes of the present member and where in it they belong (holes of a sparse file are left out), or nil
    /// at its end.
    func nextBlock() throws(ImageError) -> (offset: Int64, bytes: [UInt8])? {
        while let piece = pieces.first, piece.length == 0 { pieces.removeFirst() }
        guard left > 0, let piece = pieces.first else { return nil }
        let bytes = try some(min(left, piece.length))
        left -= Int64(bytes.count)
        pieces[0].offset += Int64(bytes.count)
        pieces[0].length -= Int64(bytes.count)
        return (piece.offset, bytes)
    }

    /// The next bytes of the present member without its holes, or an empty array at its end.
    func nextPiece() throws(ImageError) -> [UInt8] {
        try nextBlock()?.bytes ?? []
    }

    // MARK: Members

    private func entry(
        _ header: TarHeader, _ stored: Int64, _ local: ExtendedHeader, _ longName: [UInt8]?, _ longTarget: [UInt8]?
    ) throws(ImageError) -> ArchiveEntry {
        var extended = global
        for record in local.records { extended.append(record) }
        func field(_ key: String, _ offset: Int, _ length: Int) throws(ImageError) -> Int64 {
            if let value = try extended.number(key) { return value }
            guard let value = header.number(offset, length) else { throw Self.damaged("\(key) is no number") }
            return value
        }
        let target = extended.value("linkpath") ?? longTarget ?? header.target
        let name = extended.value("path") ?? longName ?? header.name
        let kind: ArchiveEntry.Kind
        switch header.type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "S"):
            // Before POSIX a slash at the end was all that marked a directory.
            kind = name.last == UInt8(ascii: "/") ? .directory : .file
        case UInt8(ascii: "1"): kind = .hardLink(target)
        case UInt8(ascii: "2"): kind = .symbolicLink(target)
        case UInt8(ascii: "3"): kind = .characterDevice
        case UInt8(ascii: "4"): kind = .blockDevice
        case UInt8(ascii: "5"), UInt8(ascii: "D"): kind = .directory
        case UInt8(ascii: "6"): kind = .fifo
        default: kind = .other
        }
        // Only files have content; what old writers note as the size of a link is not there.
        var size = try extended.number("size") ?? stored
        if size < 0 { throw Self.damaged("a size is negative") }
        let hasContent = kind == .file || kind == .other || header.type == UInt8(ascii: "D")
        if !hasContent { size = 0 }
        left = size
        padding = Self.padding(size)
        pieces = [SparsePiece(offset: 0, length: size)]

        let time = extended.time("mtime") ?? (header.number(136, 12) ?? 0, 0)
        var entry = ArchiveEntry(
            name: name, kind: kind, size: size,
            mode: UInt32(truncatingIfNeeded: header.number(100, 8) ?? 0o644) & 0o7777,
            user: try field("uid", 108, 8), group: try field("gid", 116, 8),
            modified: timespec(tv_sec: Int(time.0), tv_nsec: time.1),
            device: ArchiveEntry.device(
                major: UInt64(truncatingIfNeeded: header.number(329, 8) ?? 0),
                minor: UInt64(truncatingIfNeeded: header.number(337, 8) ?? 0)),
            attributes: extended.attributes)
        if kind == .file { try readSparseMap(header, extended, &entry) }
        return entry
    }

    /// Finds out which parts of a sparse file are stored (GNU tar's manual, "Storing Sparse Files").
    private func readSparseMap(
        _ header: TarHeader, _ extended: ExtendedHeader, _ entry: inout ArchiveEntry
    ) throws(ImageError) {
        var map: SparseMap
        if header.type == UInt8(ascii: "S"), header.isGNU {
            map = SparseMap(realSize: header.number(483, 12))
            map.add(header, from: 386, count: 4)
            var more = header.bytes[482] != 0
            while more {
                let block = try exactly(Int64(TarHeader.size))
                let continuation = SparseExtension(block)
                map.pieces += continuation.pieces
                more = continuation.isContinued
                if map.pieces.count > SparseMap.mostPieces { throw Self.damaged("a sparse file has too many parts") }
            }
        } else if let major = try extended.number("GNU.sparse.major") {
            guard major == 1 else { throw Self.damaged("sparse files of version \(major) are unknown") }
            map = SparseMap(realSize: try extended.number("GNU.sparse.realsize"))
            try readMapFromContent(into: &map)
            if let name = extended.value("GNU.sparse.name") { entry.name = name }
        } else if let found = try SparseMap(extended) {
            map = found
            if let name = extended.value("GNU.sparse.name") { entry.name = name }
        } else {
            return
        }
        entry.size = try map.validated(stored: left)
        pieces = map.pieces
    }

    /// Version 1.0 keeps the map as lines of numbers before the content, filled up to a block.
    private func readMapFromContent(into map: inout SparseMap) throws(ImageError) {
        var pending: [UInt8] = []
        func number() throws(ImageError) -> Int64 {
            var value: Int64 = 0
            while true {
                if pending.isEmpty {
                    guard left >= Int64(TarHeader.size) else { throw Self.damaged("a sparse file has no map") }
                    pending = try exactly(Int64(TarHeader.size))
                    pending.reverse()
                    left -= Int64(TarHeader.size)
                }
                let byte = pending.removeLast()
                if byte == 10 { return value }
                guard (48...57).contains(byte), value < 1 << 58 else {
                    throw Self.damaged("a sparse file's map is malformed")
                }
                value = value * 10 + Int64(byte - 48)
            }
        }
        let count = try number()
        guard count <= SparseMap.mostPieces else { throw Self.damaged("a sparse file has too many parts") }
        for _ in 0..<count { map.pieces.append(SparsePiece(offset: try number(), length: try number())) }
    }

    // MARK: Bytes

    /// A header, or nil at the end: a block of zeros, or nothing more.
    private func headerBlock() throws(ImageError) -> [UInt8]? {
        try fill()
        if position == buffer.count { return nil }
        let block = try exactly(Int64(TarHeader.size))
        return block.allSatisfy { $0 == 0 } ? nil : block
    }

    /// The content of a header that describes another, padding skipped.
    private func content(_ size: Int64) throws(ImageError) -> [UInt8] {
        if size > Self.longest { throw Self.damaged("a header is longer than \(Self.longest) bytes") }
        let bytes = try exactly(size)
        try skip(Self.padding(size))
        return bytes
    }

    private func exactly(_ count: Int64) throws(ImageError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += try some(count - Int64(bytes.count)) }
        return bytes
    }

    /// At least one byte and at most `limit`.
    private func some(_ limit: Int64) throws(ImageError) -> [UInt8] {
        try fill()
        if position == buffer.count { throw .archive("the archive ends in the middle: unexpected EOF") }
        let end = position + Int(min(limit, Int64(buffer.count - position)))
        let bytes = position == 0 && end == buffer.count ? buffer : Array(buffer[position..<end])
        position = end
        return bytes
    }

    private func skip(_ count: Int64) throws(ImageError) {
        var rest = count
        while rest > 0 {
            try fill()
            if position == buffer.count { throw .archive("the archive ends in the middle: unexpected EOF") }
            let step = min(rest, Int64(buffer.count - position))
            position += Int(step)
            rest -= step
        }
    }

    private func fill() throws(ImageError) {
        guard position == buffer.count else { return }
        buffer = try source.next()
        position = 0
    }

    private static func padding(_ size: Int64) -> Int64 { (512 - size % 512) % 512 }

    static func damaged(_ why: String) -> ImageError { .archive("the archive is damaged: \(why)") }
}
