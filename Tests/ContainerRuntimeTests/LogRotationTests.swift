import EngineAPI
import Glibc
import SystemCalls
import Synchronization
import Testing

@testable import ContainerRuntime

@Suite("logs of several files")
struct LogRotationTests {
    private static func line(_ text: String, second: Int = 0) -> String {
        "2026-11-23T15:59:\(second < 10 ? "0" : "")\(second).000000000+00:00 stdout F \(text)\n"
    }

    /// A folder with a log's files, `log` the newest.
    private static func withFolder(_ files: [String: String], _ body: (String) async throws -> Void) async throws {
        let folder = "/tmp/causeway-logs-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(folder)
        for (name, text) in files { try FileSystem.writeInPlace(folder + "/" + name, text) }
        do {
            try await body(folder + "/log")
        } catch {
            try FileSystem.removeTree(folder)
            throw error
        }
        try FileSystem.removeTree(folder)
    }

    private static func read(
        _ path: String, _ change: (inout LogOptions) -> Void = { _ in }, details: String = "",
        running: @escaping @Sendable () async -> Bool = { false }
    ) async throws -> String {
        var options = LogOptions()
        options.stdout = true
        change(&options)
        let reader = LogReader(path: path, options: options, details: details, tty: false, isRunning: running)
        var all = ""
        while let frame = try await reader.nextFrame() { all += String(decoding: frame.bytes, as: UTF8.self) }
        return all
    }

    private let three = [
        "log.2": line("a", second: 1) + line("b", second: 2), "log.1": line("c", second: 3) + line("d", second: 4),
        "log": line("e", second: 5),
    ]

    @Test("are read from the oldest to the newest, also where a number is missing") func order() async throws {
        try await Self.withFolder(three) { path in
            #expect(try await Self.read(path) == "a\nb\nc\nd\ne\n")
            try FileSystem.removeFile(path + ".1")
            #expect(try await Self.read(path) == "a\nb\ne\n")
        }
    }

    @Test(
        "are counted together from the end",
        arguments: [(0, ""), (1, "e"), (2, "de"), (3, "cde"), (4, "bcde"), (9, "abcde")])
    func tail(_ count: Int, _ expected: String) async throws {
        try await Self.withFolder(three) { path in
            let text = try await Self.read(path) { $0.tail = count }
            #expect(text.filter { !$0.isNewline } == expected)
        }
    }

    @Test("are read once while a file has two names") func turning() async throws {
        try await Self.withFolder(["log": Self.line("a")]) { path in
            #expect(unsafe link(path, path + ".1") == 0)
            #expect(try await Self.read(path) == "a\n")
            let last = try await Self.read(path) { $0.tail = 5 }
            #expect(last == "a\n")
        }
    }

    @Test("are bounded by time together") func times() async throws {
        try await Self.withFolder(three) { path in
            let late = try await Self.read(path) { $0.since = Timestamp("2026-11-23T15:59:02.5Z") }
            #expect(late == "c\nd\ne\n")
            let early = try await Self.read(path) { $0.until = Timestamp("2026-11-23T15:59:03Z") }
            #expect(early == "a\nb\nc\n")
            // None of the older files was written to since then: they are not even read.
            let now = try await Self.read(path) { $0.since = Timestamp.now }
            #expect(now == "")
        }
    }

    @Test("show details before each line") func details() async throws {
        try await Self.withFolder(["log": Self.line("a") + Self.line("b")]) { path in
            #expect(try await Self.read(path, { $0.details = true }, details: "k=v") == "k=v a\nk=v b\n")
            #expect(try await Self.read(path, details: "k=v") == "a\nb\n")
            var options = LogOptions()
            (options.stdout, options.details, options.timestamps) = (true, true, true)
            var filter = LogFilter(options)
            let record = try #require(LogRecord(Array(Self.line("a").utf8.dropLast())[...]))
            let frame = filter.frame(for: record)
            #expect(String(decoding: frame?.bytes ?? [], as: UTF8.self) == "2026-11-23T15:59:00.000000000Z  a\n")
        }
    }

    @Test("are followed over several turns at once", .timeLimit(.minutes(5))) func following() async throws {
        try await Self.withFolder(["log": Self.line("a")]) { path in
            let running = Mutex(true)
            let writer = Task.detached {
                try await Task.sleep(for: .milliseconds(100))
                for text in ["b", "c", "d"] {
                    try? FileSystem.removeFile(path + ".3")
                    for number in [2, 1] {
                        _ = unsafe rename("\(path).\(number)", "\(path).\(number + 1)")
                    }
                    _ = unsafe link(path, path + ".1")
                    try FileSystem.replace(path, Array(Self.line(text).utf8))
                }
                try await Task.sleep(for: .milliseconds(200))
                running.withLock { $0 = false }
                _ = try FileDescriptor.open(path, O_WRONLY | O_APPEND)
                _ = try FileDescriptor.open(path + ".1", O_WRONLY | O_APPEND)
            }
            let text = try await Self.read(path, { $0.follow = true }, running: { running.withLock { $0 } })
            try await writer.value
            #expect(text == "a\nb\nc\nd\n")
        }
    }

    @Test(
        "are begun by conmon when they are long enough; who follows gets every line once",
        .enabled(if: RuntimeLab.isPossible), .timeLimit(.minutes(5)))
    func keeper() async throws {
        try await RuntimeLab.with { lab in
            let limit = LogLimit(fileBytes: 400, files: 4)
            // Ten lines for each that comes in: more than a file may hold.
            let script =
                "i=0; while read go; do n=0; while [ $n -lt 10 ]; do n=$((n+1)); i=$((i+1)); echo $i; done; done"
            let made = try await lab.make(["sh", "-c", script], openStdin: true, logLimit: limit)
            let runtime = lab.runtime
            let keeper = Task { await runtime.keepLog(of: made.id, path: made.logPath, limit: limit) }
            let session = try await runtime.attach(made.id, tty: false)
            try await runtime.start(made.id)
            let running = Mutex(true)
            let path = made.logPath
            let feeding = Task.detached {
                for _ in 0..<10 {
                    let before = FileSystem.status(path)?.st_ino
                    try await session.writeInput(Array("go\n".utf8))
                    for _ in 0..<1000 where FileSystem.status(path)?.st_ino == before {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                }
                await session.closeInput()
                _ = await runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid)
                keeper.cancel()
                await keeper.value
                running.withLock { $0 = false }
            }
            let all = try await Self.read(made.logPath, { $0.follow = true }, running: { running.withLock { $0 } })
            try await feeding.value
            #expect(all.split(separator: "\n").map { Int($0) } == (1...100).map { $0 })
            // What is left are the last lines, none missing, in as many files as may be; the newest may just be begun.
            let files = try LogFiles(made.logPath).open()
            #expect((4...5).contains(files.count))
            let left = try await Self.read(made.logPath).split(separator: "\n").compactMap { Int($0) }
            #expect([30, 40].contains(left.count) && left == Array((101 - left.count)...100))
        }
    }
}
