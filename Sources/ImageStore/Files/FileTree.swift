import Glibc
import SystemCalls

/// Walks over directory trees of any depth and any names, made by strangers: links are never followed, and only two
/// descriptors are open at a time (the way back up is `..`, checked by device and inode).
enum FileTree {
    /// Removes a directory with all that is in it, or a file. Something missing is fine. Mounts inside are refused
    /// by the kernel (EBUSY).
    static func remove(_ path: String) throws(SystemCallError) {
        guard let top = FileSystem.status(path, followLinks: false) else { return }
        guard top.st_mode & S_IFMT == S_IFDIR else { return try FileSystem.removeFile(path) }
        try walk(path) { (folder, name, information) throws(SystemCallError) in
            if information.st_mode & S_IFMT != S_IFDIR { try folder.removeFile(name) }
        } leave: { (folder, name) throws(SystemCallError) in
            try folder.removeFolder(name)
        }
        try check("rmdir", path) { unsafe rmdir(path) }
    }

    /// The bytes in all regular files, in names that share an inode counted once.
    static func size(_ path: String) throws(SystemCallError) -> Int64 {
        var total: Int64 = 0
        var counted: Set<UInt64> = []
        try walk(path) { (_, _, information) throws(SystemCallError) in
            guard information.st_mode & S_IFMT == S_IFREG else { return }
            if information.st_nlink > 1, !counted.insert(UInt64(information.st_ino)).inserted { return }
            total += Int64(information.st_size)
        } leave: { (_, _) throws(SystemCallError) in
        }
        return total
    }

    /// One directory on the way down.
    private struct Level {
        let device: UInt64
        let inode: UInt64
        /// Its name in the directory above.
        let name: [UInt8]
        /// Directories in it that are still to be entered.
        var pending: [[UInt8]]
    }

    /// Calls `visit` for everything below `path`, directories before what they hold, and `leave` for each directory
    /// below after what it holds.
    private static func walk(
        _ path: String,
        visit: (Folder, [UInt8], stat) throws(SystemCallError) -> Void,
        leave: (Folder, [UInt8]) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        var folder = try Folder(path: path)
        var levels = [try enter(folder, [], visit)]
        while var level = levels.popLast() {
            if let name = level.pending.popLast() {
                levels.append(level)
                folder = try folder.folder(MemberPath.root.child(name))
                levels.append(try enter(folder, name, visit))
                continue
            }
            guard let above = levels.last else { return }
            let number = try check("openat", "..") {
                unsafe openat(folder.rawValue, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            }
            folder = Folder(FileDescriptor(owning: number))
            let (device, inode) = try identity(folder)
            if device != above.device || inode != above.inode { throw SystemCallError("openat", "..", .noEntry) }
            try leave(folder, level.name)
        }
    }

    private static func enter(
        _ folder: Folder, _ name: [UInt8], _ visit: (Folder, [UInt8], stat) throws(SystemCallError) -> Void
    ) throws(SystemCallError) -> Level {
        let (device, inode) = try identity(folder)
        var level = Level(device: device, inode: inode, name: name, pending: [])
        for child in try names(folder) {
            guard let information = try folder.status(child) else { continue }
            if information.st_mode & S_IFMT == S_IFDIR { level.pending.append(child) }
            try visit(folder, child, information)
        }
        return level
    }

    private static func identity(_ folder: Folder) throws(SystemCallError) -> (UInt64, UInt64) {
        var information = stat()
        try check("fstat") { unsafe fstat(folder.rawValue, &information) }
        return (UInt64(information.st_dev), UInt64(information.st_ino))
    }

    /// The names in a directory as raw bytes, without `.` and `..`.
    private static func names(_ folder: Folder) throws(SystemCallError) -> [[UInt8]] {
        let copy = try check("fcntl") { fcntl(folder.rawValue, F_DUPFD_CLOEXEC, 3) }
        guard let stream = unsafe fdopendir(copy) else {
            let error = Errno.current
            close(copy)
            throw SystemCallError("fdopendir", "", error)
        }
        defer { unsafe closedir(stream) }
        unsafe rewinddir(stream)
        var all: [[UInt8]] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { all.append(name) }
        }
        return all
    }
}
