import EngineAPI
import EngineClient
import Glibc

/// A connection to a container's process, from the request for it to the exit status.
struct Attachment {
    private let client: EngineClient
    private let id: String
    private let pump: StreamPump
    private let watch: SignalWatch
    private let tty: Bool

    /// Refuses a terminal for the process where standard input is none here.
    static func checkTerminal(input: Bool, tty: Bool) throws(ClientError) {
        if input, tty, !Terminal.isTerminal(STDIN_FILENO) { throw .local("the input device is not a TTY") }
    }

    /// Passes signals on to a container.
    static func watch(_ client: EngineClient, _ id: String, forwards: Bool) throws(ClientError) -> SignalWatch {
        try SignalWatch(forwards: forwards) { name in
            _ = try? client.bytes(
                EngineRequest("POST", EngineClient.container(id, "/kill"), query: [("signal", name)]))
        }
    }

    /// Attaches to a container; the terminal is raw from here on where it takes part.
    init(
        _ client: EngineClient, _ id: String, options: StreamPump.Options, keys: String, watch: SignalWatch
    ) throws(ClientError) {
        var query: [(String, String)] = keys.isEmpty ? [] : [("detachKeys", keys)]
        if options.wantsError { query.append(("stderr", "1")) }
        if options.sendsInput { query.append(("stdin", "1")) }
        if options.wantsOutput { query.append(("stdout", "1")) }
        query.append(("stream", "1"))
        let stream = try client.hijack(EngineRequest("POST", EngineClient.container(id, "/attach"), query: query))
        self.init(client, id, stream, options: options, watch: watch)
    }

    /// Takes over a connection.
    init(
        _ client: EngineClient, _ id: String, _ stream: SocketStream, options: StreamPump.Options, watch: SignalWatch
    ) {
        self.client = client
        self.id = id
        self.watch = watch
        tty = options.tty
        pump = StreamPump(stream, options: options, watch: watch)
        pump.begin()
    }

    /// Asks for the exit status; the reply's head is here when this returns, its body comes at the end.
    func wait(removed: Bool) throws(ClientError) -> HTTPResponse {
        do throws(ClientError) {
            return try client.send(
                EngineRequest(
                    "POST", EngineClient.container(id, "/wait"),
                    query: [("condition", removed ? "removed" : "next-exit")]))
        } catch {
            giveUp()
            throw error
        }
    }

    /// Brings the terminal back without pumping.
    func giveUp() {
        pump.end()
    }

    /// Gives the container's terminal the size of this one, now and whenever it changes.
    /// - Parameter path: where to post the size.
    func followWindow(path: String) {
        guard tty, Terminal.isTerminal(STDOUT_FILENO) else { return }
        let client = client
        var isFirst = true
        watch.followWindow {
            guard let size = Terminal.size() else { return }
            let request = EngineRequest(
                "POST", path, query: [("h", String(size.rows)), ("w", String(size.columns))])
            // Right after the start the terminal may not be there yet.
            for attempt in 1...(isFirst ? 10 : 1) {
                if (try? client.bytes(request)) != nil { break }
                usleep(UInt32(attempt) * 10_000)
            }
            isFirst = false
        }
    }

    /// Pumps until the connection ends, then reads the exit status.
    /// - Parameters:
    ///   - waiting: the reply that will bring the status.
    ///   - whenDetached: the status where the user leaves a container running; nil says so and ends with 1.
    func finish(_ waiting: HTTPResponse, whenDetached: Int32?) throws(ClientError) -> Int32 {
        if try pump.run(until: waiting.stream) == .detached {
            if let whenDetached { return whenDetached }
            throw .local("read escape sequence")
        }
        if !waiting.stream.hasBuffered { try watch.wait(for: waiting.stream) }
        return try Attachment.status(waiting)
    }

    /// Pumps until the connection ends.
    func finish() throws(ClientError) {
        if try pump.run() == .detached { throw .local("read escape sequence") }
    }

    /// Reads the body of a wait: the exit status, or 125 with the words for why there is none.
    static func status(_ waiting: HTTPResponse) throws(ClientError) -> Int32 {
        var bytes: [UInt8] = []
        while let part = try waiting.read() {
            bytes += part
            guard let reply = try? JSONValue(parsing: bytes) else { continue }
            if let message = reply["Error"]?["Message"]?.string, !message.isEmpty {
                throw .local("Error waiting for container: \(message)", exitStatus: 125)
            }
            return Int32(truncatingIfNeeded: reply.number("StatusCode"))
        }
        throw .local("error waiting for container: unexpected EOF", exitStatus: 125)
    }
}
