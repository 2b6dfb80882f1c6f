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

    /// Empties an open directory.
    static func removeContents(of folder: Folder) throws(SystemCallError) {
        try walk(in: folder) { (folder, _, name, information) throws(SystemCallError) in
            if information.st_mode & S_IFMT != S_IFDIR { try folder.removeFile(name) }
            return true
        } leave: { (folder, name) throws(SystemCallError) in
            try folder.removeFolder(name)
        } failing: {
            $0
        }
    }

    /// The bytes in all that is no directory, as Docker counts: in files and links; names that share an inode once.
    static func size(_ path: String) throws(SystemCallError) -> Int64 {
        var total: Int64 = 0
        var counted: Set<UInt64> = []
        try walk(path) { (_, _, information) throws(SystemCallError) in
            guard information.st_mode & S_IFMT != S_IFDIR else { return }
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
        /// How many bytes of the path lead to the directory above.
        let parentLength: Int
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
        try walk(in: Folder(path: path)) { (folder, _, name, information) throws(SystemCallError) in
            try visit(folder, name, information)
            return true
        } leave: { (folder, name) throws(SystemCallError) in
            try leave(folder, name)
        } failing: {
            $0
        }
    }

    /// Calls `visit` for everything below a directory, with the path from there to what holds it (`a/b/`, empty for
    /// the directory itself): directories before what they hold. Whether a directory is entered is what `visit`
    /// returns. `leave` is called for each directory below after what it holds.
    static func walk<Failure: Error>(
        in start: Folder,
        visit: (Folder, _ above: [UInt8], _ name: [UInt8], stat) throws(Failure) -> Bool,
        leave: (Folder, [UInt8]) throws(Failure) -> Void = { _, _ in },
        failing: (SystemCallError) -> Failure
    ) throws(Failure) {
        func system<Value: ~Copyable>(_ body: () throws(SystemCallError) -> Value) throws(Failure) -> Value {
            do throws(SystemCallError) { return try body() } catch { throw failing(error) }
        }
        func enter(_ folder: Folder, _ name: [UInt8], _ path: [UInt8], _ parentLength: Int) throws(Failure) -> Level {
            let (device, inode) = try system { () throws(SystemCallError) in try identity(folder) }
            var level = Level(device: device, inode: inode, name: name, parentLength: parentLength, pending: [])
            for child in try system({ () throws(SystemCallError) in try names(folder) }) {
                let found = try system { () throws(SystemCallError) in try folder.status(child) }
                guard let information = found else { continue }
                let enters = try visit(folder, path, child, information)
                if enters, information.st_mode & S_IFMT == S_IFDIR { level.pending.append(child) }
            }
            level.pending.reverse()
            return level
        }
        var folder = start
        var path: [UInt8] = []
        var levels = [try enter(folder, [], path, 0)]
        while var level = levels.popLast() {
            if let name = level.pending.popLast() {
                levels.append(level)
                let above = folder
                let next: Folder
                do throws(SystemCallError) {
                    next = try above.folder(MemberPath.root.child(name))
                } catch {
                    // Gone, or something else, since it was seen.
                    if [ENOENT, ENOTDIR, ELOOP].contains(error.errno.rawValue) { continue }
                    throw failing(error)
                }
                folder = next
                let length = path.count
                path += name + [UInt8(ascii: "/")]
                levels.append(try enter(folder, name, path, length))
                continue
            }
            guard let above = levels.last else { return }
            path.removeLast(path.count - level.parentLength)
            let below = folder
            folder = try system { () throws(SystemCallError) in
                let number = try check("openat", "..") {
                    unsafe openat(below.rawValue, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                }
                let back = Folder(FileDescriptor(owning: number))
                let (device, inode) = try identity(back)
                if device != above.device || inode != above.inode { throw SystemCallError("openat", "..", .noEntry) }
                return back
            }
            try leave(folder, level.name)
        }
    }

    private static func identity(_ folder: Folder) throws(SystemCallError) -> (UInt64, UInt64) {
        var information = stat()
        try check("fstat") { unsafe fstat(folder.rawValue, &information) }
        return (UInt64(information.st_dev), UInt64(information.st_ino))
    }

    /// The names in a directory as raw bytes, sorted, without `.` and `..`.
    static func names(_ folder: Folder) throws(SystemCallError) -> [[UInt8]] {
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
        return all.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
