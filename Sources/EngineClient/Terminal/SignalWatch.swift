import Glibc
import SystemCalls

/// What becomes of signals while a command is connected to a container: a changed window resizes the container's
/// terminal, others are passed on to its process.
public final class SignalWatch {
    private let signals: Signals
    private let forwards: Bool
    private let onSignal: (String) -> Void
    private var onResize: (() -> Void)?
    private var interruptions = 0

    /// Starts listening.
    /// - Parameters:
    ///   - forwards: whether signals go to the container; else they do here what they always do.
    ///   - onSignal: passes on a signal, named as the API takes it (`INT`).
    public init(forwards: Bool, onSignal: @escaping (String) -> Void) throws(ClientError) {
        signals = try Signals()
        self.forwards = forwards
        self.onSignal = onSignal
        rearm()
    }

    /// Readable when there is something to handle.
    var descriptor: CInt { signals.descriptor.rawValue }

    /// Takes the handlers back that others (the raw terminal's) have put in their place.
    func rearm() {
        if forwards { signals.watch(Signals.forwarded.map(\.number)) }
    }

    /// Calls `body` now and whenever the window changes.
    public func followWindow(_ body: @escaping () -> Void) {
        onResize = body
        signals.watch([SIGWINCH])
        body()
    }

    /// Handles what has come. The third SIGINT or SIGTERM ends the command, as Docker's does.
    func handle() throws(ClientError) {
        for number in signals.received() {
            if number == SIGWINCH {
                onResize?()
                continue
            }
            if number == SIGINT || number == SIGTERM {
                interruptions += 1
                if interruptions == 3 {
                    throw .local("\ngot 3 SIGTERM/SIGINTs, forcefully exiting")
                }
            }
            if let name = Signals.forwarded.first(where: { $0.number == number })?.name { onSignal(name) }
        }
    }

    /// Waits until the connection has something to read, handling signals meanwhile.
    public func wait(for stream: SocketStream) throws(ClientError) {
        while !stream.hasBuffered {
            var entries = [
                pollfd(fd: stream.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            if unsafe poll(&entries, nfds_t(entries.count), -1) < 0 { continue }
            if entries[1].revents != 0 { try handle() }
            if entries[0].revents != 0 { return }
        }
    }
}
