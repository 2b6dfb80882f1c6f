public import SystemCalls

/// Directories with all that is in them, made by strangers: any depth, any names, links never followed.
public enum DirectoryTree {
    /// Removes a directory with all that is in it. Something missing is fine; a mount inside is refused (EBUSY).
    public static func remove(_ path: String) throws(SystemCallError) {
        try FileTree.remove(path)
    }

    /// The bytes in all regular files, in names that share an inode counted once.
    public static func size(_ path: String) throws(SystemCallError) -> Int64 {
        try FileTree.size(path)
    }

    /// Opens a directory below another; no link on the way is followed out of it (openat2(2), RESOLVE_IN_ROOT).
    ///
    /// - Returns: an O_PATH descriptor.
    public static func place(_ path: String, below directory: String) throws(SystemCallError) -> FileDescriptor {
        try FileDescriptor.openPlace(directory).openInside(path, ContainerView.placeOnly)
    }
}
