import EngineAPI
import Glibc
import SystemCalls

/// A log that is being read, from a place in it.
final class LogFile: Sendable {
    /// How much is read at once, in bytes.
    private static let block = 65536

    private let descriptor: SharedFileDescriptor
    /// Tells this file from one that takes its name later.
    let inode: UInt64

    /// Opens a log.
    init(_ path: String) throws(SystemCallError) {
        descriptor = SharedFileDescriptor(try FileDescriptor.open(path, O_RDONLY))
        var information = stat()
        try check("fstat", path) { [descriptor] in unsafe fstat(descriptor.rawValue, &information) }
        inode = UInt64(information.st_ino)
    }

    /// Reads on, at most one block; empty at the end.
    func read(at offset: Int64) throws(SystemCallError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.block)
        let count = try check("pread") { unsafe pread(descriptor.rawValue, &bytes, bytes.count, off_t(offset)) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// When it was written to last.
    var lastWrite: Timestamp {
        get throws(SystemCallError) {
            var information = stat()
            try check("fstat") { unsafe fstat(descriptor.rawValue, &information) }
            let time = information.st_mtim
            return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        }
    }

    /// Where the last lines begin, found from the end backwards.
    ///
    /// - Parameter counter: goes on from newer files of the same log.
    /// - Returns: nil where all of the file belongs to them, and so may what is older.
    func offset(ofLast counter: inout LogTailCounter) throws(SystemCallError) -> Int64? {
        var information = stat()
        try check("fstat") { unsafe fstat(descriptor.rawValue, &information) }
        var position = Int64(information.st_size)
        if counter.wantsNothing { return position }
        // The beginning of a line whose end came with a later block.
        var carry: [UInt8] = []
        while position > 0 {
            let length = min(Int64(Self.block), position)
            position -= length
            let data = Array(try read(at: position).prefix(Int(length))) + carry
            var end = data.count
            while let newline = data[..<end].dropLast().lastIndex(of: UInt8(ascii: "\n")) {
                let line = data[(newline + 1)..<end]
                let text = line.last == UInt8(ascii: "\n") ? line.dropLast() : line
                if let record = LogRecord(text), !counter.includes(record) { return position + Int64(end) }
                end = newline + 1
            }
            carry = Array(data[..<end])
            if position == 0, let record = LogRecord(carry.dropLast()), !counter.includes(record) { return Int64(end) }
        }
        return nil
    }
}

/// Tells when a file is written to, and when a writer closes it: inotify(7).
final class FileWatch: Sendable {
    private let descriptor: SharedFileDescriptor

    /// Watches a file.
    ///
    /// - Parameter names: whether it also counts when the file gets a name or loses one.
    init(_ path: String, names: Bool = false) throws(SystemCallError) {
        let number = try check("inotify_init1") { inotify_init1(CInt(O_NONBLOCK | O_CLOEXEC)) }
        descriptor = SharedFileDescriptor(FileDescriptor(owning: number))
        let mask = UInt32(IN_MODIFY) | UInt32(IN_CLOSE_WRITE) | (names ? UInt32(IN_ATTRIB) : 0)
        try check("inotify_add_watch", path) { unsafe inotify_add_watch(number, path, mask) }
    }

    /// Suspends until something happens, the time is up, or the task is cancelled.
    ///
    /// - Returns: whether a writer has closed the file.
    @discardableResult
    func wait(atMost limit: Duration?) async -> Bool {
        let number = descriptor.rawValue
        if let limit {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await Reactor.shared.waitReadable(number) }
                group.addTask { try? await Task.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
        } else {
            await Reactor.shared.waitReadable(number)
        }
        return takeEvents() & UInt32(IN_CLOSE_WRITE) != 0
    }

    /// All events that are there, put together.
    private func takeEvents() -> UInt32 {
        var all: UInt32 = 0
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(descriptor.rawValue, &buffer, buffer.count)
            if count <= 0 { return all }
            // struct inotify_event: watch, mask, cookie, length of the name, each four bytes; then the name.
            var place = 0
            while place + 16 <= count {
                func word(_ index: Int) -> UInt32 {
                    (0..<4).reduce(0) { $0 | UInt32(buffer[place + index * 4 + $1]) << UInt32($1 * 8) }
                }
                all |= word(1)
                place += 16 + Int(word(3))
            }
        }
    }
}
