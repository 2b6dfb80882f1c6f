import CArchive
import Glibc

/// Reads an archive from a stream with libarchive(3).
@safe final class ArchiveReader {
    /// What is expected behind the compression.
    enum Content {
        /// A tar archive of any dialect.
        case tar
        /// Anything: the bytes themselves, as one entry.
        case raw
    }

    private let handle: OpaquePointer
    private let input: Input

    /// Opens an archive; the compression is found out (gzip, bzip2, xz, zstd, or none).
    init(_ stream: any ByteStream, content: Content) throws(ImageError) {
        guard let handle = unsafe archive_read_new() else { throw ImageError(.io, "read archive: out of memory") }
        unsafe self.handle = handle
        input = Input(stream)
        unsafe archive_read_support_filter_gzip(handle)
        unsafe archive_read_support_filter_bzip2(handle)
        unsafe archive_read_support_filter_xz(handle)
        unsafe archive_read_support_filter_zstd(handle)
        switch content {
        case .tar:
            unsafe archive_read_support_format_tar(handle)
        case .raw:
            unsafe archive_read_support_format_raw(handle)
            unsafe archive_read_support_format_empty(handle)
        }
        let context = unsafe Unmanaged.passUnretained(input).toOpaque()
        let status = CharacterSet.utf8.use {
            unsafe archive_read_open(
                handle, context, nil,
                { _, context, buffer in
                    guard let context = unsafe context, let buffer = unsafe buffer else { return -1 }
                    return unsafe Unmanaged<Input>.fromOpaque(context).takeUnretainedValue().fill(buffer)
                }, nil)
        }
        try examine(status)
    }

    deinit {
        unsafe archive_read_free(handle)
    }

    /// Moves to the next member, or returns nil after the last. What is left of the present one is skipped.
    func nextEntry() throws(ImageError) -> ArchiveEntry? {
        var entry: OpaquePointer?
        let status = CharacterSet.utf8.use { unsafe archive_read_next_header(handle, &entry) }
        if status == ARCHIVE_EOF { return nil }
        try examine(status)
        guard let entry = unsafe entry else { throw .archive("the archive cannot be read") }
        return CharacterSet.utf8.use { unsafe ArchiveEntry(entry) }
    }

    /// The next bytes of the present member without its holes, or an empty array at its end.
    func nextPiece() throws(ImageError) -> [UInt8] {
        var piece: [UInt8] = []
        while piece.isEmpty, let (_, bytes) = try nextBlock() { piece = bytes }
        return piece
    }

    /// The next bytes of the present member and where in it they belong (a sparse file has holes before them),
    /// or nil at its end.
    func nextBlock() throws(ImageError) -> (offset: Int64, bytes: [UInt8])? {
        var base: UnsafeRawPointer?
        var size = 0
        var offset: la_int64_t = 0
        let status = unsafe archive_read_data_block(handle, &base, &size, &offset)
        if status == ARCHIVE_EOF { return nil }
        try examine(status)
        return unsafe (Int64(offset), Array(UnsafeRawBufferPointer(start: base, count: size)))
    }

    /// Turns a failure into words. ARCHIVE_WARN is a name or attribute that was read in part: good enough.
    private func examine(_ status: CInt) throws(ImageError) {
        if let failure = input.failure { throw failure }
        if status == ARCHIVE_OK || status == ARCHIVE_WARN { return }
        let words = unsafe archive_error_string(handle).map { unsafe String(cString: $0) } ?? "unknown format"
        throw .archive("the archive cannot be read: \(words)")
    }

    /// Feeds libarchive: keeps the piece in memory that it reads from, and the failure that it cannot carry.
    @safe private final class Input {
        private let stream: any ByteStream
        private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        private(set) var failure: ImageError?

        init(_ stream: any ByteStream) {
            self.stream = stream
        }

        deinit {
            unsafe buffer.deallocate()
        }

        func fill(_ target: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
            do throws(ImageError) {
                let piece = try stream.next()
                unsafe precondition(piece.count <= buffer.count, "a stream handed out more than a mebibyte at once")
                unsafe buffer.copyBytes(from: piece)
                unsafe target.pointee = unsafe UnsafeRawPointer(buffer.baseAddress)
                return piece.count
            } catch {
                failure = error
                return -1
            }
        }
    }
}

/// Names in archives are UTF-8, and libarchive asks the thread's locale (newlocale(3)) what that means.
@safe private struct CharacterSet: @unchecked Sendable {
    static let utf8 = CharacterSet()

    private let locale = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)

    /// Runs `body` with UTF-8 as the thread's character set.
    func use<Value>(_ body: () -> Value) -> Value {
        guard let locale = unsafe locale else { return body() }
        let previous = unsafe uselocale(locale)
        defer { unsafe uselocale(previous) }
        return body()
    }
}
