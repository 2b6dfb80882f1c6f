import Dispatch
import Glibc

/// What the daemon is told from outside.
enum DaemonSignal {
    /// SIGTERM, SIGINT: end in good order.
    case end
    /// SIGHUP: read the configuration file again.
    case reload
}

/// The signals of this process, one after another.
enum Signals {
    /// Takes over SIGTERM, SIGINT and SIGHUP, and ignores SIGPIPE: a client that has gone is an error of a write.
    static func listen() -> AsyncStream<DaemonSignal> {
        _ = signal(SIGPIPE, SIG_IGN)
        let (stream, continuation) = AsyncStream.makeStream(of: DaemonSignal.self)
        var sources: [any DispatchSourceSignal] = []
        for (number, meaning) in [(SIGTERM, DaemonSignal.end), (SIGINT, .end), (SIGHUP, .reload)] {
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(meaning) }
            source.activate()
            sources.append(source)
        }
        nonisolated(unsafe) let kept = sources
        continuation.onTermination = { _ in
            for source in unsafe kept { source.cancel() }
        }
        return stream
    }
}
