import EngineAPI
import Synchronization
import SystemCalls

/// An image that is being pulled: its layers come one after the other, lowest first, and the image becomes true with
/// `commit`. Until then nothing of it is in the store; `end` takes away what was staged.
///
/// All operations block: call them through `BlockingWork.run`.
public final class ImagePull: Sendable {
    /// The image's id: the digest of its configuration.
    public let id: String
    /// Digests of its uncompressed layers, lowest first.
    public let layers: [String]
    /// What it runs on.
    public let platform: Platform
    /// How many of the lowest layers the store has already. They are held on to until `end`.
    public let presentLayers: Int

    private let config: [UInt8]
    private let file: ImageFile
    private let work: Mutex<Work>
    private let isCancelled = Atomic<Bool>(false)

    /// What changes; one thread at a time.
    private struct Work: ~Copyable {
        let batch: LayerBatch
        /// The chain id of the layers so far.
        var top: String?
        var done: Int
    }

    /// Begins with an image's configuration.
    ///
    /// - Throws: `.invalid` for one that this machine cannot use.
    init(store: ImageStore, config: [UInt8]) throws(ImageError) {
        self.config = config
        id = ContentDigest.of(config)
        let file = try ImageFile.read(config, limits: store.limits)
        self.file = file
        layers = file.diffIDs
        platform = Platform(
            architecture: file.architecture ?? "", os: file.os ?? "linux", variant: file.variant)
        let batch = LayerBatch(store: store)
        var present = 0
        var top: String?
        for chainID in ContentDigest.chainIDs(file.diffIDs) {
            guard batch.pin(chainID) else { break }
            present += 1
            top = chainID
        }
        presentLayers = present
        work = Mutex(Work(batch: batch, top: top, done: present))
    }

    /// Unpacks the next layer, plain or compressed, and checks the digest of its content.
    ///
    /// - Parameters:
    ///   - path: its archive.
    ///   - progress: told how many of the archive's bytes have been read.
    /// - Throws: `.invalid` where the archive is damaged, hostile, or another layer's.
    public func extract(from path: String, progress: @Sendable (Int64) -> Void) throws(ImageError) {
        try withoutActuallyEscaping(progress) { progress throws(ImageError) in
            try work.withLock { work throws(ImageError) in
                let diffID = layers[work.done]
                work.top = try work.batch.add(diffID, on: work.top) { () throws(ImageError) in
                    try FileByteStream(path: path) { position throws(ImageError) in
                        if self.isCancelled.load(ordering: .relaxed) { throw ImageError(.io, "the pull was cancelled") }
                        progress(position)
                    }
                }
                work.done += 1
            }
        }
    }

    /// Makes the image and its names true.
    ///
    /// - Throws: `.io`, `.invalid` for a name that cannot be given.
    public func commit(as references: [ImageReference]) throws(ImageError) {
        try work.withLock { work throws(ImageError) in
            guard work.done == layers.count else { throw ImageError(.io, "store image: a layer is missing") }
            _ = try work.batch.commit([PendingImage(id: id, config: config, file: file, references: references)])
        }
    }

    /// Makes an unpacking end soon. May be called from any thread.
    public func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// Lets go of everything that was not committed. To be called once, at the end.
    public func end() { work.withLock { $0.batch.end() } }
}

extension ImageStore {
    /// Begins the pull of an image.
    ///
    /// - Parameter config: its configuration, as the registry has it.
    /// - Throws: `.invalid` for one that this machine cannot use.
    public func beginPull(config: [UInt8]) throws(ImageError) -> ImagePull {
        try ImagePull(store: self, config: config)
    }

    /// A file's name for something half-done: nobody else has it, and what is left there goes at the next start.
    public func scratchFile(_ purpose: String) -> String { layout.scratch(purpose) }

    /// The image that has exactly this name; nil where there is none.
    public func image(named reference: ImageReference) -> StoredImage? {
        let catalogue = state.withLock { $0.catalogue }
        return catalogue.references[reference.key].flatMap { catalogue.images[$0] }.map {
            catalogue.stored($0, layout: layout)
        }
    }
}
