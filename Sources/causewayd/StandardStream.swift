import SystemCalls

/// The process' own outputs, written without a buffer.
enum StandardStream: Int32 {
    /// Descriptor 1.
    case output = 1
    /// Descriptor 2.
    case errors = 2

    /// Writes all of it. Nobody can be told where that fails.
    func write(_ text: String) {
        let descriptor = FileDescriptor(owning: rawValue)
        do { try descriptor.writeAll(Array(text.utf8)) } catch {}
        _ = descriptor.release()
    }
}
