import CrashPoints
import Glibc
import Logging
import Synchronization
import SystemCalls

extension ImageStore {
    /// Makes the directories of a container's root; nothing is mounted yet. The image's layers stay as long as the
    /// root does, even where the image is removed.
    ///
    /// - Parameters:
    ///   - id: the container's id.
    ///   - image: the image's id, or a name of it.
    /// - Throws: `.notFound`, `.conflict` where the container has a root already, `.io`.
    public func makeRoot(container id: String, image: String) throws(ImageError) -> ContainerRoot {
        guard !id.isEmpty, !id.hasPrefix("."), !id.contains("/") else {
            throw ImageError(.invalid, "\"\(id)\" cannot be a container's id")
        }
        let layout = layout
        let (root, record) = try state.withLock { state throws(ImageError) -> (ContainerRoot, RootRecord) in
            guard let entry = state.catalogue.entry(image) else {
                throw .noSuchImage(ImageReference.displayName(image))
            }
            if state.roots[id] != nil { throw ImageError(.conflict, "the container \(id) has a root already") }
            let record = RootRecord(image: entry.id, chain: entry.chain)
            let root = ContainerRoot(container: id, record: record, layout: layout)
            state.roots[id] = root
            return (root, record)
        }
        do throws(ImageError) {
            let bytes = try encode(record)
            try during("make container root") { () throws(SystemCallError) in
                try check("mkdir", layout.root(id)) { unsafe mkdir(layout.root(id), 0o710) }
                CrashPoint.rootFolderMade.reached()
                for folder in [root.upper, root.merged] {
                    try check("mkdir", folder) { unsafe mkdir(folder, 0o755) }
                }
                try check("mkdir", root.work) { unsafe mkdir(root.work, 0o700) }
                // The upper directory's owner and permissions are those of the container's `/`.
                if let top = root.lower.first, let status = FileSystem.status(top) {
                    try check("chown", root.upper) { unsafe chown(root.upper, status.st_uid, status.st_gid) }
                    try check("chmod", root.upper) { unsafe chmod(root.upper, status.st_mode & 0o7777) }
                }
                // Last: a folder without it is a leftover.
                try FileDescriptor.open(layout.rootRecord(id), O_WRONLY | O_CREAT | O_EXCL, mode: 0o600).writeAll(bytes)
            }
            return root
        } catch {
            try? removeRoot(container: id)
            throw error
        }
    }

    /// Mounts a root at `merged`, in the mount namespace of the caller. What was mounted there before is detached.
    public func mountRoot(_ root: ContainerRoot) throws(ImageError) {
        try during("mount container root") { () throws(SystemCallError) in
            try Mount.detach(root.merged)
            guard !root.lower.isEmpty else {
                // An image without layers: overlayfs wants at least one below.
                return try Mount.mount(root.upper, on: root.merged, flags: Int(MS_BIND))
            }
            try OverlayOptions(root).mount(on: root.merged)
        }
    }

    /// Takes a root's mount away; one that is not mounted is fine.
    public func unmountRoot(_ root: ContainerRoot) throws(ImageError) {
        try during("unmount container root") { () throws(SystemCallError) in try Mount.detach(root.merged) }
    }

    /// The roots that are mounted.
    public func mountedRoots() throws(ImageError) -> [ContainerRoot] {
        let points = try during("look at mounts") { () throws(SystemCallError) in
            Set(try Mount.points(below: layout.overlay))
        }
        return state.withLock { $0.roots.values.filter { points.contains($0.merged) } }
    }

    /// Unmounts and removes a container's root with all that the container wrote; none is fine.
    public func removeRoot(container id: String) throws(ImageError) {
        guard !id.isEmpty, !id.hasPrefix("."), !id.contains("/") else { return }
        let folder = layout.root(id)
        let grave = layout.overlay + "/.gone-\(id)-" + String(UInt64.random(in: 0 ... .max), radix: 16)
        try during("remove container root") { () throws(SystemCallError) in
            try Mount.detach(folder + "/merged")
            // At once out of the way, so that a half-removed root is never taken for one.
            if unsafe rename(folder, grave) != 0, Errno.current != .noEntry {
                throw SystemCallError("rename", folder, .current)
            }
        }
        CrashPoint.removeRootMoved.reached()
        let collect = state.withLock { state in
            guard let root = state.roots.removeValue(forKey: id) else { return false }
            return state.catalogue.images[root.image] == nil && !root.chain.isEmpty
        }
        if collect { collectGarbage() }
        try during("remove container root") { () throws(SystemCallError) in try FileTree.remove(grave) }
    }

    /// A container's root, or nil where it has none.
    public func root(container id: String) -> ContainerRoot? {
        state.withLock { $0.roots[id] }
    }

    /// Bytes in the files that a container has made or changed; 0 where it has no root.
    public func writableSize(container id: String) -> Int64 {
        guard let root = root(container: id) else { return 0 }
        return (try? FileTree.size(root.upper)) ?? 0
    }

    /// Bytes of a container's image and its own changes together; 0 where it has no root.
    public func rootSize(container id: String) -> Int64 {
        let below = state.withLock { state in
            (state.roots[id]?.chain ?? []).reduce(Int64(0)) { $0 + (state.catalogue.layers[$1]?.size ?? 0) }
        }
        return below + writableSize(container: id)
    }
}
