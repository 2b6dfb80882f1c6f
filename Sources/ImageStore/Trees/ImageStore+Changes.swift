public import EngineAPI
import Glibc
import SystemCalls

/// Files that the runtime makes in every container's root to mount something onto; Docker has them in a layer of their
/// own, below the container's, and so shows no change.
enum RuntimePlaces {
    private static let paths: Set<String> = [
        "/dev/console", "/dev/pts", "/dev/shm", "/dev/mqueue", "/proc", "/sys", "/etc/resolv.conf", "/etc/hosts",
        "/etc/hostname", "/dev",
    ]
    /// Directories that hold some of them, and so look changed.
    static let holders: Set<String> = ["/etc", "/dev"]

    /// Whether this is such a place, and nothing else.
    static func contains(_ path: String, _ information: stat) -> Bool {
        guard paths.contains(path) else { return false }
        let kind = information.st_mode & S_IFMT
        return kind == S_IFDIR || kind == S_IFREG && information.st_size == 0
    }
}

extension ImageStore {
    /// What a container changed of its image, sorted by path: `GET /containers/{id}/changes`. Read from the overlay's
    /// upper directory: whiteouts are what is gone.
    ///
    /// - Throws: `.notFound` where the container has no root, `.io`.
    public func changes(container id: String) throws(ImageError) -> [FilesystemChange] {
        guard let root = root(container: id) else {
            throw ImageError(.notFound, "the container \(id) has no root file system")
        }
        let upper = try during("list changes") { () throws(SystemCallError) in try Folder(path: root.upper) }
        var layers: [Folder] = []
        for path in root.lower {
            layers.append(try during("list changes") { () throws(SystemCallError) in try Folder(path: path) })
        }
        var kinds: [String: Int] = [:]
        var listed: Set<String> = []
        try FileTree.walk(in: upper) { (folder, above, name, information) throws(ImageError) in
            let bytes = above + name
            let path = "/" + String(decoding: bytes, as: UTF8.self)
            let isDirectory = information.st_mode & S_IFMT == S_IFDIR
            let member = try MemberPath(bytes)
            if information.st_mode & S_IFMT == S_IFCHR, information.st_rdev == 0 {
                note(path, 2, isDirectory: false)
                return false
            }
            let below = Self.lowerStatus(member, in: layers)
            if isDirectory, below.map({ $0.st_mode & S_IFMT == S_IFDIR }) == true,
                let opened = try? folder.folder(MemberPath.root.child(name)),
                TreeArchiver.attribute(opened.rawValue, LayerExtractor.opaqueAttribute) == LayerExtractor.yes
            {
                note(path, 2, isDirectory: true)
                return true
            }
            guard let below else {
                if !RuntimePlaces.contains(path, information) { note(path, 1, isDirectory: isDirectory) }
                return true
            }
            if isDirectory, below.st_mode & S_IFMT == S_IFDIR, below.st_mode == information.st_mode,
                RuntimePlaces.holders.contains(path)
                    || below.st_mtim.tv_sec == information.st_mtim.tv_sec
                        && below.st_mtim.tv_nsec == information.st_mtim.tv_nsec
            {
                return true
            }
            if !RuntimePlaces.contains(path, information) { note(path, 0, isDirectory: isDirectory) }
            return true
        } failing: {
            ImageError("list changes", $0)
        }
        return kinds.sorted { $0.key < $1.key }.map { FilesystemChange(path: $0.key, kind: $0.value) }

        /// What is added or deleted changes the directory that holds it.
        func note(_ path: String, _ kind: Int, isDirectory: Bool) {
            kinds[path] = kind
            if isDirectory { listed.insert(path) }
            guard kind != 0, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
            let parent = String(path[..<slash])
            if listed.insert(parent).inserted, kinds[parent] == nil { kinds[parent] = 0 }
        }
    }

    /// What the uppermost layer that has a path has there; nil where none has, or one takes it away.
    private static func lowerStatus(_ path: MemberPath, in layers: [Folder]) -> stat? {
        for layer in layers {
            guard let place = try? layer.open(path, ContainerView.placeOnly | O_NOFOLLOW) else { continue }
            var information = stat()
            guard unsafe fstat(place.rawValue, &information) == 0 else { continue }
            if information.st_mode & S_IFMT == S_IFCHR, information.st_rdev == 0 { return nil }
            return information
        }
        return nil
    }
}
