import Glibc
import SystemCalls

/// Carries bytes between the terminal (or whatever stands at descriptors 0, 1 and 2) and a container's process, and
/// signals along the way, until one side ends.
public final class StreamPump {
    /// What the connection is like.
    public struct Options {
        /// Whether the process has a terminal: output is then one raw stream.
        public var tty = false
        /// Whether standard input goes to the process.
        public var sendsInput = false
        /// Whether standard output is wanted.
        public var wantsOutput = true
        /// Whether standard error is wanted.
        public var wantsError = true
        /// The keys that detach; looked for where input is a terminal and so is the process'.
        public var detachKeys = DetachKeys.standard

        /// A process without terminal whose output is wanted.
        public init() {}
    }

    /// How it ended.
    public enum Ending: Equatable {
        /// The process has closed its outputs, or the daemon the connection.
        case closed
        /// The user typed the detach keys.
        case detached
        /// The waiting was answered while no output is wanted.
        case answered
    }

    private let stream: SocketStream
    private var options: Options
    private let watch: SignalWatch
    private var decoder = FrameDecoder()
    private var raw: RawTerminal?
    private var inputOpen: Bool

    /// Prepares; the terminal changes in `run`.
    public init(_ stream: SocketStream, options: Options, watch: SignalWatch) {
        self.stream = stream
        self.options = options
        self.watch = watch
        inputOpen = options.sendsInput
        // Without input there is nothing to say: the daemon need not wait for more.
        if !inputOpen { stream.finishWriting() }
    }

    /// Puts the terminal in raw mode where input goes to a process with a terminal.
    public func begin() {
        if options.tty, options.sendsInput, Terminal.isTerminal(STDIN_FILENO) {
            raw = RawTerminal()
            watch.rearm()
        }
    }

    /// Brings the terminal back.
    public func end() {
        raw = nil
        RawTerminal.restore()
    }

    /// Pumps until the end.
    /// - Parameter answer: a connection on which the exit status arrives; it ends the pumping only where no output is
    ///   wanted.
    public func run(until answer: SocketStream? = nil) throws(ClientError) -> Ending {
        defer { end() }
        let stopsOnAnswer = !options.wantsOutput && !options.wantsError && answer != nil
        while true {
            if stream.hasBuffered {
                if try !receive() { return .closed }
                continue
            }
            var entries = [
                pollfd(fd: stream.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: inputOpen ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: stopsOnAnswer ? answer?.descriptor.rawValue ?? -1 : -1, events: Int16(POLLIN), revents: 0),
            ]
            if unsafe poll(&entries, nfds_t(entries.count), -1) < 0 { continue }
            if entries[1].revents != 0 { try watch.handle() }
            if entries[0].revents != 0, try !receive() { return .closed }
            if entries[2].revents != 0, try !sendInput() { return .detached }
            if entries[3].revents != 0 { return .answered }
        }
    }

    /// Reads once from the process; false at the end.
    private func receive() throws(ClientError) -> Bool {
        let bytes = try stream.read()
        if bytes.isEmpty { return false }
        if options.tty {
            Console.write(bytes, to: STDOUT_FILENO)
            return true
        }
        for piece in try decoder.feed(bytes) {
            switch piece.stream {
            case 2:
                if options.wantsError { Console.write(piece.bytes, to: STDERR_FILENO) }
            case 3:
                throw ClientError(
                    .daemon(status: 500),
                    "error from daemon in stream: " + String(decoding: piece.bytes, as: UTF8.self).trimmingSpaces)
            default:
                if options.wantsOutput { Console.write(piece.bytes, to: STDOUT_FILENO) }
            }
        }
        return true
    }

    /// Reads once from standard input; false where the user detached.
    private func sendInput() throws(ClientError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 32768)
        let count = unsafe Glibc.read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0, Errno.current == .interrupted || Errno.current == .wouldBlock { return true }
        if count <= 0 {
            inputOpen = false
            stream.finishWriting()
            return true
        }
        buffer.removeLast(buffer.count - count)
        if raw != nil {
            let result = options.detachKeys.feed(buffer)
            if result.detached { return false }
            buffer = result.passed
        }
        do {
            try stream.write(buffer)
        } catch {
            // The process no longer reads: what it still has to say matters more.
            inputOpen = false
        }
        return true
    }
}
