import EngineAPI
import Logging
import NIOCore
import NIOHTTP1

/// Takes a connection's requests one after another: finds the route, takes the body as the route wants it, lets the
/// handler run in a task, and writes the reply. All of it runs on the connection's event loop.
///
/// While a request is being answered nothing more is read: requests that a client sent ahead wait in the socket, or
/// here where they came with the same read. The kernel still tells when the client goes, and the task is cancelled.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: ServerContext
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    /// Parts of later requests that have been read already.
    private var ahead = CircularBuffer<HTTPServerRequestPart>()
    private var readIsHeld = false
    /// Whether the connection ends after the present exchange.
    private var isClosing = false
    private var inputIsClosed = false
    private var isReadingHead = false
    /// Whether this round of reading brought a part of a request.
    private var hasTaken = false
    private var deadline: NIODeadline = .distantFuture
    private var timer: Scheduled<Void>?
    private var timerIsDue: NIODeadline = .distantFuture

    init(server: ServerContext) {
        self.server = server
    }

    // MARK: The connection's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setDeadline(server.limits.idleTime)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        abandon()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError || error is ByteToMessageDecoderError else {
            if let reason = ServerTLS.handshakeFailure(error) {
                let client = context.remoteAddress?.ipAddress ?? "?"
                server.logger.info("TLS handshake error", metadata: ["from": "\(client)", "error": "\(reason)"])
            }
            context.close(promise: nil)
            return
        }
        if let exchange, exchange.isRead {
            // What follows the present request is nonsense; the present one is answered first.
            isClosing = true
            return
        }
        let words =
            error as? HTTPParserError == .headerOverflow ? "request header fields too large" : "malformed request"
        refuse(.badRequest("\(words): \(error)"))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        inputIsClosed = true
        if let exchange, exchange.isRead || !ahead.isEmpty { return }
        // Nothing is under way, or the request will never be whole.
        abandon()
        context.close(promise: nil)
    }

    /// The client is gone, or will not be listened to any longer.
    private func abandon() {
        exchange?.task?.cancel()
        if case .streaming(let queue)? = exchange?.incoming { queue.fail() }
        ahead.removeAll()
    }

    // MARK: Reading

    private var mayRead: Bool {
        guard let exchange else { return ahead.isEmpty }
        switch exchange.incoming {
        case .whole, .discarding: return true
        case .streaming(let queue): return !queue.isFull
        case .ended: return false
        }
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { readIsHeld = true }
    }

    private func resumeReading() {
        guard readIsHeld, mayRead, let context else { return }
        readIsHeld = false
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isClosing { return }
        if exchange?.isRead == true || !ahead.isEmpty {
            ahead.append(part)
        } else {
            take(part)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes came and made no head yet: from now on it has to hurry.
        if exchange == nil, !isReadingHead, !hasTaken, !isClosing {
            isReadingHead = true
            setDeadline(server.limits.headTime)
        }
        hasTaken = false
        tightenTimer()
        context.fireChannelReadComplete()
    }

    private func take(_ part: HTTPServerRequestPart) {
        hasTaken = true
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): takeBody(bytes)
        case .end: endOfRequest()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        isReadingHead = false
        deadline = .distantFuture
        let isHTTP10 = head.version.major == 1 && head.version.minor == 0
        var exchange = Exchange(
            route: nil, request: Request(method: "", path: "", query: Query(""), version: .current),
            incoming: .discarding(0), keepAlive: head.isKeepAlive, isHead: head.method == .HEAD, isHTTP10: isHTTP10)
        do {
            let match = try server.routes.match(method: head.method.rawValue, target: head.uri)
            exchange = Exchange(
                route: match.route, request: match.request, incoming: .discarding(0), keepAlive: head.isKeepAlive,
                isHead: head.method == .HEAD, isHTTP10: isHTTP10)
        } catch {
            self.exchange = exchange
            answer(.failure(error))
            return
        }
        if case .served? = exchange.route?.action {
            for (name, value) in head.headers { exchange.request.headers[name.lowercased()] = value }
        }
        self.exchange = exchange
        switch exchange.route?.body ?? .none {
        case .none: setDeadline(server.limits.bodyTime)
        case .whole: beginWholeBody(head)
        case .stream: beginStream(head)
        }
    }

    private func beginWholeBody(_ head: HTTPRequestHead) {
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        if length > server.limits.wholeBody { return refuseBody() }
        exchange?.incoming = .whole([])
        setDeadline(server.limits.bodyTime)
        continueIfExpected(head)
    }

    private func beginStream(_ head: HTTPRequestHead) {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let queue = InputQueue(hasRoom: { loop.execute { bound.value.resumeReading() } })
        exchange?.incoming = .streaming(queue)
        exchange?.request.stream = { try await queue.next() }
        continueIfExpected(head)
        start()
    }

    /// A client that asked whether it may send its body is told so.
    private func continueIfExpected(_ head: HTTPRequestHead) {
        guard head.headers.first(name: "expect")?.lowercased() == "100-continue", let context else { return }
        context.writeAndFlush(
            wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    private func takeBody(_ bytes: ByteBuffer) {
        switch exchange?.incoming {
        case .whole(var body):
            exchange?.incoming = .ended
            guard body.count + bytes.readableBytes <= server.limits.wholeBody else { return refuseBody() }
            body.append(contentsOf: bytes.readableBytesView)
            exchange?.incoming = .whole(body)
        case .streaming(let queue): queue.push(Array(buffer: bytes))
        case .discarding(let count):
            let total = count + bytes.readableBytes
            exchange?.incoming = .discarding(total)
            guard total > server.limits.discardedBody else { return }
            if exchange?.isAnswered == true {
                context?.close(promise: nil)
            } else {
                refuse(.tooLarge("the request has a body of more than \(server.limits.discardedBody) bytes"))
            }
        case .ended, nil: break
        }
    }

    private func endOfRequest() {
        deadline = .distantFuture
        guard let incoming = exchange?.incoming else { return }
        exchange?.incoming = .ended
        switch incoming {
        case .streaming(let queue): queue.end()
        case .whole(let body):
            exchange?.request.body = body
            start()
        case .discarding:
            if exchange?.isAnswered == true { finishExchange() } else { start() }
        case .ended: break
        }
    }

    private func refuseBody() {
        refuse(.tooLarge("request body too large: at most \(server.limits.wholeBody) bytes are read"))
    }

    // MARK: Answering

    /// Runs the route's handler.
    private func start() {
        guard let exchange, let context, let route = exchange.route else { return }
        switch route.action {
        case .immediate(let handler):
            do { answer(try handler(exchange.request)) } catch { answer(.failure(error)) }
        case .refused(let status, let message): answer(.failure(APIError(status: status, message: message)))
        case .notBuilt:
            let name = "\(route.method) \(route.pattern.text)"
            answer(.failure(APIError.notImplemented("\(name) is not built yet in this version of Causeway")))
        case .served(_, let handler):
            let reply = ReplyWriter(
                channel: context.channel, handler: NIOLoopBound(self, eventLoop: context.eventLoop), server: server,
                isHead: exchange.isHead, isHTTP10: exchange.isHTTP10, keepAlive: exchange.keepAlive)
            let request = exchange.request
            let service = server.service
            self.exchange?.task = Task {
                let response: Response
                do { response = try await handler(request, service) } catch { response = .failure(error) }
                await reply.send(response)
            }
        }
    }

    /// Writes a whole reply. Called on the event loop.
    func answer(_ response: Response) {
        guard let context, let exchange, !exchange.isAnswered else { return }
        var body: [UInt8] = []
        var framing = ResponseHeadWriter.Framing.none
        if case .bytes(let bytes) = response.body {
            framing = .length(bytes.count)
            if !exchange.isHead { body = bytes }
        }
        var buffer = context.channel.allocator.buffer(capacity: 512 + body.count)
        server.heads.write(
            response, framing: framing, keepAlive: exchange.keepAlive && !isClosing, isHTTP10: exchange.isHTTP10,
            to: &buffer)
        buffer.writeBytes(body)
        finish(with: buffer)
    }

    /// Writes the last piece of a reply. Called on the event loop.
    func finish(with buffer: ByteBuffer) {
        guard let context, exchange != nil else { return }
        exchange?.isAnswered = true
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        guard let exchange else { return }
        if exchange.isRead { return finishExchange() }
        // The rest of the body is thrown away, so that the client gets to read the reply.
        if case .streaming(let queue) = exchange.incoming { queue.end() }
        self.exchange?.incoming = .discarding(0)
        setDeadline(server.limits.bodyTime)
        resumeReading()
    }

    /// The reply cannot be brought to its end: the client learns it from the broken connection.
    func breakOff() {
        context?.close(promise: nil)
    }

    private func finishExchange() {
        guard let finished = exchange, let context else { return }
        exchange = nil
        if !finished.keepAlive || isClosing || (inputIsClosed && ahead.isEmpty) {
            isClosing = true
            context.close(mode: .output, promise: nil)
            // Closing at once could reset the connection under a reply that the client has not read.
            setDeadline(server.limits.lingerTime)
            tightenTimer()
            if inputIsClosed { context.close(promise: nil) } else { context.read() }
            return
        }
        setDeadline(server.limits.idleTime)
        while exchange?.isRead != true, let part = ahead.popFirst() { take(part) }
        resumeReading()
    }

    /// Answers a request that cannot be taken, and ends the connection.
    private func refuse(_ error: APIError) {
        guard let context else { return }
        if exchange?.isAnswered == true { return breakOff() }
        isClosing = true
        var buffer = context.channel.allocator.buffer(capacity: 512)
        let response = Response.failure(error)
        var body: [UInt8] = []
        if case .bytes(let bytes) = response.body { body = bytes }
        server.heads.write(
            response, framing: .length(body.count), keepAlive: false, isHTTP10: false, to: &buffer)
        if exchange?.isHead != true { buffer.writeBytes(body) }
        abandon()
        exchange = nil
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        context.close(mode: .output, promise: nil)
        setDeadline(server.limits.lingerTime)
        tightenTimer()
        context.read()
    }

    // MARK: Time

    /// When patience ends. The timer is left as it is while it is due earlier: it looks again when it fires, so that
    /// a quick request costs no timer.
    private func setDeadline(_ time: Duration) {
        deadline = .now() + TimeAmount(time)
        if timer == nil { arm() }
    }

    /// Sets the timer forward where it is due too late.
    private func tightenTimer() {
        guard deadline < timerIsDue else { return }
        timer?.cancel()
        arm()
    }

    private func arm() {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        timerIsDue = deadline
        timer = context.eventLoop.scheduleTask(deadline: deadline) { bound.value.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerIsDue = .distantFuture
        guard deadline != .distantFuture else { return }
        if NIODeadline.now() < deadline { return arm() }
        if isClosing || (exchange == nil && !isReadingHead) || exchange?.isAnswered == true {
            context?.close(promise: nil)
        } else {
            refuse(APIError(status: 408, message: "the request came too slowly"))
        }
    }
}

// MARK: Hijacking

extension ConnectionHandler {
    /// Takes HTTP off the connection after the reply's head has been written: what the client sends goes to `queue`.
    /// Called on the event loop.
    func becomeRaw(_ queue: InputQueue) throws {
        guard let context else { throw ChannelError.ioOnClosedChannel }
        let pipeline = context.pipeline.syncOperations
        let raw = RawInputHandler(
            queue: queue, task: exchange?.task, inputIsClosed: inputIsClosed,
            linger: TimeAmount(server.limits.lingerTime))
        exchange = nil
        deadline = .distantFuture
        try pipeline.addHandler(raw)
        pipeline.removeHandler(self, promise: nil)
        let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let removed = decoder.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(raw, eventLoop: decoder.eventLoop)
        removed.futureResult.whenComplete { _ in bound.value.decoderLeft() }
        pipeline.removeHandler(context: decoder, promise: removed)
        decoder.channel.read()
    }
}
