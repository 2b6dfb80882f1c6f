import CArchive
import Glibc

/// A member of an archive: what its header says.
struct ArchiveEntry {
    /// What a member is.
    enum Kind: Hashable {
        case file
        case directory
        /// A symbolic link to this target, which is data.
        case symbolicLink([UInt8])
        /// A second name of the member of this name.
        case hardLink([UInt8])
        case characterDevice
        case blockDevice
        case fifo
        /// A socket, or a sort that tar does not know.
        case other
    }

    /// The name as it is in the archive.
    let name: [UInt8]
    let kind: Kind
    /// Bytes of content, holes of a sparse file included.
    let size: Int64
    /// Permissions with the set-user-id, set-group-id and sticky bits.
    let mode: UInt32
    let user: Int64
    let group: Int64
    let modified: timespec
    /// The device's number, major and minor in the kernel's packing.
    let device: UInt64
    /// Extended attributes in the archive's order.
    let attributes: [(name: String, value: [UInt8])]

    /// Copies the header out of libarchive's entry.
    init(_ entry: OpaquePointer) {
        func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
            guard let text = unsafe text else { return nil }
            return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
        }
        name = unsafe bytes(archive_entry_pathname(entry)) ?? bytes(archive_entry_pathname_utf8(entry)) ?? []
        let hardLink = unsafe bytes(archive_entry_hardlink(entry)) ?? bytes(archive_entry_hardlink_utf8(entry))
        if let hardLink {
            kind = .hardLink(hardLink)
        } else {
            switch unsafe UInt32(archive_entry_filetype(entry)) {
            case S_IFREG: kind = .file
            case S_IFDIR: kind = .directory
            case S_IFLNK:
                let target = unsafe bytes(archive_entry_symlink(entry)) ?? bytes(archive_entry_symlink_utf8(entry))
                kind = .symbolicLink(target ?? [])
            case S_IFCHR: kind = .characterDevice
            case S_IFBLK: kind = .blockDevice
            case S_IFIFO: kind = .fifo
            default: kind = .other
            }
        }
        size = unsafe Int64(archive_entry_size(entry))
        mode = unsafe UInt32(archive_entry_mode(entry)) & 0o7777
        user = unsafe Int64(archive_entry_uid(entry))
        group = unsafe Int64(archive_entry_gid(entry))
        modified = unsafe timespec(
            tv_sec: Int(archive_entry_mtime(entry)), tv_nsec: Int(archive_entry_mtime_nsec(entry)))
        device = unsafe UInt64(archive_entry_rdev(entry))
        attributes = unsafe ArchiveEntry.attributes(entry)
    }

    private static func attributes(_ entry: OpaquePointer) -> [(name: String, value: [UInt8])] {
        var all: [(name: String, value: [UInt8])] = []
        guard unsafe archive_entry_xattr_reset(entry) > 0 else { return all }
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while unsafe archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK {
            guard let name = unsafe name else { continue }
            unsafe all.append((String(cString: name), Array(UnsafeRawBufferPointer(start: value, count: size))))
        }
        return all
    }
}
