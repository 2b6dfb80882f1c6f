/// A part of a sparse file that is stored.
struct SparsePiece: Hashable {
    /// Where in the file it begins.
    var offset: Int64
    /// Its bytes.
    var length: Int64
}

/// Which parts of a file with holes are stored, in order.
struct SparseMap {
    var pieces: [SparsePiece] = []
    /// Bytes of the file with its holes.
    var realSize: Int64?

    static let mostPieces = 100_000

    init(realSize: Int64?) {
        self.realSize = realSize
    }

    /// The map of GNU tar's versions 0.0 and 0.1 in extended headers; nil where there is none.
    init?(_ extended: ExtendedHeader) throws(ImageError) {
        realSize = try extended.number("GNU.sparse.size")
        guard realSize != nil else { return nil }
        var numbers: [Int64] = []
        func add(_ text: [UInt8]) throws(ImageError) {
            guard let number = Int64(String(decoding: text, as: UTF8.self)) else {
                throw TarReader.damaged("a sparse file's map is malformed")
            }
            numbers.append(number)
        }
        if let list = extended.value("GNU.sparse.map") {
            for number in list.split(separator: UInt8(ascii: ",")) { try add(Array(number)) }
        } else {
            for (key, value) in extended.records where key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes" {
                try add(value)
            }
        }
        guard numbers.count.isMultiple(of: 2), numbers.count / 2 <= Self.mostPieces else {
            throw TarReader.damaged("a sparse file's map is malformed")
        }
        for index in stride(from: 0, to: numbers.count, by: 2) {
            pieces.append(SparsePiece(offset: numbers[index], length: numbers[index + 1]))
        }
    }

    /// Takes in the map of an old GNU header: pairs of 12-byte numbers.
    mutating func add(_ header: TarHeader, from offset: Int, count: Int) {
        for index in 0..<count {
            guard let start = header.number(offset + index * 24, 12),
                let length = header.number(offset + index * 24 + 12, 12), length > 0
            else { continue }
            pieces.append(SparsePiece(offset: start, length: length))
        }
    }

    /// Checks that the parts are in order, inside the file, and as long together as what is stored.
    ///
    /// - Returns: the file's size.
    func validated(stored: Int64) throws(ImageError) -> Int64 {
        guard let realSize, realSize >= 0 else { throw TarReader.damaged("a sparse file has no size") }
        var end: Int64 = 0
        var total: Int64 = 0
        for piece in pieces {
            let (next, overflow) = piece.offset.addingReportingOverflow(piece.length)
            guard piece.offset >= end, piece.length >= 0, !overflow, next <= realSize else {
                throw TarReader.damaged("a sparse file's map is malformed")
            }
            end = next
            total += piece.length
        }
        guard total == stored else { throw TarReader.damaged("a sparse file is longer or shorter than its map") }
        return realSize
    }
}

/// A block that continues the map of an old GNU header: 21 pairs and a mark for another.
struct SparseExtension {
    let pieces: [SparsePiece]
    let isContinued: Bool

    init(_ block: [UInt8]) {
        var map = SparseMap(realSize: nil)
        map.add(TarHeader(unchecked: block), from: 0, count: 21)
        pieces = map.pieces
        isContinued = block[504] != 0
    }
}
