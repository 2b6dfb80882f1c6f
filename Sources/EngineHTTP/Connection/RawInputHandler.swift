import NIOCore

/// Hands a hijacked connection's bytes to whoever pulls them, and cancels the task when the client goes.
final class RawInputHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let queue: InputQueue
    private let task: Task<Void, Never>?
    private let linger: TimeAmount
    private var inputIsClosed: Bool
    private var readIsHeld = false
    private var isEnding = false
    /// Whether the decoder has handed over what it held back: nothing of the input comes before that, not even its end.
    private var hasLeftovers = false

    init(queue: InputQueue, task: Task<Void, Never>?, inputIsClosed: Bool, linger: TimeAmount) {
        self.queue = queue
        self.task = task
        self.inputIsClosed = inputIsClosed
        self.linger = linger
    }

    /// The decoder is gone: what it held back has been read.
    func decoderLeft() {
        hasLeftovers = true
        if inputIsClosed { queue.end() }
    }

    func read(context: ChannelHandlerContext) {
        if queue.isFull, !isEnding { readIsHeld = true } else { context.read() }
    }

    /// The queue has room again.
    func resumeReading(context: ChannelHandlerContext) {
        guard readIsHeld else { return }
        readIsHeld = false
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isEnding { queue.push(Array(buffer: unwrapInboundIn(data))) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed {
            inputIsClosed = true
            if hasLeftovers { queue.end() }
            if isEnding { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        task?.cancel()
        queue.fail()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// The output has ended: the client is told, and has a moment to close its own side.
    func end(context: ChannelHandlerContext) {
        isEnding = true
        context.close(mode: .output, promise: nil)
        if inputIsClosed {
            context.close(promise: nil)
            return
        }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: linger) { bound.value.close(promise: nil) }
        resumeReading(context: context)
    }
}
