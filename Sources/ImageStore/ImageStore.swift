import CrashPoints
import EngineAPI
import Glibc
public import Logging
import Synchronization
import SystemCalls

/// Images and the root file systems of containers: content-addressed configurations and layers, named by an index,
/// mounted with overlayfs.
///
/// All operations block (files, mounts): call them through `BlockingWork.run`. Any number of threads may. Reading
/// (`find`, `list`, `root`) touches no disk. Changes are made one after the other, and each is complete or has not
/// happened: it is prepared under `tmp`, moved into place, and becomes true when the index is replaced.
public final class ImageStore: Sendable {
    let layout: StoreLayout
    let limits: ArchiveLimits
    let logger: Logger
    let state: Mutex<State>
    /// Which registries have which layers.
    public let origins: BlobOrigins
    /// Held while the index changes.
    let changing = Mutex(())

    /// What the store keeps in memory.
    struct State: Sendable {
        var catalogue: Catalogue
        /// Layers that an operation under way needs, and how many operations.
        var pins: [String: Int] = [:]
        /// Containers' roots by container id.
        var roots: [String: ContainerRoot] = [:]

        /// Layers that must stay although no image may have them.
        var layersInUse: Set<String> {
            roots.values.reduce(into: Set(pins.keys)) { $0.formUnion($1.chain) }
        }
    }

    /// Opens a store, or makes it, and sweeps what an earlier process left half-done.
    ///
    /// - Parameters:
    ///   - root: its directory, `<data root>/image`.
    ///   - logger: told what was swept and what is damaged.
    ///   - overlayRoot: where containers' writable layers go; nil means `overlay` beside `root`.
    ///   - limits: how much an archive may ask.
    /// - Throws: `.io` where the directory cannot be used. An index that is damaged is kept aside and made again.
    public init(
        root: String, logger: Logger, overlayRoot: String? = nil, limits: ArchiveLimits = ArchiveLimits()
    ) throws(ImageError) {
        let above = root.lastIndex(of: "/").map { String(root[..<$0]) } ?? "."
        let layout = StoreLayout(root: root, overlay: overlayRoot ?? above + "/overlay")
        self.layout = layout
        origins = BlobOrigins(path: layout.root + "/distribution.json", logger: logger)
        self.limits = limits
        self.logger = logger
        try during("open image store") { () throws(SystemCallError) in
            // Layers hold set-user-id programs: nobody but root may look inside.
            for folder in [layout.root, layout.overlay] { try FileSystem.makeDirectory(folder, mode: 0o710) }
            for folder in [layout.blobs, layout.layers] { try FileSystem.makeDirectory(folder, mode: 0o710) }
            try FileSystem.removeUnfinished(in: layout.root)
            try FileTree.remove(layout.temporary)
            try FileSystem.makeDirectory(layout.temporary, mode: 0o700)
        }
        state = Mutex(State(catalogue: try Self.readCatalogue(layout, limits, logger)))
        let roots = readRoots()
        state.withLock { $0.roots = roots }
        try sweep()
    }

    /// Changes the catalogue and makes the change last.
    ///
    /// - Parameter body: works on a copy; where it throws, nothing has changed. What it put on disk before is its own
    ///   to take back.
    /// - Returns: the body's value, and the layers that nothing needs any more, which are gone from disk.
    func change<Value>(
        _ body: (inout Catalogue) throws(ImageError) -> Value
    ) throws(ImageError) -> (value: Value, removed: [Layer]) {
        try changing.withLock { _ throws(ImageError) -> (Value, [Layer]) in
            var next = state.withLock { $0.catalogue }
            let before = next
            let value = try body(&next)
            let bytes = try encode(next.index)
            try during("store image index") { () throws(SystemCallError) in
                try FileSystem.replace(layout.index, bytes, mode: 0o600)
            }
            CrashPoint.imageIndexReplaced.reached()
            do throws(SystemCallError) {
                try FileSystem.replace(layout.indexCopy, bytes, mode: 0o600)
            } catch {
                logger.warning("image store: the index' copy is behind", metadata: ["error": "\(error)"])
            }
            let removed = state.withLock { state in
                let removed = next.removeUnusedLayers(used: state.layersInUse)
                state.catalogue = next
                return removed
            }
            for id in before.images.keys where next.images[id] == nil { discard(layout.blob(id)) }
            for layer in removed { discard(layout.layer(layer.chainID)) }
            return (value, removed)
        }
    }

    /// Removes something that nobody refers to any more: at once from its place, then from the disk. A failure leaves
    /// it to the next start.
    func discard(_ path: String) {
        let grave = layout.scratch("gone")
        let moved = unsafe rename(path, grave) == 0
        CrashPoint.imageMovedAway.reached()
        do throws(SystemCallError) {
            try FileTree.remove(moved ? grave : path)
        } catch {
            logger.warning(
                "image store: could not remove unused data", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    /// Keeps layers from being removed while `body` runs.
    func pinning<Value>(_ chain: [String], _ body: () throws(ImageError) -> Value) throws(ImageError) -> Value {
        state.withLock { state in chain.forEach { state.pins[$0, default: 0] += 1 } }
        defer { unpin(chain) }
        return try body()
    }

    /// Lets go of layers.
    func unpin(_ chain: [String]) {
        let collect = state.withLock { state in
            for chainID in chain {
                let count = (state.pins[chainID] ?? 1) - 1
                state.pins[chainID] = count > 0 ? count : nil
            }
            return chain.contains { chainID in !state.catalogue.images.values.contains { $0.chain.contains(chainID) } }
        }
        if collect { collectGarbage() }
    }

    /// Removes layers that the last image or container let go of.
    func collectGarbage() {
        do throws(ImageError) {
            _ = try change { (_) throws(ImageError) in }
        } catch {
            logger.warning("image store: unused layers stay until the next start", metadata: ["error": "\(error)"])
        }
    }
}
