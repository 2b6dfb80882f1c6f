import CArchive
import Glibc
import SystemCalls

/// A file that is compressed as it is written.
@safe final class CompressedFile {
    private let handle: OpaquePointer
    private let descriptor: FileDescriptor
    private let path: String

    /// How.
    enum Compression {
        /// For the store: zstd at its fastest, gzip where libarchive has no zstd.
        case storage
        /// For registries: gzip without a time in it, so that the same content always has the same bytes.
        case exchange
    }

    /// Makes the file, which must not exist.
    init(path: String, _ compression: Compression = .storage) throws(ImageError) {
        guard let handle = unsafe archive_write_new() else { throw ImageError(.io, "store layer: out of memory") }
        unsafe self.handle = handle
        self.path = path
        do throws(SystemCallError) {
            descriptor = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        } catch {
            unsafe archive_write_free(handle)
            throw ImageError("store layer", error)
        }
        unsafe archive_write_set_format_raw(handle)
        switch compression {
        case .storage:
            let status = unsafe archive_write_add_filter_zstd(handle)
            if status == ARCHIVE_OK {
                unsafe archive_write_set_filter_option(handle, "zstd", "compression-level", "1")
            } else if status != ARCHIVE_WARN {
                // ARCHIVE_WARN: not built in, but done by the program of that name.
                unsafe archive_write_add_filter_gzip(handle)
            }
        case .exchange:
            unsafe archive_write_add_filter_gzip(handle)
            try examine(unsafe archive_write_set_filter_option(handle, "gzip", "timestamp", nil))
        }
        try examine(unsafe archive_write_open_fd(handle, descriptor.rawValue))
        guard let entry = unsafe archive_entry_new() else { throw ImageError(.io, "store layer: out of memory") }
        defer { unsafe archive_entry_free(entry) }
        unsafe archive_entry_set_pathname(entry, "data")
        unsafe archive_entry_set_filetype(entry, Glibc.S_IFREG)
        try examine(unsafe archive_write_header(handle, entry))
    }

    deinit {
        unsafe archive_write_free(handle)
    }

    /// Adds bytes.
    func write(_ bytes: [UInt8]) throws(ImageError) {
        let written = unsafe bytes.withUnsafeBytes { unsafe archive_write_data(handle, $0.baseAddress, $0.count) }
        if written != bytes.count { try examine(ARCHIVE_FATAL) }
    }

    /// Ends the file; to be called once, after the last write.
    func finish() throws(ImageError) {
        try examine(unsafe archive_write_close(handle))
    }

    private func examine(_ status: CInt) throws(ImageError) {
        if status == ARCHIVE_OK || status == ARCHIVE_WARN { return }
        let words = unsafe archive_error_string(handle).map { unsafe String(cString: $0) } ?? "unknown reason"
        throw ImageError(.io, "store layer \(path): \(words)")
    }
}
