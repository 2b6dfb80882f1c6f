import Glibc
import SystemCalls

extension Lab {
    /// Runs `body` while nobody else brings this lab up or down; waits its turn.
    func exclusively<Value>(_ body: () throws(LabError) -> Value) throws(LabError) -> Value {
        let path = Self.runRoot + "-\(name).lock"
        while true {
            let lock = try labStep("cannot lock \(path)") { () throws(SystemCallError) in
                let lock = try FileDescriptor.open(path, O_RDWR | O_CREAT, mode: 0o600)
                try check("flock", path) { flock(lock.rawValue, LOCK_EX) }
                return lock
            }
            // Whoever had the lock before took the file away: this is the lock of a file that is no more.
            var held = stat()
            guard unsafe fstat(lock.rawValue, &held) == 0, FileSystem.status(path)?.st_ino == held.st_ino else {
                continue
            }
            defer { try? FileSystem.removeFile(path) }
            return try body()
        }
    }
}
