import EngineAPI
import Glibc
import SystemCalls

/// The files of a log: `PATH`, which conmon writes, and what was there before it, `PATH.1`, `PATH.2` and so on, each
/// older than the one before.
///
/// `PATH.1` may be another name of `PATH`, and a crash may leave a gap in the numbers.
struct LogFiles: Hashable, Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// The file with that number; 0 is the one that is written.
    func name(_ number: Int) -> String { number == 0 ? path : "\(path).\(number)" }

    /// Opens all that there are, the newest first, each once. In this order, so that a change meanwhile shows a file
    /// twice at most and hides none.
    func open() throws(SystemCallError) -> [LogFile] {
        var files: [LogFile] = []
        var (number, missing) = (0, 0)
        while missing < 2 {
            let name = name(number)
            number += 1
            guard FileSystem.exists(name) else {
                missing += 1
                continue
            }
            missing = 0
            let file: LogFile
            do throws(SystemCallError) { file = try LogFile(name) } catch {
                // Renamed or removed a moment ago.
                if error.errno == .noEntry { continue }
                throw error
            }
            if !files.contains(where: { $0.inode == file.inode }) { files.append(file) }
        }
        return files
    }

    /// Opens what was begun after a file that has been read to its end, the oldest first.
    ///
    /// - Parameter known: inodes of all files that have been read: what tells the files of one tick of the clock apart.
    func open(after file: LogFile, known: Set<UInt64>) throws(SystemCallError) -> [LogFile] {
        if let status = FileSystem.status(path), UInt64(status.st_ino) == file.inode { return [] }
        let end = try file.lastWrite
        var newer: [LogFile] = []
        for other in try open() {
            let time = try other.lastWrite
            // The file itself may be gone: then only time tells.
            if other.inode == file.inode || time < end || time == end && known.contains(other.inode) { break }
            newer.append(other)
        }
        return newer.reversed()
    }

    /// Leaves out, of files in `open()`'s order, those that nothing was written to since a time.
    static func written(_ since: Timestamp, _ files: [LogFile]) throws(SystemCallError) -> [LogFile] {
        // The kernel's clock for files ticks every few milliseconds.
        let limit = since.nanoseconds - 100_000_000
        var kept: [LogFile] = []
        for (index, file) in files.enumerated() {
            let last = try file.lastWrite
            if index == 0 || last.nanoseconds >= limit { kept.append(file) }
        }
        return kept
    }
}
