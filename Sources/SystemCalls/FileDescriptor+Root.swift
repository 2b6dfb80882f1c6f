import CLinux
import Glibc

extension FileDescriptor {
    /// Opens a path as if this directory were the file system's root, openat2(2) with RESOLVE_IN_ROOT: absolute paths,
    /// `..` and symbolic links stay inside. For the files of a container, whose links nobody should trust.
    public borrowing func openInside(_ path: String, _ flags: CInt) throws(SystemCallError) -> FileDescriptor {
        var number: CInt = 0
        for _ in 0..<128 {
            number = unsafe path.withCString { unsafe cw_open_in_root(rawValue, $0, flags) }
            // Something was renamed during the walk, and the kernel cannot tell whether the path stayed inside.
            if number != -EAGAIN, number != -EINTR { break }
        }
        return FileDescriptor(owning: try checkWrapper("openat2", path, number))
    }
}

extension FileDescriptor {
    /// Opens a directory as a place only (O_PATH): for paths below it, not for reading.
    public static func openPlace(_ path: String) throws(SystemCallError) -> FileDescriptor {
        // O_PATH of <asm-generic/fcntl.h>, which the C library declares under _GNU_SOURCE only.
        try open(path, 0o10000000 | O_DIRECTORY)
    }
}
