import EngineAPI
import EngineClient
import SystemCalls

/// The samples of one container.
final class StatsFeed {
    let lines: LineFeed
    private(set) var stats: StatsEntry
    private(set) var hasSample = false
    private var latest = ContinuousClock.now

    init(_ container: String, _ lines: LineFeed) {
        self.lines = lines
        stats = StatsEntry(container)
    }

    func takeSamples() throws(ClientError) {
        while let line = lines.next() {
            stats.take(try JSONValue(parsing: line))
            latest = ContinuousClock.now
            hasSample = true
        }
    }

    /// What is too old means nothing.
    func check(_ now: ContinuousClock.Instant, patience: Duration) {
        if now - latest > patience { stats.lose() }
    }
}

/// The lines of a reply that never ends, as they come.
final class LineFeed {
    private let reply: HTTPResponse
    private var bytes: [UInt8] = []
    private(set) var isOver = false

    init(_ reply: HTTPResponse) {
        self.reply = reply
    }

    var descriptor: CInt { reply.stream.descriptor.rawValue }
    var hasBuffered: Bool { !isOver && reply.stream.hasBuffered }

    /// Reads once; only where something has come.
    func read() throws(ClientError) {
        do throws(ClientError) {
            guard let part = try reply.read() else {
                isOver = true
                return
            }
            bytes += part
        } catch {
            // A daemon that ends takes its connections with it.
            isOver = true
            if error.kind != .transport { throw error }
        }
    }

    /// The next whole line.
    func next() -> [UInt8]? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = Array(bytes[..<end])
        bytes.removeFirst(end + 1)
        return line
    }
}
