import EngineAPI
import Glibc
import SystemCalls
import Synchronization
import Testing

@testable import ContainerRuntime

struct LogTests {
    private static func withLog(_ text: String, _ body: (String) async throws -> Void) async throws {
        let path = "/tmp/causeway-log-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.writeInPlace(path, text)
        defer { try? FileSystem.removeFile(path) }
        try await body(path)
    }

    private static func read(
        _ path: String, _ change: (inout LogOptions) -> Void = { _ in },
        running: @escaping @Sendable () async -> Bool = { false }
    ) async throws -> String {
        var options = LogOptions()
        options.stdout = true
        options.stderr = true
        change(&options)
        let reader = LogReader(path: path, options: options, tty: false, isRunning: running)
        var all = ""
        while let frame = try await reader.nextFrame() {
            all += "\(frame.stream.rawValue)|" + String(decoding: frame.bytes, as: UTF8.self)
        }
        return all
    }

    private let sample = """
        2026-11-23T15:59:14.000000001+00:00 stdout F one
        2026-11-23T15:59:15.707156290+00:00 stderr F two
        2026-11-23T15:59:16.000000000+00:00 stdout P thr
        2026-11-23T15:59:16.000000001+00:00 stderr F other
        2026-11-23T15:59:16.000000002+00:00 stdout F ee
        2026-11-23T15:59:17.000000000+00:00 stdout F \n
        """

    @Test func recordsAreParsed() throws {
        let record = try #require(LogRecord(Array("2026-11-23T15:59:15.5+00:00 stderr P a b ".utf8)[...]))
        #expect(record.stream == .standardError)
        #expect(!record.endsLine)
        #expect(String(decoding: record.text, as: UTF8.self) == "a b ")
        for bad in ["", "x", "x stdout", "x stdout F", "x stdfoo F a", "x stdouts F a"] {
            #expect(LogRecord(Array(bad.utf8)[...]) == nil, "\(bad)")
        }
    }

    @Test func linesAreJoinedAndStreamsChosen() async throws {
        try await Self.withLog(sample) { path in
            #expect(try await Self.read(path) == "1|one\n2|two\n1|thr2|other\n1|ee\n1|\n")
            let output = try await Self.read(path) { $0.stderr = false }
            #expect(output == "1|one\n1|thr1|ee\n1|\n")
        }
    }

    @Test func timesAreDockers() async throws {
        try await Self.withLog(sample) { path in
            let text = try await Self.read(path) { options in
                options.timestamps = true
                options.stderr = false
            }
            #expect(
                text == "1|2026-11-23T15:59:14.000000001Z one\n1|2026-11-23T15:59:16.000000000Z thr1|ee\n"
                    + "1|2026-11-23T15:59:17.000000000Z \n")
        }
    }

    @Test(arguments: [
        (0, ""), (1, "1|\n"), (2, "1|ee\n1|\n"), (3, "1|thr2|other\n1|ee\n1|\n"),
        (4, "2|two\n1|thr2|other\n1|ee\n1|\n"),
        (5, "1|one\n2|two\n1|thr2|other\n1|ee\n1|\n"), (500, "1|one\n2|two\n1|thr2|other\n1|ee\n1|\n"),
    ])
    func theLastLinesAreFound(_ count: Int, _ expected: String) async throws {
        try await Self.withLog(sample) { path in
            let text = try await Self.read(path) { $0.tail = count }
            #expect(text == expected)
        }
    }

    @Test func theLastLinesOfALongLogAreExact() async throws {
        let lines = (0..<5000).map { number in
            "2026-11-23T15:59:14.000000001+00:00 stdout F \(number) " + String(repeating: "x", count: number % 97)
        }
        try await Self.withLog(lines.joined(separator: "\n") + "\n") { path in
            for count in [1, 2, 999, 4999, 5000, 5001] {
                let text = try await Self.read(path) { $0.tail = count }
                let found = text.split(separator: "\n")
                #expect(found.count == min(count, 5000))
                #expect(found.first?.hasPrefix("1|\(max(0, 5000 - count)) ") == true)
            }
        }
    }

    @Test func timesBoundWhatIsShown() async throws {
        try await Self.withLog(sample) { path in
            let late = try await Self.read(path) { $0.since = Timestamp("2026-11-23T15:59:16Z") }
            #expect(late == "1|thr2|other\n1|ee\n1|\n")
            let early = try await Self.read(path) { $0.until = Timestamp("2026-11-23T15:59:15.8Z") }
            #expect(early == "1|one\n2|two\n")
        }
    }

    @Test func aMissingLogIsEmpty() async throws {
        #expect(try await Self.read("/tmp/nosuch-log") { $0.follow = true } == "")
    }

    @Test(.timeLimit(.minutes(1))) func followingEndsWithTheWriter() async throws {
        try await Self.withLog("") { path in
            let running = Mutex(true)
            let writer = Task.detached {
                let file = try FileDescriptor.open(path, O_WRONLY | O_APPEND)
                for number in 0..<5 {
                    try await Task.sleep(for: .milliseconds(30))
                    try file.writeAll(Array("2026-11-23T15:59:14.000000001+00:00 stdout F \(number)\n".utf8))
                }
                running.withLock { $0 = false }
                _ = file.rawValue
            }
            let text = try await Self.read(path, { $0.follow = true }, running: { running.withLock { $0 } })
            try await writer.value
            #expect(text == "1|0\n1|1\n1|2\n1|3\n1|4\n")
        }
    }

    @Test(.timeLimit(.minutes(1))) func followingGoesOverToANewFile() async throws {
        try await Self.withLog("2026-11-23T15:59:14.000000001+00:00 stdout F old\n") { path in
            let running = Mutex(true)
            let writer = Task.detached {
                try await Task.sleep(for: .milliseconds(100))
                let old = try FileDescriptor.open(path, O_WRONLY | O_APPEND)
                try old.writeAll(Array("2026-11-23T15:59:14.000000001+00:00 stdout F last\n".utf8))
                _ = consume old
                try FileSystem.replace(path, Array("2026-11-23T15:59:14.000000001+00:00 stdout F new\n".utf8))
                try await Task.sleep(for: .milliseconds(200))
                running.withLock { $0 = false }
                _ = try FileDescriptor.open(path, O_WRONLY | O_APPEND)
            }
            let text = try await Self.read(path, { $0.follow = true }, running: { running.withLock { $0 } })
            try await writer.value
            #expect(text == "1|old\n1|last\n1|new\n")
        }
    }

    @Test(.timeLimit(.minutes(1))) func followingEndsWhereTheTaskIsCancelled() async throws {
        try await Self.withLog("") { path in
            let task = Task { try await Self.read(path, { $0.follow = true }, running: { true }) }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            #expect(try await task.value == "")
        }
    }

    @Test(.enabled(if: RuntimeLab.isPossible), .timeLimit(.minutes(1))) func aRealContainersLogIsFollowedToItsEnd()
        async throws
    {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["sh", "-c", "echo a; echo -n b; sleep 0.2; echo c; echo d >&2"])
            let running = Mutex(true)
            try await lab.runtime.start(made.id)
            let ending = Task.detached {
                _ = await lab.runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid)
                running.withLock { $0 = false }
            }
            let text = try await Self.read(made.logPath, { $0.follow = true }, running: { running.withLock { $0 } })
            await ending.value
            #expect(text.filter { $0 != "|" && !$0.isNumber && !$0.isNewline }.sorted() == ["a", "b", "c", "d"])
            #expect(text.hasPrefix("1|a\n"))
        }
    }
}
