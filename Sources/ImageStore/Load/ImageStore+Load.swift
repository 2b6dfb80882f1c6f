import CrashPoints
public import EngineAPI
import Glibc
import Logging
import Synchronization
import SystemCalls

extension ImageStore {
    /// Takes in the images of an archive: what `docker save` writes, or an OCI image layout, each plain or compressed
    /// (gzip, bzip2, xz, zstd) outside and inside. Every digest is checked. All images come in, or nothing does.
    ///
    /// - Parameters:
    ///   - path: the archive.
    ///   - progress: told how far it is, in Docker's messages.
    /// - Throws: `.invalid` for an archive that is damaged, hostile or not for this machine; `.io`.
    public func load(
        archive path: String, progress: @Sendable (ProgressMessage) -> Void
    ) throws(ImageError) -> [LoadedImage] {
        let spool = try ArchiveSpool(path, layout: layout, limits: limits)
        defer { spool.remove() }
        let images: [PendingImage]
        if let found = try DockerArchive.images(in: spool, limits: limits) {
            images = found
        } else if let found = try OCILayout.images(in: spool, platform: .current, limits: limits) {
            images = found
        } else {
            throw .archive(
                "invalid archive: does not contain a manifest.json (docker save) or an index.json (OCI image layout)")
        }
        CrashPoint.imageSpread.reached()
        if images.isEmpty { throw .archive("invalid archive: it names no image") }
        return try withoutActuallyEscaping(progress) { report throws(ImageError) in
            try take(images, report: report)
        }
    }

    private func take(
        _ images: [PendingImage], report: @escaping (ProgressMessage) -> Void
    ) throws(ImageError) -> [LoadedImage] {
        let batch = LayerBatch(store: self)
        defer { batch.end() }
        for image in images {
            var below: String?
            for (diffID, file) in zip(image.file.diffIDs, image.layers) {
                let progress = LoadProgress(layer: diffID, total: file.size, report: report)
                below = try batch.add(diffID, on: below) { () throws(ImageError) in
                    try FileByteStream(path: file.path) { progress.move(to: $0) }
                }
            }
        }
        let messages = try batch.commit(images)
        for message in messages { report(ProgressMessage(stream: message)) }
        var loaded: [LoadedImage] = []
        for image in images {
            for reference in image.references {
                report(ProgressMessage(stream: "Loaded image: \(reference.familiarName)\n"))
            }
            if image.references.isEmpty { report(ProgressMessage(stream: "Loaded image ID: \(image.id)\n")) }
            loaded.append(LoadedImage(id: image.id, references: image.references.map(\.familiarName)))
        }
        return loaded
    }
}

/// Layers on their way into the store: unpacked under `tmp`, or there already and held on to, until the images that
/// need them are named.
final class LayerBatch {
    private let store: ImageStore
    private var staged: [StagedLayer] = []
    private var pinned: [String] = []

    init(store: ImageStore) {
        self.store = store
    }

    /// Takes in a layer; one that the store or the batch has is not unpacked again.
    ///
    /// - Parameter source: opens its archive.
    /// - Returns: its chain id.
    func add(
        _ diffID: String?, on parent: String?, source: () throws(ImageError) -> FileByteStream
    ) throws(ImageError) -> String {
        if let diffID {
            let chainID = ContentDigest.chainID(diffID, on: parent)
            if staged.contains(where: { $0.layer.chainID == chainID }) || pin(chainID) { return chainID }
        }
        let layer = try StagedLayer.make(
            from: try source(), parent: parent, diffID: diffID, layout: store.layout, limits: store.limits)
        staged.append(layer)
        CrashPoint.imageLayerStaged.reached()
        return layer.layer.chainID
    }

    /// The digests of what was staged, in order.
    var diffIDs: [String] { staged.map(\.layer.diffID) }

    /// Holds on to a layer that the store has.
    func pin(_ chainID: String) -> Bool {
        let found = store.state.withLock { state in
            guard state.catalogue.layers[chainID] != nil else { return false }
            state.pins[chainID, default: 0] += 1
            return true
        }
        if found { pinned.append(chainID) }
        return found
    }

    /// Makes the images and their names true, all at once.
    ///
    /// - Returns: what people should know about names that moved, in Docker's words.
    func commit(_ images: [PendingImage]) throws(ImageError) -> [String] {
        let layout = store.layout
        if !staged.isEmpty {
            // The index must not outlive a crash that its layers do not.
            try during("store image") { () throws(SystemCallError) in try synchronizeFileSystem(of: layout.root) }
        }
        var placed: [String] = []
        do throws(ImageError) {
            return try store.change { catalogue throws(ImageError) in
                for layer in staged where catalogue.layers[layer.layer.chainID] == nil {
                    let target = layout.layer(layer.layer.chainID)
                    // Nothing refers to what may be there.
                    if FileSystem.exists(target) { store.discard(target) }
                    try during("store layer") { () throws(SystemCallError) in
                        try check("rename", target) { unsafe rename(layer.folder, target) }
                    }
                    CrashPoint.imageLayerPlaced.reached()
                    placed.append(target)
                    catalogue.layers[layer.layer.chainID] = layer.layer
                }
                var messages: [String] = []
                for image in images {
                    let isNew = catalogue.images[image.id] == nil
                    if isNew {
                        try during("store image") { () throws(SystemCallError) in
                            try FileSystem.replace(layout.blob(image.id), image.config, mode: 0o600)
                        }
                        CrashPoint.imageConfigPlaced.reached()
                        placed.append(layout.blob(image.id))
                        catalogue.images[image.id] = Catalogue.Entry(
                            id: image.id, file: image.file, chain: ContentDigest.chainIDs(image.file.diffIDs),
                            note: ImageIndex.Note())
                    }
                    for reference in image.references {
                        if let old = catalogue.references[reference.key], old != image.id {
                            messages.append(
                                "The image \(reference.familiarName) already exists, "
                                    + "renaming the old one with ID \(old) to empty string\n"
                            )
                        }
                        try catalogue.name(image.id, reference, now: .now)
                    }
                }
                return messages
            }.value
        } catch {
            // The index was not written: whatever was moved into place is nobody's.
            for path in placed { store.discard(path) }
            throw error
        }
    }

    /// Lets go of everything that was not committed. To be called once, at the end.
    func end() {
        for layer in staged { try? FileTree.remove(layer.folder) }
        if !pinned.isEmpty { store.unpin(pinned) }
        staged = []
        pinned = []
    }
}
