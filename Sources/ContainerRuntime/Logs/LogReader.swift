public import EngineAPI
import Glibc
import SystemCalls

extension ContainerRuntime {
    /// Reads a container's log as conmon writes it.
    ///
    /// - Parameters:
    ///   - path: the log.
    ///   - options: which lines, and whether to wait for more.
    ///   - details: what stands before each line where the options ask for details.
    ///   - tty: whether the container has a terminal.
    ///   - isRunning: asked at the log's end where more is waited for; once it says no, the log is over.
    public func logs(
        path: String, options: LogOptions, details: String = "", tty: Bool,
        isRunning: @Sendable @escaping () async -> Bool
    ) -> any LogReading {
        LogReader(path: path, options: options, details: details, tty: tty, isRunning: isRunning)
    }
}

/// A log that is read record by record, over all its files, the oldest first. Following costs nothing while nothing is
/// written: it waits for inotify(7).
actor LogReader: LogReading {
    nonisolated let tty: Bool
    private let path: String
    private let options: LogOptions
    private let isRunning: @Sendable () async -> Bool

    private var filter: LogFilter
    private var file: LogFile?
    /// What is read after it, the oldest first.
    private var newer: [LogFile] = []
    /// The files that have been begun, by their inodes.
    private var known: Set<UInt64> = []
    private var watch: FileWatch?
    private var offset: Int64 = 0
    /// What was read and is no whole line yet.
    private var rest: [UInt8] = []
    private var frames: [AttachFrame] = []
    private var nextFrameIndex = 0
    private var isOver = false
    /// Whether the writer may be gone: to be asked once all is read.
    private var mayBeOver = false
    /// Until when `isRunning` may lag behind: how long to wait before it is asked again. Then only events count.
    private var checks: [Duration] = []

    private static let checkIntervals: [Duration] = [
        .milliseconds(20), .milliseconds(80), .milliseconds(400), .seconds(2),
    ]

    init(
        path: String, options: LogOptions, details: String = "", tty: Bool,
        isRunning: @Sendable @escaping () async -> Bool
    ) {
        self.path = path
        self.options = options
        self.tty = tty
        self.isRunning = isRunning
        filter = LogFilter(options, details: details)
    }

    func nextFrame() async throws -> AttachFrame? {
        if file == nil, !isOver { try await open() }
        while !Task.isCancelled {
            if nextFrameIndex < frames.count {
                defer { nextFrameIndex += 1 }
                return frames[nextFrameIndex]
            }
            guard let file, !filter.isPastEnd else { return nil }
            let place = offset
            let bytes = try await BlockingWork.run { try file.read(at: place) }
            if bytes.isEmpty {
                if !newer.isEmpty {
                    begin(newer.removeFirst())
                } else if isOver {
                    // Files may have been begun since the last look, before the writer went.
                    guard options.follow, let fresh = try? LogFiles(path).open(after: file, known: known),
                        !fresh.isEmpty
                    else { return nil }
                    newer = fresh
                } else {
                    await waitForMore()
                }
            } else {
                offset += Int64(bytes.count)
                take(bytes)
            }
        }
        return nil
    }

    func close() async {
        isOver = true
        file = nil
        newer = []
        frames = []
        nextFrameIndex = 0
    }

    /// Finds the first line. A log that is not there is empty.
    private func open() async throws {
        let (path, options) = (path, options)
        let opened = try await BlockingWork.run { () -> (files: [LogFile], offset: Int64) in
            var files = try LogFiles(path).open()
            if let since = options.since { files = try LogFiles.written(since, files) }
            guard let tail = options.tail, tail >= 0 else { return (files.reversed(), 0) }
            var counter = LogTailCounter(tail)
            for (index, file) in files.enumerated() {
                if let offset = try file.offset(ofLast: &counter) { return (files[...index].reversed(), offset) }
            }
            return (files.reversed(), 0)
        }
        newer = opened.files
        isOver = !options.follow || newer.isEmpty
        if !newer.isEmpty { begin(newer.removeFirst(), at: opened.offset) }
    }

    private func begin(_ next: LogFile, at start: Int64 = 0) {
        file = next
        known.insert(next.inode)
        watch = nil
        offset = start
        rest = []
    }

    private func take(_ bytes: [UInt8]) {
        frames.removeAll(keepingCapacity: true)
        nextFrameIndex = 0
        let data = rest.isEmpty ? bytes : rest + bytes
        var start = data.startIndex
        while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let record = LogRecord(data[start..<end]), let frame = filter.frame(for: record) { frames.append(frame) }
            start = end + 1
        }
        rest = Array(data[start...])
    }

    /// At the end of what is there: waits for more, or finds that there will be none. Either way one more look at the
    /// file follows.
    private func waitForMore() async {
        guard let watch else {
            // The watch comes before the question, so that nothing happens unseen in between.
            self.watch = try? FileWatch(path)
            checks = Self.checkIntervals
            isOver = self.watch == nil ? true : await !isRunning()
            return
        }
        guard mayBeOver else {
            let limit = checks.first
            if limit != nil { checks.removeFirst() }
            let closed = await watch.wait(atMost: limit)
            if closed { checks = Self.checkIntervals }
            // What was written before the writer went is read first.
            mayBeOver = closed || limit != nil
            return
        }
        mayBeOver = false
        if let file, let fresh = try? LogFiles(path).open(after: file, known: known), !fresh.isEmpty {
            // A new file has been begun, or several.
            newer = fresh
            return
        }
        isOver = await !isRunning()
    }
}
