import EngineAPI
import EngineClient
import Glibc
import SystemCalls

/// `stats`: what containers use, once or again and again.
enum StatsCommand {
    static let all = [stats]

    private static let stats = Command(
        ["stats", "container stats"], aliases: ["container stats", "stats"], usage: "[OPTIONS] [CONTAINER...]",
        "Display a live stream of container(s) resource usage statistics",
        flags: [
            Flag("all", "a", .bool, "Show all containers (default shows just running)"), .listFormat,
            Flag("no-stream", nil, .bool, "Disable streaming stats and only pull the first result"),
            Flag("no-trunc", nil, .bool, "Do not truncate output"),
        ], operands: .atLeast(0)
    ) { call throws(ClientError) in
        let watch = StatsWatch(call)
        if call.arguments.flag("no-stream") {
            try watch.once()
        } else {
            try watch.follow()
        }
        return 0
    }
}

/// The containers of one `stats` command, and the connections over which their samples come.
private final class StatsWatch {
    /// A sample comes every second.
    private static let patience = Duration.seconds(2)
    private static let pause = Duration.milliseconds(500)

    private let client: EngineClient
    private let options: ParsedArguments
    private var feeds: [StatsFeed] = []
    private var events: LineFeed?

    /// Containers that the command line names stay, whatever becomes of them.
    private var isNamed: Bool { !options.operands.isEmpty }
    private var showsAll: Bool { options.flag("all") }

    init(_ call: Invocation) {
        client = call.client
        options = call.arguments
    }

    private func request(_ container: String, isStream: Bool) -> EngineRequest {
        EngineRequest(
            "GET", EngineClient.container(container, "/stats"), query: [("stream", isStream ? "1" : "0")])
    }

    private func containers() throws(ClientError) -> [String] {
        if isNamed {
            var seen: Set<String> = []
            return options.operands.filter { seen.insert($0).inserted }
        }
        let query = showsAll ? [("all", "1")] : []
        return try client.json(EngineRequest("GET", "/containers/json", query: query)).elements.map { $0.text("Id") }
    }

    private func text(_ stats: [StatsEntry]) throws(ClientError) -> String {
        let rows = StatsListing.rows(stats, truncated: !options.flag("no-trunc"))
        return try StatsListing.format.render(rows, format: options.text("format"))
    }

    // MARK: Once

    func once() throws(ClientError) {
        let names = try containers()
        var found: [StatsEntry] = []
        var failures: [String] = []
        for (name, reply) in zip(names, client.all(names.map { request($0, isStream: false) })) {
            var entry = StatsEntry(name)
            do throws(ClientError) {
                entry.take(try JSONValue(parsing: try reply.get().readAll()))
            } catch {
                // One that has gone since it was listed is no error.
                if !isNamed { continue }
                failures.append(error.message)
            }
            found.append(entry)
        }
        if !failures.isEmpty { throw .local(failures.joined(separator: "\n")) }
        Console.print(try text(found))
    }

    // MARK: Again and again

    func follow() throws(ClientError) {
        // First the events, then the list: so that nobody who comes in between is missed.
        if !isNamed {
            let filters = JSONValue.object([.init("type", .object([.init("container", .bool(true))]))])
            events = LineFeed(
                try client.send(EngineRequest("GET", "/events", query: [("filters", filters.compact)])))
        }
        let names = try containers()
        var failures: [String] = []
        for (name, reply) in zip(names, client.all(names.map { request($0, isStream: true) })) {
            do throws(ClientError) {
                feeds.append(StatsFeed(name, LineFeed(try reply.get())))
            } catch {
                if isNamed { failures.append(error.message) }
            }
        }
        if !failures.isEmpty { throw .local(failures.joined(separator: "\n")) }
        let deadline = ContinuousClock.now + StatsWatch.patience
        while feeds.contains(where: { !$0.hasSample }), ContinuousClock.now < deadline {
            try wait(until: deadline, orFor: { self.feeds.allSatisfy(\.hasSample) })
        }
        while true {
            let now = ContinuousClock.now
            for feed in feeds { feed.check(now, patience: StatsWatch.patience) }
            Console.print(StatsListing.redrawn(try text(feeds.map(\.stats))))
            if try !wait(until: now + StatsWatch.pause) { return }
        }
    }

    /// Takes in what comes.
    ///
    /// - Returns: false where the daemon has gone.
    @discardableResult
    private func wait(until end: ContinuousClock.Instant, orFor isEnough: () -> Bool = { false }) throws(ClientError)
        -> Bool
    {
        while !isEnough() {
            let left = (end - ContinuousClock.now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            if milliseconds <= 0 { return true }
            let sources = [events].compactMap(\.self) + feeds.map(\.lines)
            var entries = sources.map {
                pollfd(fd: $0.isOver ? -1 : $0.descriptor, events: Int16(POLLIN), revents: 0)
            }
            let isBuffered = sources.contains { $0.hasBuffered }
            if unsafe poll(&entries, nfds_t(entries.count), isBuffered ? 0 : CInt(milliseconds)) < 0 { continue }
            for (source, entry) in zip(sources, entries) where entry.revents != 0 || source.hasBuffered {
                try source.read()
            }
            for feed in feeds { try feed.takeSamples() }
            try takeEvents()
            if isNamed ? feeds.allSatisfy(\.lines.isOver) : events?.isOver == true { return false }
        }
        return true
    }

    private func takeEvents() throws(ClientError) {
        while let line = events?.next() {
            let event = try JSONValue(parsing: line)
            let id = event["Actor"]?.text("ID") ?? ""
            switch event.text("Action") {
            case "start",
                "create" where showsAll:
                if feeds.contains(where: { $0.stats.container == id && !$0.lines.isOver }) { continue }
                feeds.removeAll { $0.stats.container == id }
                guard let reply = try? client.send(request(id, isStream: true)) else { continue }
                feeds.append(StatsFeed(id, LineFeed(reply)))
            case "die" where !showsAll, "destroy": feeds.removeAll { $0.stats.container == id }
            default: break
            }
        }
    }
}

/// The samples of one container.
private final class StatsFeed {
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
private final class LineFeed {
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
