import Logging
import SystemCalls

/// One thread that answers for its sandboxes. Everything in it belongs to that thread.
final class ResolverLoop {
    let configuration: NameServiceConfiguration
    let hostServers: HostServers
    let hostNamespace: NetworkNamespace
    let logger: Logger
    let events: EventQueue
    var handlers: [UInt64: Handler] = [:]
    var expiries: (tries: Expiries, connections: Expiries, listeners: Expiries)
    /// Room for one message of DNS, whatever its way.
    var scratch = [UInt8](repeating: 0, count: 65535)
    private let mailbox: ResolverMailbox
    private let followsHostFile: Bool
    private let batch: DatagramBatch
    private var sandboxes: [ObjectIdentifier: OpenSandbox] = [:]
    private var nextToken: UInt64 = 0
    /// The namespace that the thread is in, where that is known.
    private var place: ObjectIdentifier?
    private var isStopped = false

    /// What a token stands for.
    enum Handler {
        case mailbox
        case hostFile(FileWatch)
        case datagrams(OpenSandbox)
        case listener(OpenSandbox)
        case connection(Connection)
        case upstream(UpstreamTry)
    }

    init(_ start: ResolverStart) throws(SystemCallError) {
        configuration = start.configuration
        hostServers = start.hostServers
        hostNamespace = start.hostNamespace
        logger = start.logger
        mailbox = start.mailbox
        followsHostFile = start.followsHostFile
        events = try EventQueue()
        batch = try DatagramBatch(capacity: 64, size: Int(Reply.ownDatagramSize))
        expiries = (
            Expiries(after: configuration.patience), Expiries(after: configuration.idleLimit),
            Expiries(after: .milliseconds(100))
        )
    }

    /// Answers until told to stop.
    func run() throws(SystemCallError) {
        try events.watch(mailbox.wakeUp.rawValue, for: .readable, token: add(.mailbox))
        if followsHostFile, let path = hostServers.path { follow(path) }
        while !isStopped {
            events.wait(milliseconds: pause()) { token, events in
                if let handler = handlers[token] { handle(handler, token, events) }
            }
            expire()
        }
    }

    /// A token for something to be watched.
    func add(_ handler: Handler) -> UInt64 {
        nextToken += 1
        handlers[nextToken] = handler
        return nextToken
    }

    /// Moves the thread, for the sockets that are opened next.
    func enter(_ namespace: NetworkNamespace) throws(SystemCallError) {
        if place == ObjectIdentifier(namespace) { return }
        place = nil
        try namespace.enterOnDedicatedThread()
        place = ObjectIdentifier(namespace)
    }

    /// Lets a namespace go that the thread may still be in, so that it can end.
    private func leave(_ namespace: NetworkNamespace) {
        guard place == ObjectIdentifier(namespace) else { return }
        do { try enter(hostNamespace) } catch { place = nil }
    }

    private func follow(_ path: String) {
        do {
            let watch = try FileWatch(path)
            try events.watch(watch.descriptor.rawValue, for: .readable, token: add(.hostFile(watch)))
            // What changed before the watch stood.
            hostServers.reload()
        } catch {
            logger.warning("changes of the host's name servers are not noticed", metadata: ["reason": "\(error)"])
        }
    }

    private func handle(_ handler: Handler, _ token: UInt64, _ events: EventQueue.Events) {
        switch handler {
        case .mailbox: for command in mailbox.take() { obey(command) }
        case .hostFile(let watch):
            watch.clear()
            hostServers.reload()
        case .datagrams(let sandbox): answerDatagrams(sandbox)
        case .listener(let sandbox): accept(sandbox, token)
        case .connection(let connection): serve(connection, events)
        case .upstream(let attempt): advance(attempt, events)
        }
    }

    // MARK: Sandboxes

    private func obey(_ command: ResolverCommand) {
        switch command {
        case .stop: isStopped = true
        case .open(let sandbox):
            let opened = OpenSandbox(sandbox)
            sandboxes[ObjectIdentifier(sandbox)] = opened
            do {
                let datagrams = add(.datagrams(opened))
                let listener = add(.listener(opened))
                opened.tokens = [datagrams, listener]
                try events.watch(sandbox.datagrams.rawValue, for: .readable, token: datagrams)
                try events.watch(sandbox.listener.rawValue, for: .readable, token: listener)
            } catch {
                logger.error("a container gets no answers", metadata: ["key": "\(sandbox.key)", "reason": "\(error)"])
            }
        case .close(let sandbox):
            guard let opened = sandboxes.removeValue(forKey: ObjectIdentifier(sandbox)) else { return }
            opened.isClosed = true
            opened.underWay = [:]
            events.forget(sandbox.datagrams.rawValue)
            events.forget(sandbox.listener.rawValue)
            for token in opened.tokens { handlers[token] = nil }
            for (token, handler) in handlers {
                switch handler {
                case .connection(let connection) where connection.sandbox === opened: handlers[token] = nil
                case .upstream(let attempt) where attempt.forward.sandbox === opened: handlers[token] = nil
                default: break
                }
            }
            leave(sandbox.namespace)
        }
    }

    private func answerDatagrams(_ opened: OpenSandbox) {
        let number = opened.sandbox.datagrams.rawValue
        // A few rounds and no more: other sandboxes wait, too.
        for _ in 0..<4 {
            let view = opened.sandbox.view
            let count = batch.exchange(number) { message, count, peer in
                switch Responder.respond(to: &message, count: count, view: view, isStream: false) {
                case .nothing: return 0
                case .reply(let length): return length
                case .forward(let query):
                    let question = [UInt8](copying: message.span, count: count)
                    if forward(query, question, for: .datagram(peer), of: opened) { return 0 }
                    return Reply.write(
                        .serverFailure, to: query, limit: query.datagramLimit, over: &message)
                }
            }
            if count < batch.capacity { return }
        }
    }

    // MARK: Time

    /// How long to wait for events, in milliseconds.
    private func pause() -> CInt {
        let moments = [expiries.tries.next, expiries.connections.next, expiries.listeners.next]
        guard let first = moments.compactMap({ $0 }).min() else { return -1 }
        let rest = ContinuousClock.now.duration(to: first)
        return rest <= .zero ? 0 : CInt(clamping: Int(rest / .milliseconds(1)) + 1)
    }

    private func expire() {
        guard expiries.tries.next ?? expiries.connections.next ?? expiries.listeners.next != nil else { return }
        let now = ContinuousClock.now
        while let token = expiries.tries.takeDue(now) {
            if case .upstream(let attempt) = handlers[token] { giveUp(attempt) }
        }
        while let token = expiries.connections.takeDue(now) {
            if case .connection(let connection) = handlers[token] { endIfIdle(connection, now) }
        }
        while let token = expiries.listeners.takeDue(now) {
            if case .listener(let sandbox) = handlers[token] { resumeListening(sandbox, token) }
        }
    }
}

/// A sandbox on its thread.
final class OpenSandbox {
    let sandbox: Sandbox
    var tokens: [UInt64] = []
    /// Questions that are with servers.
    var forwards = 0
    /// Questions that came as datagrams and are with servers, by the message without its id.
    var underWay: [ArraySlice<UInt8>: Forward] = [:]
    /// TCP connections of its clients.
    var connections = 0
    var isClosed = false

    init(_ sandbox: Sandbox) { self.sandbox = sandbox }
}
