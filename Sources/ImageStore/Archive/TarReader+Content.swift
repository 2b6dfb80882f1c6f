import Glibc
import SystemCalls

extension TarReader {
    /// Writes the content of the member that was read last into an empty file: block by block at its offsets, so that
    /// holes stay holes, and as long as the header says.
    ///
    /// - Throws: what archive or file refuse; the file is then half written.
    func writeContent(of entry: ArchiveEntry, to file: borrowing FileDescriptor) throws {
        let number = file.rawValue
        var end: Int64 = 0
        while let (offset, bytes) = try nextBlock() {
            var written = 0
            while written < bytes.count {
                written += try check("pwrite") {
                    unsafe bytes.withUnsafeBytes { bytes in
                        unsafe pwrite(
                            number, bytes.baseAddress?.advanced(by: written), bytes.count - written,
                            off_t(offset) + off_t(written))
                    }
                }
            }
            end = max(end, offset + Int64(bytes.count))
        }
        if end < entry.size { try check("ftruncate") { ftruncate(number, off_t(entry.size)) } }
    }
}
