import Logging
import SystemCalls

/// A client's TCP connection: messages with their length before them (RFC 1035 section 4.2.2), as many as it likes,
/// answered in whatever order the answers come (RFC 7766 section 6.2.1.1).
final class Connection {
    let sandbox: OpenSandbox
    let descriptor: FileDescriptor
    var token: UInt64 = 0
    /// What came and is no whole message yet.
    var input: [UInt8] = []
    /// What the client has not taken yet.
    var output: [UInt8] = []
    /// Questions that are with servers.
    var forwards = 0
    /// The client sends no more.
    var hasEnded = false
    var lastUse = ContinuousClock.now
    var awaited: EventQueue.Events = .readable

    /// A client that does not take its answers is not waited for, bytes.
    static let outputLimit = 1 << 20

    init(_ sandbox: OpenSandbox, _ descriptor: consuming FileDescriptor) {
        self.sandbox = sandbox
        self.descriptor = descriptor
    }

    /// Whether nothing is left to do for it.
    var isDone: Bool { hasEnded && forwards == 0 && output.isEmpty }
}

extension ResolverLoop {
    /// Takes the clients that wait at a sandbox's listener.
    func accept(_ opened: OpenSandbox, _ token: UInt64) {
        do {
            for _ in 0..<16 {
                guard let descriptor = try InternetSocket.accept(opened.sandbox.listener.rawValue) else { return }
                // Too many: closed at once, which tells the client to come back later.
                if opened.connections >= configuration.connectionLimit { continue }
                let connection = Connection(opened, descriptor)
                connection.token = add(.connection(connection))
                opened.connections += 1
                expiries.connections.add(connection.token, now: .now)
                do {
                    try events.watch(
                        connection.descriptor.rawValue, for: connection.awaited, token: connection.token)
                } catch { end(connection) }
            }
        } catch {
            // No descriptors left, most likely: the client waits in line a while.
            events.forget(opened.sandbox.listener.rawValue)
            expiries.listeners.add(token, now: .now)
            logger.warning("a client of a container's resolver must wait", metadata: ["reason": "\(error)"])
        }
    }

    /// Looks for clients again after `accept` had failed.
    func resumeListening(_ opened: OpenSandbox, _ token: UInt64) {
        do { try events.watch(opened.sandbox.listener.rawValue, for: .readable, token: token) } catch {
            expiries.listeners.add(token, now: .now)
        }
    }

    /// Goes on with a connection that something happened to.
    func serve(_ connection: Connection, _ events: EventQueue.Events) {
        if !events.isDisjoint(with: .readable), !connection.hasEnded { receive(connection) }
        if !events.isDisjoint(with: .broken) { return end(connection) }
        flush(connection)
    }

    /// Closes a connection that did nothing for too long; looks again later otherwise.
    func endIfIdle(_ connection: Connection, _ now: ContinuousClock.Instant) {
        let isBusy = connection.forwards > 0 || connection.lastUse + configuration.idleLimit > now
        if isBusy { expiries.connections.add(connection.token, now: now) } else { end(connection) }
    }

    /// Sends a message to the client.
    func send(_ message: ArraySlice<UInt8>, to connection: Connection) {
        connection.output.append(UInt8(truncatingIfNeeded: message.count >> 8))
        connection.output.append(UInt8(truncatingIfNeeded: message.count))
        connection.output += message
    }

    private func receive(_ connection: Connection) {
        var room = scratch.mutableSpan
        switch InternetSocket.receive(connection.descriptor.rawValue, into: &room) {
        case .wouldBlock: return
        case .failed: connection.hasEnded = true
        case .bytes(0): connection.hasEnded = true
        case .bytes(let count):
            connection.lastUse = .now
            connection.input += scratch[..<count]
            takeMessages(connection)
        }
    }

    private func takeMessages(_ connection: Connection) {
        var cursor = 0
        let input = connection.input
        while input.count - cursor >= 2 {
            let length = Int(input[cursor]) << 8 | Int(input[cursor + 1])
            guard input.count - cursor - 2 >= length else { break }
            answer(input[(cursor + 2)..<(cursor + 2 + length)], connection)
            cursor += 2 + length
        }
        connection.input.removeFirst(cursor)
    }

    private func answer(_ message: ArraySlice<UInt8>, _ connection: Connection) {
        let opened = connection.sandbox
        var reply = [UInt8](repeating: 0, count: 65535)
        reply.replaceSubrange(0..<message.count, with: message)
        var span = reply.mutableSpan
        var length = 0
        switch Responder.respond(to: &span, count: message.count, view: opened.sandbox.view, isStream: true) {
        case .nothing: connection.hasEnded = true
        case .reply(let count): length = count
        case .forward(let query):
            if forward(query, Array(message), for: .connection(connection), of: opened) {
                connection.forwards += 1
            } else {
                length = Reply.write(.serverFailure, to: query, limit: 65535, over: &span)
            }
        }
        if length > 0 { send(reply[..<length], to: connection) }
    }

    /// Sends what the client takes and decides what to wait for.
    func flush(_ connection: Connection) {
        if !connection.output.isEmpty {
            switch InternetSocket.send(connection.descriptor.rawValue, connection.output.span) {
            case .wouldBlock: break
            case .failed: return end(connection)
            case .bytes(let count):
                connection.lastUse = .now
                connection.output.removeFirst(count)
            }
        }
        if connection.isDone || connection.output.count > Connection.outputLimit { return end(connection) }
        var awaited: EventQueue.Events = connection.hasEnded ? [] : .readable
        if !connection.output.isEmpty { awaited.insert(.writable) }
        guard awaited != connection.awaited else { return }
        connection.awaited = awaited
        do { try events.watch(connection.descriptor.rawValue, for: awaited, token: connection.token) } catch {
            end(connection)
        }
    }

    private func end(_ connection: Connection) {
        guard handlers.removeValue(forKey: connection.token) != nil else { return }
        events.forget(connection.descriptor.rawValue)
        connection.hasEnded = true
        connection.sandbox.connections -= 1
    }
}
