import IPAddressing
import Logging
import SystemCalls

/// A client that waits for an answer from elsewhere.
enum ForwardClient {
    case datagram(DatagramPeer)
    case connection(Connection)
}

/// A question that servers are asked, one after the other.
final class Forward {
    let sandbox: OpenSandbox
    let client: ForwardClient
    let query: Query
    /// The client's message as it came.
    let message: [UInt8]
    /// The servers that are left.
    var servers: ArraySlice<UpstreamServer>

    init(
        _ query: Query, _ message: [UInt8], for client: ForwardClient, of sandbox: OpenSandbox,
        servers: [UpstreamServer]
    ) {
        self.query = query
        self.message = message
        self.client = client
        self.sandbox = sandbox
        self.servers = servers[...]
    }

    /// By TCP where the client came by TCP.
    var isStream: Bool {
        switch client {
        case .datagram: false
        case .connection: true
        }
    }
}

/// One server being asked: with a socket, and so a source port, and an id of its own.
final class UpstreamTry {
    let forward: Forward
    let descriptor: FileDescriptor
    /// The client's message under another id.
    let question: [UInt8]
    var token: UInt64 = 0
    /// TCP: what is still to be sent, and what came.
    var output: [UInt8]
    var input: [UInt8] = []

    init(_ forward: Forward, _ descriptor: consuming FileDescriptor) {
        self.forward = forward
        self.descriptor = descriptor
        var question = forward.message
        let id = UInt16.random(in: 0 ... .max)
        question[0] = UInt8(id >> 8)
        question[1] = UInt8(id & 0xFF)
        self.question = question
        let length = [UInt8(truncatingIfNeeded: question.count >> 8), UInt8(truncatingIfNeeded: question.count)]
        output = forward.isStream ? length + question : []
    }
}

extension ResolverLoop {
    /// Begins to ask the sandbox's servers.
    ///
    /// - Returns: whether an answer will come; false where no server may or can be asked.
    func forward(
        _ query: Query, _ message: [UInt8], for client: ForwardClient, of opened: OpenSandbox
    ) -> Bool {
        guard opened.forwards < configuration.forwardLimit else {
            logger.debug("too many questions of a container at a time", metadata: ["key": "\(opened.sandbox.key)"])
            return false
        }
        let view = opened.sandbox.view
        // Nothing of a container with internal networks only leaves by the host.
        let servers = (view.servers.isEmpty ? hostServers.current : view.servers).filter { server in
            server.place == .host ? view.names.mayForward : server.address.bytes != Sandbox.address
        }
        guard !servers.isEmpty else { return false }
        let forward = Forward(query, message, for: client, of: opened, servers: servers)
        guard askNext(forward) else { return false }
        opened.forwards += 1
        return true
    }

    /// Asks the next server that can be asked.
    private func askNext(_ forward: Forward) -> Bool {
        while let server = forward.servers.popFirst() {
            do {
                try ask(server, forward)
                return true
            } catch {
                logger.debug("a name server cannot be asked", metadata: ["server": "\(server)", "reason": "\(error)"])
            }
        }
        return false
    }

    private func ask(_ server: UpstreamServer, _ forward: Forward) throws(SystemCallError) {
        try enter(server.place == .host ? hostNamespace : forward.sandbox.sandbox.namespace)
        let kind: InternetSocket.Kind = forward.isStream ? .stream : .datagram
        let descriptor = try InternetSocket.make(kind, isIPv6: server.address.family == .v6)
        // A connected socket takes datagrams from that address and port alone.
        let port = server.port == 53 ? configuration.serverPort : server.port
        try InternetSocket.connect(descriptor.rawValue, server.address.bytes, port: port, zone: server.zone)
        let attempt = UpstreamTry(forward, descriptor)
        let number = attempt.descriptor.rawValue
        if !forward.isStream {
            let question = attempt.question
            let outcome = InternetSocket.send(number, question.span)
            if case .failed(let reason) = outcome { throw SystemCallError("send", "\(server)", reason) }
        }
        attempt.token = add(.upstream(attempt))
        do {
            try events.watch(number, for: forward.isStream ? .writable : .readable, token: attempt.token)
        } catch {
            handlers[attempt.token] = nil
            throw error
        }
        expiries.tries.add(attempt.token, now: .now)
    }

    /// Goes on with a server that something came from.
    func advance(_ attempt: UpstreamTry, _ events: EventQueue.Events) {
        if attempt.forward.isStream { advanceStream(attempt) } else { advanceDatagram(attempt) }
    }

    /// The server was silent or cannot help: the next one, or a failure.
    func giveUp(_ attempt: UpstreamTry) {
        drop(attempt)
        let forward = attempt.forward
        if !askNext(forward) { finish(forward, .serverFailure) }
    }

    private func drop(_ attempt: UpstreamTry) {
        handlers[attempt.token] = nil
        events.forget(attempt.descriptor.rawValue)
    }

    private func advanceDatagram(_ attempt: UpstreamTry) {
        // Garbage is passed over, but not for ever in one go.
        for _ in 0..<16 {
            var room = scratch.mutableSpan
            switch InternetSocket.receive(attempt.descriptor.rawValue, into: &room) {
            case .wouldBlock: return
            case .failed: return giveUp(attempt)
            case .bytes(let count): if settle(attempt, count) { return }
            }
        }
    }

    private func advanceStream(_ attempt: UpstreamTry) {
        let number = attempt.descriptor.rawValue
        if !attempt.output.isEmpty {
            switch InternetSocket.send(number, attempt.output.span) {
            case .wouldBlock: return
            case .failed: return giveUp(attempt)
            case .bytes(let count): attempt.output.removeFirst(count)
            }
            guard attempt.output.isEmpty else { return }
            do { try events.watch(number, for: .readable, token: attempt.token) } catch { giveUp(attempt) }
            return
        }
        var room = scratch.mutableSpan
        switch InternetSocket.receive(number, into: &room) {
        case .wouldBlock: return
        case .failed, .bytes(0): return giveUp(attempt)
        case .bytes(let count): attempt.input += scratch[..<count]
        }
        while attempt.input.count >= 2 {
            let length = Int(attempt.input[0]) << 8 | Int(attempt.input[1])
            guard attempt.input.count >= 2 + length else { return }
            scratch.replaceSubrange(0..<length, with: attempt.input[2..<(2 + length)])
            attempt.input.removeFirst(2 + length)
            if settle(attempt, length) { return }
        }
    }

    /// Judges the message of so many bytes in `scratch`.
    ///
    /// - Returns: whether this try is over.
    private func settle(_ attempt: UpstreamTry, _ count: Int) -> Bool {
        let forward = attempt.forward
        let end = forward.query.questionEnd
        var message = Array(scratch[..<count])
        let question = attempt.question
        switch UpstreamReply.judge(message.span, question: question.span, questionEnd: end) {
        case .ignore: return false
        case .askNext: giveUp(attempt)
        case .bareError(let code):
            drop(attempt)
            finish(forward, code)
        case .handOn:
            drop(attempt)
            // The client's id, and its spelling of the name.
            message.replaceSubrange(0..<2, with: forward.message[0..<2])
            message.replaceSubrange(12..<end, with: forward.message[12..<end])
            deliver(message, forward)
        }
        return true
    }

    private func finish(_ forward: Forward, _ code: ResponseCode) {
        var reply = forward.message + [UInt8](repeating: 0, count: 16)
        var span = reply.mutableSpan
        let count = Reply.write(code, to: forward.query, limit: span.count, over: &span)
        reply.removeSubrange(count...)
        deliver(reply, forward)
    }

    private func deliver(_ message: [UInt8], _ forward: Forward) {
        forward.sandbox.forwards -= 1
        guard !forward.sandbox.isClosed else { return }
        switch forward.client {
        case .datagram(let peer): peer.send(message.span, from: forward.sandbox.sandbox.datagrams.rawValue)
        case .connection(let connection):
            connection.forwards -= 1
            guard handlers[connection.token] != nil else { return }
            send(message[...], to: connection)
            flush(connection)
        }
    }
}

extension [UInt8] {
    /// A copy of the first bytes.
    init(copying span: Span<UInt8>, count: Int) {
        self.init()
        reserveCapacity(count)
        for index in 0..<count { append(span[index]) }
    }
}
