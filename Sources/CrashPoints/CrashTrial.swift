#if DEBUG
    import Glibc
    import Synchronization

    /// Ends the daemon where a test wants it. Only in debug builds, and only with `CAUSEWAY_CRASH_POINTS=FOLDER`, the path of
    /// a folder that a test and the daemon talk through:
    ///
    /// - `reached` gets a line with the name of every point that the daemon passes.
    /// - `armed`, written by the test, holds a point's name and a number, `start/saved 1`: when the daemon passes that point
    ///   for that many a time, it removes the file and kills itself with SIGKILL.
    @usableFromInline
    final class CrashTrial: Sendable {
        @usableFromInline static let current: CrashTrial? = {
            guard let folder = unsafe getenv("CAUSEWAY_CRASH_POINTS") else { return nil }
            return CrashTrial(folder: unsafe String(cString: folder))
        }()

        private let folder: String
        private let turn = Mutex(())

        private init(folder: String) { self.folder = folder }

        /// One point at a time, whatever the thread.
        @usableFromInline
        func reached(_ point: CrashPoint) {
            turn.withLock { _ in
                write(point.rawValue + "\n", to: "reached", flags: O_WRONLY | O_CREAT | O_APPEND)
                let words = read("armed").split(whereSeparator: \.isWhitespace)
                guard words.count == 2, words[0] == point.rawValue, let count = Int(words[1]) else { return }
                if count > 1 {
                    write("\(point.rawValue) \(count - 1)\n", to: "armed", flags: O_WRONLY | O_TRUNC)
                    return
                }
                _ = unsafe unlink(folder + "/armed")
                kill(getpid(), SIGKILL)
                while true { pause() }
            }
        }

        private func write(_ text: String, to name: String, flags: CInt) {
            let file = unsafe open(folder + "/" + name, flags | O_CLOEXEC, 0o600)
            guard file >= 0 else { return }
            let bytes = Array(text.utf8)
            _ = unsafe bytes.withUnsafeBytes { bytes in unsafe Glibc.write(file, bytes.baseAddress, bytes.count) }
            close(file)
        }

        private func read(_ name: String) -> String {
            let file = unsafe open(folder + "/" + name, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return "" }
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }
#endif
