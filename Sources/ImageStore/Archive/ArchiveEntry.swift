import Glibc

/// A member of a tar archive: what its headers say.
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
        /// A sort that tar does not know.
        case other
    }

    /// The name as it is in the archive, as raw bytes.
    var name: [UInt8]
    var kind: Kind
    /// Bytes of content, holes of a sparse file included.
    var size: Int64
    /// Permissions with the set-user-id, set-group-id and sticky bits.
    var mode: UInt32
    var user: Int64
    var group: Int64
    var modified: timespec
    /// The device's number, major and minor in the kernel's packing (glibc's `makedev`).
    var device: UInt64
    /// Extended attributes in the archive's order.
    var attributes: [(name: String, value: [UInt8])]

    /// glibc's packing of a device number.
    static func device(major: UInt64, minor: UInt64) -> UInt64 {
        (major & 0xffff_f000) << 32 | (major & 0xfff) << 8 | (minor & 0xffff_ff00) << 12 | (minor & 0xff)
    }
}
