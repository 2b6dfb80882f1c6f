import Glibc
import SystemCalls

/// Unpacks the tar archive of one layer into an empty directory, as a lower directory of overlayfs.
///
/// The archive is a stranger's. Names that are absolute or contain `..`, members that go through a symbolic link, hard
/// links to what is not in the layer, and device nodes outside `/dev` refuse the whole archive. The target of a
/// symbolic link is data: an absolute one is fine, and nothing here follows it. Devices inside `/dev`, which old
/// images carry, are made where the kernel permits it and left out where it does not. Owners are numbers. Whiteouts
/// (`.wh.name`, `.wh..wh..opq`) become overlayfs' own: a character device 0/0, and the attribute
/// `trusted.overlay.opaque`; nothing in the archive may make those directly.
final class LayerExtractor {
    let root: Folder
    let limits: ArchiveLimits
    private var entries = 0
    /// Bytes in regular files and symbolic links, as Docker counts a layer's size.
    var size: Int64 = 0
    /// Devices in `/dev` that the kernel did not let us make.
    var skippedDevices = 0
    /// What directories' change times are to be once nothing is written into them any more.
    var times: [(path: MemberPath, time: timespec)] = []
    /// Whiteouts made so far: a directory that takes one's place hides what is below it.
    var whiteouts: Set<MemberPath> = []
    /// The directory that was written into last.
    var recent: (path: MemberPath, folder: Folder)?

    /// Unpacks into `root`, an empty directory.
    init(into root: Folder, limits: ArchiveLimits) {
        self.root = root
        self.limits = limits
    }

    /// Unpacks all members.
    func extract(_ archive: TarReader) throws(ImageError) {
        while let entry = try archive.nextEntry() {
            entries += 1
            if entries > limits.entries {
                throw .archive("archive refused: a layer has more than \(limits.entries) members")
            }
            let path = try MemberPath(entry.name)
            try unpacking("\(path)") { try place(entry, at: path, archive) }
        }
        for (path, time) in times.reversed() {
            // It may have been replaced by something else since.
            guard let folder = try? root.folder(path) else { continue }
            let pair = [time, time]
            unsafe futimens(folder.rawValue, pair)
        }
    }
}
