import Glibc
import SystemCalls

@testable import ImageStore

extension FuzzEntry {
    private static let limits: ArchiveLimits = {
        var limits = ArchiveLimits()
        limits.uncompressedBytes = 4 << 20
        limits.entries = 1000
        limits.documentBytes = 1 << 20
        limits.ratioThreshold = 1 << 20
        return limits
    }()

    /// An archive in memory: compression, headers, extended headers, sparse maps.
    static let tar = FuzzEntry(name: "tar") { bytes in
        let input = repaired(bytes)
        guard let decoded = try? DecodedStream(MemoryStream(input)) else { return }
        let reader = TarReader(LimitedStream(decoded, limit: limits.uncompressedBytes))
        var total = 0
        for _ in 0..<limits.entries {
            guard let entry = try? reader.nextEntry() else { return }
            _ = try? MemberPath(entry.name)
            while let block = try? reader.nextBlock() {
                total += block.bytes.count
                try require(block.offset >= 0, "content at \(block.offset)")
            }
        }
        try require(total <= Int(limits.uncompressedBytes), "\(total) bytes of content")
    }

    /// A layer, unpacked to a real directory: whatever it says, nothing outside changes.
    static let layer = FuzzEntry(name: "layer", mutations: 250) { bytes in
        let place = try Playground()
        defer { place.remove() }
        do {
            let decoded = try DecodedStream(MemoryStream(repaired(bytes)))
            let extractor = LayerExtractor(into: try Folder(path: place.root), limits: limits)
            try extractor.extract(TarReader(LimitedStream(decoded, limit: limits.uncompressedBytes)))
        } catch {
            // Refused, or something that this machine cannot make.
        }
        try place.check()
    }

    /// An archive for `docker load`. A first byte of `D` makes it from documents instead (see `assembled`), so that
    /// manifests are reached behind their digests.
    static let images = FuzzEntry(name: "images", mutations: 250) { bytes in
        let place = try Playground()
        defer { place.remove() }
        let layout = StoreLayout(root: place.root, overlay: place.root)
        do {
            try FileSystem.makeDirectory(layout.temporary)
            let archive = bytes.first == UInt8(ascii: "D") ? try assembled(bytes.dropFirst()) : repaired(bytes)
            let path = place.root + "/archive"
            try FileDescriptor.open(path, O_WRONLY | O_CREAT, mode: 0o600).writeAll(archive)
            let spool = try ArchiveSpool(path, layout: layout, limits: limits)
            defer { spool.remove() }
            _ = try DockerArchive.images(in: spool, limits: limits)
            _ = try OCILayout.images(in: spool, platform: .current, limits: limits)
        } catch {}
        let left = (try? FileSystem.list(layout.temporary)) ?? []
        try require(left.isEmpty, "left behind: \(left)")
        try place.check()
    }

    /// Documents between zero bytes become files named by their digests, the last two `index.json` and
    /// `manifest.json`. In them `@N` stands for the digest of document N and `#N` for its size.
    private static func assembled(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        var archive: [UInt8] = []
        var writer = ArchiveWriter { archive += $0 }
        var known: [(digest: String, size: Int)] = []
        let parts = bytes.split(separator: 0, maxSplits: 9, omittingEmptySubsequences: false)
        for (number, part) in parts.enumerated() {
            var text = String(decoding: part, as: UTF8.self)
            for (other, document) in known.enumerated() {
                text = text.replacing("@\(other)", with: document.digest).replacing(
                    "#\(other)", with: "\(document.size)")
            }
            let document = Array(text.utf8)
            let digest = ContentDigest.of(document)
            known.append((digest, document.count))
            let name =
                switch parts.count - number {
                case 1: "manifest.json"
                case 2: "index.json"
                default: "blobs/sha256/" + ContentDigest.hex(digest)
                }
            try writer.file(name, document, time: 0)
        }
        try writer.finish()
        return archive
    }

    /// Sets the checksums right where the first byte is even: changes of a header would end there otherwise.
    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        guard let first = bytes.first else { return [] }
        var archive = Array(bytes.dropFirst())
        guard first % 2 == 0 else { return archive }
        var position = 0
        while position + 512 <= archive.count {
            for index in 148..<156 { archive[position + index] = 0x20 }
            let sum = archive[position..<(position + 512)].reduce(0) { $0 + Int($1) }
            if sum == 8 * 0x20 { break }
            let digits = Array(String(sum, radix: 8).utf8)
            for (index, digit) in digits.enumerated() { archive[position + 154 - digits.count + index] = digit }
            archive[position + 154] = 0
            let size = archive[(position + 124)..<(position + 136)].prefix { (0x30...0x37).contains($0) }
                .reduce(0) { $0 << 3 | Int($1 - 0x30) }
            position += 512 + (min(size, archive.count) + 511) / 512 * 512
        }
        return archive
    }
}

/// Bytes from memory.
private final class MemoryStream: ByteStream {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func next() throws(ImageError) -> [UInt8] {
        let piece = Array(rest.prefix(1000))
        rest = rest.dropFirst(piece.count)
        return piece
    }
}

/// Refuses more than a limit, as the stream of a layer does.
private final class LimitedStream: ByteStream {
    private let source: any ByteStream
    private var left: Int64

    init(_ source: any ByteStream, limit: Int64) {
        self.source = source
        left = limit
    }

    func next() throws(ImageError) -> [UInt8] {
        let bytes = try source.next()
        left -= Int64(bytes.count)
        if left < 0 { throw .archive("too large") }
        return bytes
    }
}

/// A directory to unpack into, beside things that must stay as they are.
private struct Playground {
    private static let folder = (FileSystem.exists("/dev/shm") ? "/dev/shm" : "/tmp") + "/causeway-fuzz-\(getpid())-"
    private let base: String
    var root: String { base + "/root" }

    init() throws {
        base = Self.folder + String(UInt64.random(in: 0 ... .max), radix: 16)
        try FileSystem.makeDirectory(base, mode: 0o700)
        try FileSystem.makeDirectory(base + "/root", mode: 0o700)
        try FileSystem.replace(base + "/witness", Array("untouched".utf8), mode: 0o600)
    }

    func check() throws {
        let names = try FileSystem.list(base).sorted()
        try FuzzEntry.require(names == ["root", "witness"], "beside the root: \(names)")
        let witness = base + "/witness"
        try FuzzEntry.require(try FileSystem.readText(witness) == "untouched", "the witness was written to")
        let status = FileSystem.status(witness, followLinks: false)
        try FuzzEntry.require(status?.st_mode == S_IFREG | 0o600 && status?.st_nlink == 1, "the witness was changed")
    }

    func remove() { try? FileTree.remove(base) }
}
