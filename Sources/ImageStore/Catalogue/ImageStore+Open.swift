import EngineAPI
import Glibc
import Logging
import Synchronization
import SystemCalls

extension ImageStore {
    /// Reads the index and everything that it names. An image with something missing is left out, and said in the log.
    static func readCatalogue(
        _ layout: StoreLayout, _ limits: ArchiveLimits, _ logger: Logger
    ) throws(ImageError) -> Catalogue {
        var index = try readIndex(layout, logger)
        if index == nil { index = try rebuildIndex(layout, limits, logger) }
        guard let index else { return Catalogue() }
        var catalogue = Catalogue()
        for (id, note) in index.images {
            do throws(ImageError) {
                let (file, layers) = try readImage(id, layout, limits)
                for layer in layers { catalogue.layers[layer.chainID] = layer }
                catalogue.images[id] = Catalogue.Entry(id: id, file: file, chain: layers.map(\.chainID), note: note)
            } catch {
                logger.error(
                    "image store: an image is damaged and left out; load it again",
                    metadata: ["image": "\(id)", "error": "\(error)"])
            }
        }
        catalogue.references = index.references.filter { catalogue.images[$0.value] != nil }
        return catalogue
    }

    /// The index; nil where it is damaged, or gone while there are images. What is damaged is kept aside.
    private static func readIndex(_ layout: StoreLayout, _ logger: Logger) throws(ImageError) -> ImageIndex? {
        guard FileSystem.exists(layout.index) else {
            let isEmpty = ((try? FileSystem.list(layout.blobs)) ?? []).isEmpty
            return isEmpty ? ImageIndex() : nil
        }
        let bytes = try during("open image store") { () throws(SystemCallError) in
            try FileSystem.readBytes(layout.index)
        }
        if let index = try? decode(ImageIndex.self, bytes, of: layout.index) { return index }
        let date = Timestamp.now.description.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" } + "Z"
        let aside = layout.index + ".damaged-" + date
        try during("keep the damaged index aside") { () throws(SystemCallError) in
            try check("rename", layout.index) { unsafe rename(layout.index, aside) }
        }
        logger.error("image store: the index is damaged and kept aside", metadata: ["as": "\(aside)"])
        return nil
    }

    /// Makes the index again: from its copy, and from all configurations whose layers are there.
    private static func rebuildIndex(
        _ layout: StoreLayout, _ limits: ArchiveLimits, _ logger: Logger
    ) throws(ImageError) -> ImageIndex {
        let copy = (try? FileSystem.readBytes(layout.indexCopy)) ?? []
        var index = (try? decode(ImageIndex.self, copy, of: layout.indexCopy)) ?? ImageIndex()
        for name in (try? FileSystem.list(layout.blobs)) ?? [] where index.images["sha256:" + name] == nil {
            if (try? readImage("sha256:" + name, layout, limits)) != nil {
                index.images["sha256:" + name] = ImageIndex.Note()
            }
        }
        let bytes = try encode(index)
        try during("store image index") { () throws(SystemCallError) in
            try FileSystem.replace(layout.index, bytes, mode: 0o600)
        }
        logger.warning(
            "image store: the index was made again from its copy and the images",
            metadata: ["images": "\(index.images.count)", "names": "\(index.references.count)"])
        return index
    }

    private static func readImage(
        _ id: String, _ layout: StoreLayout, _ limits: ArchiveLimits
    ) throws(ImageError) -> (ImageFile, [Layer]) {
        guard ContentDigest.isValid(id) else { throw ImageError(.io, "\(id) is no digest") }
        let config = try during("read image") { () throws(SystemCallError) in
            try FileSystem.readBytes(layout.blob(id))
        }
        guard ContentDigest.of(config) == id else { throw ImageError(.io, "its configuration was changed") }
        let file = try ImageFile.read(config, limits: limits)
        var layers: [Layer] = []
        for chainID in ContentDigest.chainIDs(file.diffIDs) { layers.append(try readLayer(chainID, layout)) }
        return (file, layers)
    }

    static func readLayer(_ chainID: String, _ layout: StoreLayout) throws(ImageError) -> Layer {
        let bytes = try during("read layer") { () throws(SystemCallError) in
            try FileSystem.readBytes(layout.record(chainID))
        }
        let layer = try decode(Layer.self, bytes, of: layout.record(chainID))
        guard layer.chainID == chainID else { throw ImageError(.io, "the layer \(chainID) is another one's") }
        return layer
    }

    /// Reads which containers have roots. Their layers stay even where no image has them any more.
    func readRoots() -> [String: ContainerRoot] {
        var roots: [String: ContainerRoot] = [:]
        // What begins with a dot is on its way out.
        for id in (try? FileSystem.list(layout.overlay)) ?? [] where !id.hasPrefix(".") {
            guard let bytes = try? FileSystem.readBytes(layout.rootRecord(id)),
                let record = try? decode(RootRecord.self, bytes, of: id)
            else { continue }
            roots[id] = ContainerRoot(container: id, record: record, layout: layout)
        }
        for root in roots.values {
            for chainID in root.chain {
                state.withLock { state in
                    guard state.catalogue.layers[chainID] == nil else { return }
                    state.catalogue.layers[chainID] = try? Self.readLayer(chainID, layout)
                }
            }
        }
        return roots
    }

    /// Removes what no index and no container refers to: leftovers of a process that was killed.
    func sweep() throws(ImageError) {
        let (images, layers) = state.withLock { ($0.catalogue.images, $0.catalogue.layers) }
        let folders = (try? FileSystem.list(layout.layers)) ?? []
        let files = (try? FileSystem.list(layout.blobs)) ?? []
        for name in folders where layers["sha256:" + name] == nil { sweep(layout.layers + "/" + name) }
        for name in files where images["sha256:" + name] == nil { sweep(layout.blobs + "/" + name) }
        for name in (try? FileSystem.list(layout.overlay)) ?? [] where state.withLock({ $0.roots[name] == nil }) {
            // Roots that were half made, or half removed.
            if name.hasPrefix(".") || !FileSystem.exists(layout.rootRecord(name)) {
                sweep(layout.overlay + "/" + name)
            }
        }
    }

    private func sweep(_ path: String) {
        logger.info("image store: removing a leftover", metadata: ["path": "\(path)"])
        do throws(SystemCallError) {
            try FileTree.remove(path)
        } catch {
            logger.warning("image store: could not remove it", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }
}
