import Glibc
import SystemCalls

/// The file that says which process the daemon is: a second daemon on the same file refuses to start.
struct PidFile {
    let path: String

    /// Writes this process' id, unless a live daemon is named there already.
    static func claim(_ path: String) throws -> PidFile {
        if let text = try? FileSystem.readText(path), let pid = Int32(text.prefix { $0.isNumber }), pid != getpid(),
            isDaemon(pid)
        {
            throw DaemonError(
                "process \(pid) is causewayd already and owns \(path); stop it, or choose another --pidfile")
        }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try FileSystem.makeDirectory(String(path[..<slash]))
        }
        try FileSystem.replace(path, Array("\(getpid())\n".utf8))
        return PidFile(path: path)
    }

    /// Whether a process is a live daemon: one that was killed and not reaped yet has its name still.
    private static func isDaemon(_ pid: Int32) -> Bool {
        // proc_pid_stat(5): `4711 (causewayd) S ...`.
        guard let text = try? FileSystem.readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return false
        }
        let state = text[end...].dropFirst(2).first
        return text[..<end].hasSuffix("(causewayd") && state != "Z" && state != "X"
    }

    /// Takes the file away at the daemon's end.
    func release() {
        do { try FileSystem.removeFile(path) } catch { return }
    }
}

/// Why the daemon does not start: what was tried, why it failed, what to do.
struct DaemonError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
