import Logging
import NIOCore
import SystemCalls

/// Tells a client that there are too many, once it has asked for something, and hangs up.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let limit: Int

    /// - Parameter limit: how many clients there may be.
    init(limit: Int) { self.limit = limit }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let body =
            #"{"message":"too many connections: \#(limit) are open, half of the files that the daemon may open; "#
            + #"close some, or raise its limit (LimitNOFILE of its unit, ulimit -n)"}"#
        let head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n"
        var buffer = context.channel.allocator.buffer(capacity: 512)
        buffer.writeString(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in channel.close(promise: nil) }
    }
}

/// Waits where the process has no descriptor left for another client: the kernel offers the client again and again, and
/// would keep a processor busy with it.
final class PatientListener: ChannelDuplexHandler {
    typealias InboundIn = Channel
    typealias OutboundIn = Channel

    private let logger: Logger
    private var isWaiting = false
    private var lastWords: NIODeadline?

    /// - Parameter logger: told once a minute.
    init(logger: Logger) { self.logger = logger }

    func read(context: ChannelHandlerContext) {
        if !isWaiting { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = error as? IOError,
            [Errno.tooManyFiles, .tooManyFilesInSystem].contains(Errno(rawValue: failure.errnoCode))
        else {
            context.fireErrorCaught(error)
            return
        }
        if lastWords.map({ NIODeadline.now() - $0 > .minutes(1) }) ?? true {
            lastWords = .now()
            logger.error(
                "no descriptor is left for another client; it waits. Raise LimitNOFILE of the unit, or ulimit -n",
                metadata: ["limit": "\(DescriptorLimit.current)"])
        }
        if isWaiting { return }
        isWaiting = true
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(200)) {
            self.isWaiting = false
            context.read()
        }
    }
}
