/// The uncompressed archive of a layer on its way to the extractor: hashed, counted, limited, and copied to a file.
final class LayerStream: ByteStream {
    private let source: FileByteStream
    private let decoded: DecodedStream
    private let copy: CompressedFile
    private let limits: ArchiveLimits
    private var hasher = ContentHasher()
    /// Bytes so far.
    private(set) var count: Int64 = 0
    /// How many zero bytes came last: tar archives end in two blocks of them.
    private(set) var trailingZeros = 0

    init(_ source: FileByteStream, copy: CompressedFile, limits: ArchiveLimits) throws(ImageError) {
        self.source = source
        self.copy = copy
        self.limits = limits
        decoded = try DecodedStream(source)
    }

    func next() throws(ImageError) -> [UInt8] {
        let bytes = try decoded.next()
        guard !bytes.isEmpty else { return bytes }
        count += Int64(bytes.count)
        if count > limits.uncompressedBytes {
            throw .archive("archive refused: a layer is larger than \(limits.uncompressedBytes) bytes")
        }
        if count > limits.ratioThreshold, count / max(1, source.position) > limits.ratio {
            throw .archive("archive refused: a layer unpacks to more than \(limits.ratio) times its size")
        }
        hasher.update(bytes)
        try copy.write(bytes)
        let zeros = bytes.reversed().prefix { $0 == 0 }.count
        trailingZeros = zeros == bytes.count ? min(trailingZeros + zeros, 1 << 30) : zeros
        return bytes
    }

    /// Reads what is left behind the archive's end and returns the digest of everything.
    func finish() throws(ImageError) -> String {
        while try !next().isEmpty {}
        return hasher.finish()
    }
}
