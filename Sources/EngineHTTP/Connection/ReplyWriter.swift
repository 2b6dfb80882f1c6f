import EngineAPI
import Logging
import NIOCore

/// Writes a reply from the task that made it. Every piece waits until the kernel has taken it, so that a slow client
/// costs no memory.
struct ReplyWriter: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<ConnectionHandler>
    let server: ServerContext
    let isHead: Bool
    let isHTTP10: Bool
    let keepAlive: Bool

    /// Sends all of a reply.
    func send(_ response: Response) async {
        switch response.body {
        case .none, .bytes: channel.eventLoop.execute { handler.value.answer(response) }
        case .pieces(let source, let finally):
            await send(response, source)
            await finally()
        case .hijack(let hijack): await HijackedConnection(writer: self, hijack: hijack).run(response)
        }
    }

    private func send(_ response: Response, _ source: ByteSource) async {
        let chunked = !isHTTP10
        do {
            try await sendHead(
                response, framing: chunked ? .chunked : .untilClose, keepAlive: chunked && keepAlive)
            while !isHead, let piece = try await source() {
                if !piece.isEmpty { try await write(chunked ? Self.chunk(piece, channel) : ByteBuffer(bytes: piece)) }
            }
            let last = chunked && !isHead ? ByteBuffer(staticString: "0\r\n\r\n") : ByteBuffer()
            channel.eventLoop.execute {
                handler.value.finish(with: last)
                if !chunked { handler.value.breakOff() }
            }
        } catch {
            if !(error is CancellationError || error is ChannelError) {
                server.logger.warning("a reply broke off", metadata: ["error": "\(error)"])
            }
            channel.eventLoop.execute { handler.value.breakOff() }
        }
    }

    /// Sends the head in a write of its own.
    func sendHead(_ response: Response, framing: ResponseHeadWriter.Framing, keepAlive: Bool) async throws {
        var head = channel.allocator.buffer(capacity: 512)
        server.heads.write(response, framing: framing, keepAlive: keepAlive, isHTTP10: isHTTP10, to: &head)
        try await write(head)
    }

    /// Sends bytes and waits until the kernel has them.
    func write(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(bytes).get()
    }

    private static func chunk(_ piece: [UInt8], _ channel: any Channel) -> ByteBuffer {
        var buffer = channel.allocator.buffer(capacity: piece.count + 20)
        buffer.writeString(String(piece.count, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(piece)
        buffer.writeStaticString("\r\n")
        return buffer
    }
}
