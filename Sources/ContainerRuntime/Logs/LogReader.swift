public import EngineAPI
import Glibc
import SystemCalls

extension ContainerRuntime {
    /// Reads a container's log as conmon writes it.
    ///
    /// - Parameters:
    ///   - path: the log.
    ///   - options: which lines, and whether to wait for more.
    ///   - tty: whether the container has a terminal.
    ///   - isRunning: asked at the log's end where more is waited for; once it says no, the log is over.
    public func logs(
        path: String, options: LogOptions, tty: Bool, isRunning: @Sendable @escaping () async -> Bool
    ) -> any LogReading {
        LogReader(path: path, options: options, tty: tty, isRunning: isRunning)
    }
}

/// A log that is read record by record. Following costs nothing while nothing is written: it waits for inotify(7).
actor LogReader: LogReading {
    nonisolated let tty: Bool
    private let path: String
    private let options: LogOptions
    private let isRunning: @Sendable () async -> Bool

    private var filter: LogFilter
    private var file: LogFile?
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

    init(path: String, options: LogOptions, tty: Bool, isRunning: @Sendable @escaping () async -> Bool) {
        self.path = path
        self.options = options
        self.tty = tty
        self.isRunning = isRunning
        filter = LogFilter(options)
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
                if isOver { return nil }
                await waitForMore()
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
        frames = []
        nextFrameIndex = 0
    }

    /// Finds the first line. A log that is not there is empty.
    private func open() async throws {
        let (path, tail) = (path, options.tail)
        let opened = try await BlockingWork.run { () -> (LogFile, Int64)? in
            guard FileSystem.exists(path) else { return nil }
            let file = try LogFile(path)
            return (file, try tail.map { $0 < 0 ? 0 : try file.offset(ofLast: $0) } ?? 0)
        }
        file = opened?.0
        offset = opened?.1 ?? 0
        isOver = !options.follow || opened == nil
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
        if let status = FileSystem.status(path), let file, UInt64(status.st_ino) != file.inode,
            let fresh = try? LogFile(path), let freshWatch = try? FileWatch(path)
        {
            // conmon has begun a new file.
            self.file = fresh
            self.watch = freshWatch
            offset = 0
            rest = []
        }
        isOver = await !isRunning()
    }
}
