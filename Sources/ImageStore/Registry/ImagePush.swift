import Glibc
import Synchronization
import SystemCalls

/// What a push of an image needs of the store. Its layers are held on to until `end`.
public final class ImagePush: Sendable {
    /// The image's id: the digest of its configuration.
    public let id: String
    /// The configuration's bytes.
    public let config: [UInt8]
    /// Its layers, lowest first.
    public let layers: [PushLayer]

    private let store: ImageStore

    init(store: ImageStore, id: String, config: [UInt8], layers: [PushLayer]) {
        self.store = store
        self.id = id
        self.config = config
        self.layers = layers
    }

    /// Writes a layer, compressed as registries want it, to a file of its own. The same layer always becomes the same
    /// bytes. Blocks.
    ///
    /// - Parameter isCancelled: asked between pieces.
    /// - Returns: the file's path, the caller's to remove, with the digest and size of its bytes.
    /// - Throws: `.io`, also where the stored layer is damaged.
    public func compress(
        _ layer: PushLayer, isCancelled: () -> Bool
    ) throws(ImageError) -> (path: String, digest: String, size: Int64) {
        let path = store.layout.scratch("push")
        do throws(ImageError) {
            let file = try CompressedFile(path: path, .exchange)
            let stream = try DecodedStream(try FileByteStream(path: store.layout.archive(layer.chainID)))
            var hasher = ContentHasher()
            while true {
                let bytes = try stream.next()
                if bytes.isEmpty { break }
                hasher.update(bytes)
                try file.write(bytes)
                if isCancelled() { throw ImageError(.io, "the push was cancelled") }
            }
            guard hasher.finish() == layer.diffID else {
                throw ImageError(
                    .io, "push image: the stored layer \(layer.diffID) is damaged; pull or load its image again")
            }
            try file.finish()
            let source = try FileByteStream(path: path)
            var digest = ContentHasher()
            while true {
                let bytes = try source.next()
                if bytes.isEmpty { break }
                digest.update(bytes)
            }
            return (path, digest.finish(), source.position)
        } catch {
            // It may not have come to be.
            try? FileSystem.removeFile(path)
            throw error
        }
    }

    /// Lets go of the layers. To be called once, at the end. Blocks.
    public func end() { store.unpin(layers.map(\.chainID)) }
}

/// A layer of an image that is pushed.
public struct PushLayer: Hashable, Sendable {
    /// The digest of the uncompressed archive.
    public let diffID: String
    let chainID: String
}

extension ImageStore {
    /// Begins the push of an image. Blocks.
    ///
    /// - Throws: `.notFound`, `.io`.
    public func beginPush(_ id: String) throws(ImageError) -> ImagePush {
        let chain = try state.withLock { state throws(ImageError) in
            guard let entry = state.catalogue.images[id] else { throw .noSuchImage(id) }
            for chainID in entry.chain { state.pins[chainID, default: 0] += 1 }
            return zip(entry.file.diffIDs, entry.chain).map { PushLayer(diffID: $0.0, chainID: $0.1) }
        }
        do throws(ImageError) {
            let config = try during("push image") { () throws(SystemCallError) in
                try FileSystem.readBytes(layout.blob(id))
            }
            return ImagePush(store: self, id: id, config: config, layers: chain)
        } catch {
            unpin(chain.map(\.chainID))
            throw error
        }
    }

    /// The names of a repository's tags, sorted.
    public func tags(of repository: ImageReference) -> [ImageReference] {
        let keys = state.withLock { $0.catalogue.references.keys.sorted() }
        return keys.compactMap { try? ImageReference(parsing: $0) }.filter {
            $0.repository == repository.repository && $0.tag != nil && $0.digest == nil
        }
    }

    /// Bytes in the files of all layers.
    public var layerBytes: Int64 { state.withLock { $0.catalogue.layers.values.reduce(0) { $0 + $1.size } } }
}
