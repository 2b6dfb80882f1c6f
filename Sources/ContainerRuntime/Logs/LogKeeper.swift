import CLinux
import Glibc
import SystemCalls

/// How long a log may grow.
public struct LogLimit: Hashable, Sendable {
    /// A new file is begun once one is that long, in bytes.
    public var fileBytes: Int
    /// How many files are kept, at least one: the one that is written, and older ones.
    public var files: Int

    /// Joins the two.
    public init(fileBytes: Int, files: Int = 1) {
        self.fileBytes = fileBytes
        self.files = max(1, files)
    }

    /// The length at which conmon begins a new file by itself, counted over all that it has written since it last did.
    ///
    /// With one file that is all there is to do. With several it bounds what is written while no daemon is there, and
    /// lies so far off that a daemon that is there is never outrun.
    var conmonBytes: Int {
        if files == 1 { return fileBytes }
        let (all, overflow) = fileBytes.multipliedReportingOverflow(by: files)
        return overflow ? .max : max(all, 16 << 20)
    }
}

extension ContainerRuntime {
    /// Turns a running container's log to new files as it grows, until the task is cancelled.
    ///
    /// conmon replaces `PATH` by a new file when it is told to, or by itself. So the file that is written always has a
    /// second name, `PATH.1`, under which it stays: nothing is lost, and readers find every line at any time. Older
    /// files are `PATH.2` and on.
    public func keepLog(of id: String, path: String, limit: LogLimit) async {
        guard limit.files > 1 else { return }
        await LogKeeper(files: LogFiles(path), limit: limit, pipe: ContainerFiles(configuration, id).controlPipe).run()
    }
}

/// Waits for a log's growth and turns it to new files.
struct LogKeeper: Sendable {
    let files: LogFiles
    let limit: LogLimit
    /// conmon's pipe for commands.
    let pipe: String

    /// conmon's command to open its log anew (src/ctrl.c, REOPEN_LOGS_EVENT).
    private static let reopen = Array("2 0 0\n".utf8)
    /// At most so often is a busy log looked at.
    private static let pause = Duration.milliseconds(20)

    func run() async {
        while !Task.isCancelled {
            // The watch comes before the look, so that nothing happens unseen in between.
            guard let watch = try? FileWatch(files.path, names: true), let inode = inode else { return }
            while !Task.isCancelled, self.inode == inode {
                let keeper = self
                if let command = try? await BlockingWork.run({ try keeper.turn() }) {
                    await wait(for: command, inode, watch)
                } else {
                    await watch.wait(atMost: nil)
                    try? await Task.sleep(for: Self.pause)
                }
            }
        }
    }

    /// Waits until conmon has begun its new file. A command that conmon has read and done nothing about is to be
    /// given again: of two that it reads at once, it does the first twice and the second not at all.
    private func wait(for command: SharedFileDescriptor, _ inode: UInt64, _ watch: FileWatch) async {
        var taken: ContinuousClock.Instant?
        while !Task.isCancelled, self.inode == inode {
            await watch.wait(atMost: .milliseconds(100))
            if cw_bytes_readable(command.rawValue) > 0 { continue }
            let since = taken ?? .now
            taken = since
            if since.duration(to: .now) > .seconds(1) { return }
        }
    }

    private var inode: UInt64? { FileSystem.status(files.path).map { UInt64($0.st_ino) } }

    /// Gives a new file its second name, and has it replaced where it is long enough.
    ///
    /// - Returns: the pipe in which conmon was told; nil where there was nothing to tell.
    private func turn() throws(SystemCallError) -> SharedFileDescriptor? {
        guard let status = FileSystem.status(files.path) else { return nil }
        let second = files.name(1)
        let named = FileSystem.status(second)
        if named?.st_ino != status.st_ino {
            // One that is missing is a crash's doing, between the two steps.
            if named != nil { try shift() }
            try check("link", files.path) { unsafe link(files.path, second) }
        }
        guard status.st_size >= limit.fileBytes else { return nil }
        let command = SharedFileDescriptor(try FileDescriptor.open(pipe, O_WRONLY | O_NONBLOCK))
        try command.withDescriptor { (pipe) throws(SystemCallError) in try pipe.writeAll(Self.reopen) }
        return command
    }

    /// Moves every older file on by one; the oldest goes.
    private func shift() throws(SystemCallError) {
        for number in stride(from: limit.files, to: 1, by: -1) {
            let (from, to) = (files.name(number - 1), files.name(number))
            guard FileSystem.exists(from) else { continue }
            try check("rename", from) { unsafe rename(from, to) }
        }
    }
}
