import CLinux
import Glibc
import SystemCalls

/// An open directory, through which files are made and found by name: no operation follows a symbolic link, and none
/// leaves the directory (openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS).
final class Folder {
    private let descriptor: FileDescriptor

    /// Takes over a directory's descriptor.
    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    /// Opens a directory by a path of our own making.
    convenience init(path: String) throws(SystemCallError) {
        self.init(try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
    }

    /// The directory's descriptor, valid while the folder lives.
    var rawValue: CInt { descriptor.rawValue }

    /// Opens what is at `path` below.
    func open(_ path: MemberPath, _ flags: CInt, mode: UInt32 = 0) throws(SystemCallError) -> FileDescriptor {
        let text = cString(path.bytes)
        while true {
            let result = unsafe cw_open_beneath(rawValue, text, flags, mode)
            if result >= 0 { return FileDescriptor(owning: result) }
            let error = Errno(rawValue: result)
            // EAGAIN: something was renamed during the walk.
            if error != .interrupted, error != .wouldBlock { throw SystemCallError("openat2", path.description, error) }
        }
    }

    /// Opens a directory below.
    func folder(_ path: MemberPath) throws(SystemCallError) -> Folder {
        Folder(try open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
    }

    /// What is at `name`, or nil.
    func status(_ name: [UInt8]) throws(SystemCallError) -> stat? {
        var information = stat()
        if unsafe fstatat(rawValue, cString(name), &information, AT_SYMLINK_NOFOLLOW) == 0 { return information }
        let error = Errno.current
        if error == .noEntry { return nil }
        throw SystemCallError("fstatat", text(name), error)
    }

    /// Makes a directory.
    func makeFolder(_ name: [UInt8], mode: UInt32 = 0o755) throws(SystemCallError) {
        try check("mkdirat", text(name)) { unsafe mkdirat(rawValue, cString(name), mode) }
    }

    /// Makes a file that did not exist.
    func makeFile(_ name: [UInt8], mode: UInt32 = 0o600) throws(SystemCallError) -> FileDescriptor {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        return FileDescriptor(
            owning: try check("openat", text(name)) { unsafe openat(rawValue, cString(name), flags, mode) })
    }

    /// Makes a symbolic link; the target is data and is not looked at.
    func makeSymbolicLink(_ name: [UInt8], to target: [UInt8]) throws(SystemCallError) {
        try check("symlinkat", text(name)) { unsafe symlinkat(cString(target), rawValue, cString(name)) }
    }

    /// The target of a symbolic link, as raw bytes; the empty name means the folder's own descriptor (of a link that was
    /// opened with O_PATH).
    func linkTarget(_ name: [UInt8]) throws(SystemCallError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try check("readlinkat", text(name)) {
            unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe buffer.baseAddress.map { base in
                    unsafe readlinkat(
                        rawValue, cString(name), base.assumingMemoryBound(to: CChar.self), buffer.count)
                } ?? -1
            }
        }
        return Array(buffer.prefix(Int(count)))
    }

    /// Makes a second name for `original` in `folder`; a symbolic link there is linked itself.
    func makeHardLink(_ name: [UInt8], to original: [UInt8], in folder: Folder) throws(SystemCallError) {
        try check("linkat", text(name)) {
            unsafe linkat(folder.rawValue, cString(original), rawValue, cString(name), 0)
        }
    }

    /// Makes a device or a FIFO (mknod(2)).
    func makeNode(_ name: [UInt8], mode: UInt32, device: UInt64 = 0) throws(SystemCallError) {
        try check("mknodat", text(name)) { unsafe mknodat(rawValue, cString(name), mode, dev_t(device)) }
    }

    /// Removes a name that is no directory.
    func removeFile(_ name: [UInt8]) throws(SystemCallError) {
        try check("unlinkat", text(name)) { unsafe unlinkat(rawValue, cString(name), 0) }
    }

    /// Removes an empty directory.
    func removeFolder(_ name: [UInt8]) throws(SystemCallError) {
        try check("unlinkat", text(name)) { unsafe unlinkat(rawValue, cString(name), AT_REMOVEDIR) }
    }

    /// Sets the owner of a name, not of what it links to.
    func setOwner(_ name: [UInt8], user: UInt32, group: UInt32) throws(SystemCallError) {
        try check("fchownat", text(name)) {
            unsafe fchownat(rawValue, cString(name), user, group, AT_SYMLINK_NOFOLLOW)
        }
    }

    /// Sets the permissions of a name that is no symbolic link and was made by the caller a moment ago.
    func setMode(_ name: [UInt8], _ mode: UInt32) throws(SystemCallError) {
        try check("fchmodat", text(name)) { unsafe fchmodat(rawValue, cString(name), mode, 0) }
    }

    /// Sets access and change time of a name, not of what it links to.
    func setTime(_ name: [UInt8], _ time: timespec) throws(SystemCallError) {
        let times = [time, time]
        try check("utimensat", text(name)) { unsafe utimensat(rawValue, cString(name), times, AT_SYMLINK_NOFOLLOW) }
    }

    private func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }
}

/// Sets an extended attribute of an open file or directory.
func setAttribute(_ descriptor: CInt, _ name: String, _ value: [UInt8]) throws(SystemCallError) {
    let result = unsafe value.withUnsafeBytes { unsafe cw_set_attribute(descriptor, name, $0.baseAddress, $0.count) }
    if result < 0 { throw SystemCallError("fsetxattr", name, Errno(rawValue: result)) }
}

/// Waits until everything written so far to the file system of `path` is on disk.
func synchronizeFileSystem(of path: String) throws(SystemCallError) {
    let descriptor = try FileDescriptor.open(path, O_RDONLY)
    let result = cw_sync_file_system(descriptor.rawValue)
    if result < 0 { throw SystemCallError("syncfs", path, Errno(rawValue: result)) }
}
