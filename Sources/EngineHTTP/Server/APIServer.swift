public import EngineAPI
public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SystemCalls
import Synchronization

/// Serves the Docker Engine API on Unix sockets and, with TLS or without, on TCP ports.
///
/// One event loop a processor, two at most, moves the bytes; every request is answered by a task of its own, which is
/// cancelled when its client hangs up.
public final class APIServer: Sendable {
    private struct State {
        var listening: [any Channel] = []
        var paths: [String] = []
        var connections: [ObjectIdentifier: any Channel] = [:]
        var isShutDown = false
    }

    private let context: ServerContext
    private let group: MultiThreadedEventLoopGroup
    private let state = Mutex(State())

    /// - Parameters:
    ///   - service: what answers.
    ///   - logger: where warnings go.
    ///   - version: this program's version, for the `Server` field of replies.
    ///   - minimum: the oldest version of the API that is taken.
    public convenience init(
        service: any EngineService, logger: Logger, version: String = "0.1.0", minimum: APIVersion = .minimum
    ) {
        self.init(service: service, logger: logger, version: version, minimum: minimum, limits: ConnectionLimits())
    }

    init(
        service: any EngineService, logger: Logger, version: String, minimum: APIVersion = .minimum,
        limits: ConnectionLimits
    ) {
        var routes = RouteTable.engine
        routes.minimum = minimum
        context = ServerContext(
            service: service, routes: routes, product: "Causeway/\(version)", limits: limits, logger: logger)
        group = MultiThreadedEventLoopGroup(numberOfThreads: min(2, System.coreCount))
    }

    /// Begins to take connections; returns once all sockets listen.
    ///
    /// - Throws: `ListenError` where a socket is in use or cannot be made; those made before it are closed.
    public func listen(on listeners: [Listener]) async throws {
        do {
            for listener in listeners { try await listen(on: listener) }
        } catch {
            await stopListening()
            throw error
        }
    }

    private func listen(on listener: Listener) async throws {
        let logger = context.logger
        let channel: any Channel
        switch listener {
        case .unix(let path, let group, let mode):
            let descriptor = try ListeningSocket.listen(path: path, group: group, mode: mode) {
                logger.warning("\($0)")
            }
            state.withLock { $0.paths.append(path) }
            channel = try await bootstrap().withBoundSocket(descriptor).get()
        case .tcp(let host, let port, let tls):
            let bootstrap = try bootstrap(port: tls)
            do {
                channel = try await bootstrap.bind(host: host, port: Int(port)).get()
            } catch {
                let reason = (error as? IOError).map { "\(Errno(rawValue: $0.errnoCode))" } ?? "\(error)"
                throw ListenError(message: "cannot listen on port \(port) of \(host): \(reason)")
            }
        case .descriptor(let given, let tls):
            let bootstrap = ListeningSocket.isLocal(given) ? bootstrap() : try bootstrap(port: tls)
            channel = try await bootstrap.withBoundSocket(given).get()
        }
        state.withLock { $0.listening.append(channel) }
    }

    /// For clients from afar.
    private func bootstrap(port tls: ServerTLS?) throws(ListenError) -> ServerBootstrap {
        bootstrap(try tls?.context())
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A client that vanished must not hold a stream for ever.
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
    }

    private func bootstrap(_ tls: NIOSSLContext? = nil) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelInitializer { [logger = context.logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PatientListener(logger: logger))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try addHandlers(to: channel)
                    register(channel)
                }
            }
    }

    private func addHandlers(to channel: any Channel) throws {
        guard connectionCount < context.limits.connections else {
            context.logger.warning("too many clients", metadata: ["limit": "\(context.limits.connections)"])
            return try channel.pipeline.syncOperations.addHandler(RefusalHandler(limit: context.limits.connections))
        }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = context.limits.headerField
        limits.maxHeaderListSize = context.limits.headerList
        limits.maxHeaderFieldCount = context.limits.headerCount
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(decoder), ConnectionHandler(server: context),
        ])
    }

    /// The port of the first TCP socket that listens; nil where there is none.
    var port: Int? { state.withLock { $0.listening.lazy.compactMap { $0.localAddress?.port }.first } }

    private func register(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        let isLate = state.withLock { state in
            state.connections[key] = channel
            return state.isShutDown
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { $0.connections[key] = nil }
        }
        if isLate { channel.close(promise: nil) }
    }

    /// How many clients are connected.
    public var connectionCount: Int { state.withLock { $0.connections.count } }

    /// Takes no further connections, removes the socket files, hangs up on all clients, which cancels what runs for
    /// them, and ends the event loops.
    public func shutdown() async {
        await stopListening()
        let connections = state.withLock { state in
            state.isShutDown = true
            return Array(state.connections.values)
        }
        // All at once: one with TLS waits some seconds for its client's goodbye.
        for closed in connections.map({ $0.close() }) { try? await closed.get() }
        do {
            try await group.shutdownGracefully()
        } catch {
            context.logger.warning("the event loops did not end cleanly", metadata: ["error": "\(error)"])
        }
    }

    private func stopListening() async {
        let (listening, paths) = state.withLock { state in
            defer {
                state.listening = []
                state.paths = []
            }
            return (state.listening, state.paths)
        }
        // The files first: whoever comes now finds no daemon, rather than one that hangs up.
        for path in paths {
            do { try FileSystem.removeFile(path) } catch {
                context.logger.warning("could not remove the socket", metadata: ["error": "\(error)"])
            }
        }
        for channel in listening { try? await channel.close() }
    }
}
