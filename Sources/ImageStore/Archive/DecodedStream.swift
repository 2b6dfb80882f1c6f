import CArchive

/// A stream without its compression: gzip, bzip2, xz and zstd are found out and undone by libarchive(3); anything else
/// comes out as it is.
@safe final class DecodedStream: ByteStream {
    private let handle: OpaquePointer
    private let input: Input
    private var begun = false
    private var isAtEnd = false

    /// Decodes `source` from where it stands.
    init(_ source: any ByteStream) throws(ImageError) {
        guard let handle = unsafe archive_read_new() else { throw ImageError(.io, "read archive: out of memory") }
        unsafe self.handle = handle
        input = Input(source)
        unsafe archive_read_support_filter_gzip(handle)
        unsafe archive_read_support_filter_bzip2(handle)
        unsafe archive_read_support_filter_xz(handle)
        unsafe archive_read_support_filter_zstd(handle)
        unsafe archive_read_support_format_raw(handle)
        unsafe archive_read_support_format_empty(handle)
        let context = unsafe Unmanaged.passUnretained(input).toOpaque()
        let status = unsafe archive_read_open(
            handle, context, nil,
            { _, context, buffer in
                guard let context = unsafe context, let buffer = unsafe buffer else { return -1 }
                return unsafe Unmanaged<Input>.fromOpaque(context).takeUnretainedValue().fill(buffer)
            }, nil)
        try examine(status)
    }

    deinit {
        unsafe archive_read_free(handle)
    }

    func next() throws(ImageError) -> [UInt8] {
        if !begun {
            begun = true
            var entry: OpaquePointer?
            let status = unsafe archive_read_next_header(handle, &entry)
            if status == ARCHIVE_EOF { isAtEnd = true } else { try examine(status) }
        }
        while !isAtEnd {
            var base: UnsafeRawPointer?
            var size = 0
            var offset: la_int64_t = 0
            let status = unsafe archive_read_data_block(handle, &base, &size, &offset)
            if status == ARCHIVE_EOF {
                isAtEnd = true
                break
            }
            try examine(status)
            if size > 0 { return unsafe Array(UnsafeRawBufferPointer(start: base, count: size)) }
        }
        return []
    }

    private func examine(_ status: CInt) throws(ImageError) {
        if let failure = input.failure { throw failure }
        if status == ARCHIVE_OK || status == ARCHIVE_WARN { return }
        let words = unsafe archive_error_string(handle).map { unsafe String(cString: $0) } ?? "unknown reason"
        throw .archive("the archive cannot be decompressed: \(words)")
    }

    /// Feeds libarchive: keeps the piece in memory that it reads from, and the failure that it cannot carry.
    @safe private final class Input {
        private let source: any ByteStream
        private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        private(set) var failure: ImageError?

        init(_ source: any ByteStream) {
            self.source = source
        }

        deinit {
            unsafe buffer.deallocate()
        }

        func fill(_ target: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
            do throws(ImageError) {
                let piece = try source.next()
                if unsafe piece.count > buffer.count {
                    unsafe buffer.deallocate()
                    unsafe buffer = .allocate(byteCount: piece.count, alignment: 16)
                }
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
