import Glibc
import SystemCalls

/// Bytes that are pulled piece by piece.
protocol ByteStream: AnyObject {
    /// The next bytes, or an empty array at the end.
    func next() throws(ImageError) -> [UInt8]
}

/// The bytes of a file from its beginning.
final class FileByteStream: ByteStream {
    private let descriptor: FileDescriptor
    private let name: String
    private let onRead: (Int64) throws(ImageError) -> Void
    /// Bytes handed out so far.
    private(set) var position: Int64 = 0

    /// Opens a file.
    ///
    /// - Parameter onRead: told the position after each piece; what it throws ends the reading.
    init(path: String, onRead: @escaping (Int64) throws(ImageError) -> Void = { _ in }) throws(ImageError) {
        descriptor = try during("read archive") { () throws(SystemCallError) in
            try FileDescriptor.open(path, O_RDONLY)
        }
        name = path
        self.onRead = onRead
    }

    func next() throws(ImageError) -> [UInt8] {
        let bytes = try during("read archive") { () throws(SystemCallError) in try descriptor.read(upTo: 262_144) }
        position += Int64(bytes.count)
        try onRead(position)
        return bytes
    }
}
