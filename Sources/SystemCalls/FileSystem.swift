import CrashPoints
public import Glibc

/// The few file operations that the engine needs, each named after what it does, each saying what failed.
public enum FileSystem {
    /// Whether something is at `path` (a dangling symbolic link counts).
    public static func exists(_ path: String) -> Bool {
        var information = stat()
        return unsafe lstat(path, &information) == 0
    }

    /// stat(2), or nil where nothing is there or it may not be looked at. Follows links unless told not to.
    public static func status(_ path: String, followLinks: Bool = true) -> stat? {
        var information = stat()
        let found = unsafe followLinks ? stat(path, &information) : lstat(path, &information)
        return found == 0 ? information : nil
    }

    /// Whether `path` is a directory (links followed).
    public static func isDirectory(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Reads a whole file.
    public static func readBytes(_ path: String) throws(SystemCallError) -> [UInt8] {
        try FileDescriptor.open(path, O_RDONLY).readToEnd()
    }

    /// Reads a whole file as UTF-8; broken sequences become replacement characters.
    public static func readText(_ path: String) throws(SystemCallError) -> String {
        String(decoding: try readBytes(path), as: UTF8.self)
    }

    /// Writes a file in place, making it where it is missing. Not atomic: for files that the kernel or a bind mount
    /// holds by inode (`/etc/hosts` in a container, everything in `/proc` and `/sys`).
    public static func writeInPlace(_ path: String, _ text: String, mode: UInt32 = 0o644) throws(SystemCallError) {
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT, mode: mode)
        let bytes = Array(text.utf8)
        try file.writeAll(bytes)
        // Emptied first, ext4 would take it for a careless replacement and write it to the disk when it is closed.
        var information = stat()
        guard unsafe fstat(file.rawValue, &information) == 0, Int(information.st_size) > bytes.count else { return }
        try check("ftruncate", path) { ftruncate(file.rawValue, bytes.count) }
    }

    /// Writes to a value of `/proc` or `/sys`, which must exist.
    public static func writeKernelValue(_ path: String, _ text: String) throws(SystemCallError) {
        try FileDescriptor.open(path, O_WRONLY).writeAll(Array(text.utf8))
    }

    /// Replaces a file atomically: readers see the old content or the new, never a half.
    public static func replace(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(SystemCallError) {
        let temporary = path + ".tmp-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        do {
            try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode).writeAll(bytes)
            CrashPoint.fileWritten.reached()
            try check("rename", path) { unsafe rename(temporary, path) }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    /// Removes what `replace` left in a folder where a process ended in the middle of it.
    public static func removeUnfinished(in folder: String) throws(SystemCallError) {
        for name in try list(folder) where isUnfinished(name) { try removeFile(folder + "/" + name) }
    }

    /// Whether a name is one that `replace` makes up: `state.json.tmp-4711-123456`.
    static func isUnfinished(_ name: String) -> Bool {
        guard let mark = name.ranges(of: ".tmp-").last else { return false }
        let numbers = name[mark.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    /// Makes a directory and those above it; one that exists is fine and keeps its mode.
    public static func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(SystemCallError) {
        if unsafe mkdir(path, mode) == 0 { return }
        let error = Errno.current
        if error == .exists, isDirectory(path) { return }
        guard error == .noEntry, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemCallError("mkdir", path, error)
        }
        try makeDirectory(String(path[..<slash]), mode: mode)
        if unsafe mkdir(path, mode) != 0, Errno.current != .exists { throw SystemCallError("mkdir", path, .current) }
    }

    /// The names in a directory, sorted, without `.` and `..`.
    public static func list(_ path: String) throws(SystemCallError) -> [String] {
        guard let stream = unsafe opendir(path) else { throw SystemCallError("opendir", path, .current) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// unlink(2); a file that is missing is fine.
    public static func removeFile(_ path: String) throws(SystemCallError) {
        if unsafe unlink(path) != 0, Errno.current != .noEntry { throw SystemCallError("unlink", path, .current) }
    }

    /// Removes a file or a directory with all that is in it. Links are removed, never followed, and mounts are
    /// never entered (the removal stops there with EBUSY). Something missing is fine.
    public static func removeTree(_ path: String) throws(SystemCallError) {
        if unsafe unlink(path) == 0 { return }
        let error = Errno.current
        if error == .noEntry { return }
        guard let information = status(path, followLinks: false), information.st_mode & S_IFMT == S_IFDIR else {
            throw SystemCallError("unlink", path, error)
        }
        for name in try list(path) { try removeTree(path + "/" + name) }
        if unsafe rmdir(path) != 0, Errno.current != .noEntry { throw SystemCallError("rmdir", path, .current) }
    }

    /// The target of a symbolic link, or nil where there is none.
    public static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe buffer.baseAddress.map { unsafe readlink(path, $0, buffer.count) } ?? -1
        }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Where a program is: `name` itself where it has a slash, else the first executable of that name in `folders`.
    public static func findProgram(
        _ name: String,
        in folders: [String] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    ) -> String? {
        if name.contains("/") { return unsafe access(name, X_OK) == 0 ? name : nil }
        return folders.map { $0 + "/" + name }.first { unsafe access($0, X_OK) == 0 }
    }
}
