import Glibc
import SystemCalls

/// The reading end of a pipe that conmon writes lines to (`_OCI_SYNCPIPE`, `_OCI_ATTACHPIPE`). One reader at a time.
actor ConmonPipe {
    private let descriptor: SharedFileDescriptor
    private var buffer: [UInt8] = []

    init(_ descriptor: SharedFileDescriptor) throws(SystemCallError) {
        try descriptor.withDescriptor { (descriptor) throws(SystemCallError) in try descriptor.setNonBlocking(true) }
        self.descriptor = descriptor
    }

    /// The next line as a message, or nil once conmon has closed the pipe. Not cut short by cancellation: what
    /// conmon has begun is seen through.
    func nextMessage() async -> ConmonMessage? {
        await Task { await self.readMessage() }.value
    }

    private func readMessage() async -> ConmonMessage? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                if let message = ConmonMessage(line: line) { return message }
                continue
            }
            var part = [UInt8](repeating: 0, count: 16384)
            let count = unsafe read(descriptor.rawValue, &part, part.count)
            if count > 0 {
                buffer += part[..<count]
            } else if count == 0 {
                return nil
            } else if Errno.current == .wouldBlock {
                await Reactor.shared.waitReadable(descriptor.rawValue)
            } else if Errno.current != .interrupted {
                return nil
            }
        }
    }
}
