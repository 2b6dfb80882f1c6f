import Glibc
import SystemCalls

/// A TCP port that the proxy serves.
final class TCPListener: ProxyListener {
    private let socket: SharedFileDescriptor
    private let target: PortProxy.Target
    private var relays: [ObjectIdentifier: TCPRelay] = [:]
    private var isStopped = false
    /// Whether no more connections are taken for now.
    private var isPaused = false

    init(_ socket: SharedFileDescriptor, _ target: PortProxy.Target) {
        self.socket = socket
        self.target = target
    }

    func start(_ loop: ProxyLoop) {
        // Again, after a former listener of the same port: it has just gone deaf.
        try? InternetSocket.setDeaf(socket.rawValue, false)
        loop.want(socket.rawValue, reading: true, self)
    }

    func stop(_ loop: ProxyLoop) {
        isStopped = true
        // It listens on, deaf: a port that is bound and no more could be taken from under its holder. Whoever waits in
        // the queue is sent away.
        try? InternetSocket.setDeaf(socket.rawValue, true)
        while let refused = try? InternetSocket.accept(socket.rawValue) { _ = consume refused }
        loop.bury(socket)
        for relay in relays.values { relay.close(loop) }
        relays = [:]
    }

    func ready(_ descriptor: CInt, _ loop: ProxyLoop) {
        if isStopped { return }
        for _ in 0..<32 {
            guard loop.connections < loop.limits.connections else { return pause(loop) }
            do throws(SystemCallError) {
                guard let client = try InternetSocket.accept(socket.rawValue) else { break }
                admit(SharedFileDescriptor(client), loop)
            } catch {
                // Descriptors or memory are short: the next tick tries again.
                return pause(loop)
            }
        }
        loop.want(descriptor, reading: true, self)
    }

    /// Takes no more until the next tick; the kernel's queue keeps them.
    private func pause(_ loop: ProxyLoop) {
        isPaused = true
        loop.isWaiting = true
    }

    private func admit(_ client: SharedFileDescriptor, _ loop: ProxyLoop) {
        do throws(SystemCallError) {
            let server = try loop.connect(to: target, type: CInt(SOCK_STREAM.rawValue), number: CInt(IPPROTO_TCP))
            let relay = TCPRelay(client, server, self, since: loop.now)
            relays[ObjectIdentifier(relay)] = relay
            relay.start(loop)
        } catch {
            // Nobody there: the client sees its connection end, as it would of a server that goes.
        }
    }

    func tick(_ loop: ProxyLoop) {
        for relay in relays.values where relay.isLate(loop) { relay.close(loop) }
        if isPaused, !isStopped {
            isPaused = false
            loop.want(socket.rawValue, reading: true, self)
        }
    }

    /// A connection is over.
    func forget(_ relay: TCPRelay) { relays[ObjectIdentifier(relay)] = nil }
}

/// One connection, and the one behind it. Either direction can end alone (half-close); a receiver that does not read
/// stops its sender: at most one buffer waits for it here.
final class TCPRelay: ProxyHandler {
    /// One of the two sockets.
    private struct Side {
        let socket: SharedFileDescriptor
        /// What it still is to be sent.
        var pending: ArraySlice<UInt8> = []
        /// Whether it has sent all that it will.
        var hasEnded = false
        /// Whether it was told that no more comes.
        var wasTold = false
    }

    private var client: Side
    private var server: Side
    private unowned let listener: TCPListener
    private let began: ContinuousClock.Instant
    private var isConnected = false
    private var isClosed = false

    init(
        _ client: SharedFileDescriptor, _ server: SharedFileDescriptor, _ listener: TCPListener,
        since began: ContinuousClock.Instant
    ) {
        self.client = Side(socket: client)
        self.server = Side(socket: server)
        self.listener = listener
        self.began = began
    }

    func start(_ loop: ProxyLoop) {
        loop.connections += 1
        for side in [client, server] {
            // A peer that vanished without a word is noticed in the end; small answers are not held back.
            try? SocketOption.set(side.socket.rawValue, level: SOL_SOCKET, name: SO_KEEPALIVE, value: 1)
            try? SocketOption.set(side.socket.rawValue, level: CInt(IPPROTO_TCP), name: TCP_NODELAY, value: 1)
        }
        loop.want(server.socket.rawValue, reading: false, writing: true, self)
    }

    /// Whether the container took too long to accept.
    func isLate(_ loop: ProxyLoop) -> Bool { !isConnected && loop.now - began > loop.limits.connecting }

    func ready(_ descriptor: CInt, _ loop: ProxyLoop) {
        if isClosed { return }
        if !isConnected {
            guard InternetSocket.connectionError(server.socket.rawValue) == nil else { return end(loop) }
            isConnected = true
        }
        guard Self.move(from: &client, to: &server, &loop.scratch),
            Self.move(from: &server, to: &client, &loop.scratch), !(client.wasTold && server.wasTold)
        else { return end(loop) }
        watch(client, server, loop)
        watch(server, client, loop)
    }

    /// Asks for what can happen next on one side. Nothing, where it has ended and waits for nothing.
    private func watch(_ side: Side, _ other: Side, _ loop: ProxyLoop) {
        let reads = !side.hasEnded && other.pending.isEmpty
        let writes = !side.pending.isEmpty
        if reads || writes { loop.want(side.socket.rawValue, reading: reads, writing: writes, self) }
    }

    /// Moves what there is in one direction, a few buffers at most so that others get their turn.
    ///
    /// - Returns: false where the connection is broken.
    private static func move(from source: inout Side, to sink: inout Side, _ scratch: inout [UInt8]) -> Bool {
        for _ in 0..<8 {
            if !sink.pending.isEmpty {
                guard let sent = send(sink.pending, to: sink) else { return false }
                sink.pending = sink.pending.dropFirst(sent)
                if !sink.pending.isEmpty { return true }
                sink.pending = []
            }
            if source.hasEnded {
                if !sink.wasTold { InternetSocket.endWriting(sink.socket.rawValue) }
                sink.wasTold = true
                return true
            }
            let count = unsafe recv(source.socket.rawValue, &scratch, scratch.count, 0)
            if count < 0 { return [EAGAIN, EINTR].contains(Errno.current.rawValue) }
            if count == 0 {
                source.hasEnded = true
                continue
            }
            guard let sent = send(scratch[..<count], to: sink) else { return false }
            if sent < count { sink.pending = ArraySlice(Array(scratch[sent..<count])) }
        }
        return true
    }

    /// Sends what the kernel takes; nil where the connection is broken.
    private static func send(_ bytes: ArraySlice<UInt8>, to side: Side) -> Int? {
        let sent = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(side.socket.rawValue, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        if sent >= 0 { return sent }
        return [EAGAIN, EINTR].contains(Errno.current.rawValue) ? 0 : nil
    }

    private func end(_ loop: ProxyLoop) {
        listener.forget(self)
        close(loop)
    }

    /// Ends both connections.
    func close(_ loop: ProxyLoop) {
        if isClosed { return }
        isClosed = true
        loop.connections -= 1
        loop.bury(client.socket)
        loop.bury(server.socket)
    }
}

extension ProxyLoop {
    /// AF_INET and AF_INET6.
    static let ipv4 = AF_INET
    static let ipv6 = AF_INET6
}
