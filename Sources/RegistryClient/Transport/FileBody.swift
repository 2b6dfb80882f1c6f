import NIOCore
import SystemCalls

/// A file as a request's body: read piece by piece on a thread that may block.
struct FileBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let path: String
    let size: Int64
    /// Told how many bytes have been handed to the connection.
    let progress: @Sendable (Int64) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    struct Iterator: AsyncIteratorProtocol {
        let body: FileBody
        var file: SharedFileDescriptor?
        var sent: Int64 = 0

        init(body: FileBody) { self.body = body }

        mutating func next() async throws -> ByteBuffer? {
            let path = body.path
            let known = file
            let (source, bytes) = try await BlockingWork.run {
                let source = try known ?? SharedFileDescriptor(try FileDescriptor.open(path, 0))
                return (source, try source.withDescriptor { try $0.read(upTo: 262_144) })
            }
            file = source
            if bytes.isEmpty { return nil }
            sent += Int64(bytes.count)
            body.progress(sent)
            return ByteBuffer(bytes: bytes)
        }
    }
}
