import EngineAPI
import Glibc
import Synchronization
import SystemCalls

extension ImageStore {
    /// Writes images as one archive that is both a docker-archive and an OCI image layout, as `docker save` does.
    ///
    /// - Parameters:
    ///   - names: images by name, id, or the beginning of an id. A name without a tag stands for all tags of its
    ///     repository; an id brings the image without names.
    ///   - descriptor: where the archive goes; not closed. Where the reader goes away, writing fails (SIGPIPE must be
    ///     ignored by the process).
    /// - Throws: `.notFound` before anything is written; `.io`.
    public func save(_ names: [String], to descriptor: CInt) throws(ImageError) {
        let (chosen, layers) = try state.withLock { state throws(ImageError) -> ([SavedImage], [String: Layer]) in
            (try Self.choose(names, state.catalogue), state.catalogue.layers)
        }
        let chain = chosen.flatMap(\.entry.chain)
        try pinning(chain) { () throws(ImageError) in
            // Before they were pinned they may have gone.
            guard state.withLock({ state in chain.allSatisfy { state.catalogue.layers[$0] != nil } }) else {
                throw .noSuchImage(names.joined(separator: ", "))
            }
            try write(chosen, layers, to: descriptor)
        }
    }

    /// An image to be saved, with the names to save it under.
    struct SavedImage {
        let entry: Catalogue.Entry
        var references: [ImageReference]
    }

    private static func choose(_ names: [String], _ catalogue: Catalogue) throws(ImageError) -> [SavedImage] {
        var chosen: [SavedImage] = []
        func add(_ entry: Catalogue.Entry, _ reference: ImageReference?) {
            let index = chosen.firstIndex { $0.entry.id == entry.id } ?? chosen.count
            if index == chosen.count { chosen.append(SavedImage(entry: entry, references: [])) }
            if let reference, !chosen[index].references.contains(reference) {
                chosen[index].references.append(reference)
            }
        }
        for name in names {
            let reference = try? ImageReference(parsing: name)
            if let reference, reference.tag == nil, reference.digest == nil {
                let all = catalogue.references.keys.sorted().compactMap { try? ImageReference(parsing: $0) }
                let tagged = all.filter { $0.repository == reference.repository && $0.digest == nil }
                for tag in tagged {
                    if let entry = catalogue.references[tag.key].flatMap({ catalogue.images[$0] }) { add(entry, tag) }
                }
                if !tagged.isEmpty { continue }
            }
            guard let entry = catalogue.entry(name) else { throw .noSuchImage(name) }
            let isName = reference.map { catalogue.references[$0.key] == entry.id } ?? false
            add(entry, isName ? reference?.withDefaultTag : nil)
        }
        return chosen
    }

    private func write(
        _ images: [SavedImage], _ layers: [String: Layer], to descriptor: CInt
    ) throws(ImageError) {
        var tar = ArchiveWriter { bytes throws(ImageError) in
            try during("save image") { () throws(SystemCallError) in try Self.write(bytes, to: descriptor) }
        }
        var written: Set<String> = []
        var manifests: [DockerArchive.Manifest] = []
        var index = OCILayout.Document(mediaType: OCILayout.indexType, manifests: [])
        var repositories: [String: [String: String]] = [:]
        for folder in ["blobs/", "blobs/sha256/"] { try tar.begin(folder, kind: .directory, mode: 0o755, time: 0) }

        for image in images {
            let config = try during("save image") { () throws(SystemCallError) in
                try FileSystem.readBytes(layout.blob(image.entry.id))
            }
            let time = max(0, Timestamp(image.entry.file.created ?? "")?.unixSeconds ?? 0)
            if written.insert(image.entry.id).inserted { try tar.file(Self.name(image.entry.id), config, time: time) }
            var descriptors: [OCILayout.Descriptor] = []
            for chainID in image.entry.chain {
                guard let layer = layers[chainID] else { throw .noSuchImage(image.entry.id) }
                descriptors.append(
                    OCILayout.Descriptor(mediaType: OCILayout.layerType, digest: layer.diffID, size: layer.archiveSize))
                if written.insert(layer.diffID).inserted { try write(layer, to: &tar, time: time) }
            }
            let manifest = try encode(
                OCILayout.Document(
                    mediaType: OCILayout.manifestType,
                    config: OCILayout.Descriptor(
                        mediaType: OCILayout.configType, digest: image.entry.id, size: Int64(config.count)),
                    layers: descriptors))
            let digest = ContentDigest.of(manifest)
            if written.insert(digest).inserted { try tar.file(Self.name(digest), manifest, time: time) }

            let plain = OCILayout.Descriptor(
                mediaType: OCILayout.manifestType, digest: digest, size: Int64(manifest.count))
            if image.references.isEmpty { index.manifests?.append(plain) }
            for reference in image.references {
                var named = plain
                named.annotations = [
                    "io.containerd.image.name": reference.full,
                    "org.opencontainers.image.ref.name": reference.tag ?? "",
                ]
                index.manifests?.append(named)
                if let tag = reference.tag, let top = descriptors.last {
                    repositories[reference.familiarRepository, default: [:]][tag] = ContentDigest.hex(top.digest)
                }
            }
            manifests.append(
                DockerArchive.Manifest(
                    config: Self.name(image.entry.id), repoTags: image.references.map(\.familiar),
                    layers: descriptors.map { Self.name($0.digest) },
                    layerSources: Dictionary(descriptors.map { ($0.digest, $0) }) { first, _ in first }))
        }
        try tar.file("index.json", try encode(index), time: 0)
        try tar.file("manifest.json", try encode(manifests), time: 0)
        try tar.file("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), time: 0)
        if !repositories.isEmpty { try tar.file("repositories", try encode(repositories), time: 0) }
        try tar.finish()
    }

    /// A layer's archive as it came in, checked on the way out.
    private func write(_ layer: Layer, to tar: inout ArchiveWriter, time: Int64) throws(ImageError) {
        let damaged = ImageError(.io, "save image: the stored layer \(layer.diffID) is damaged; load its image again")
        let stream = try DecodedStream(try FileByteStream(path: layout.archive(layer.chainID)))
        try tar.begin(Self.name(layer.diffID), kind: .file, size: layer.archiveSize, time: time)
        var hasher = ContentHasher()
        var left = layer.archiveSize
        while true {
            let bytes = try stream.next()
            if bytes.isEmpty { break }
            left -= Int64(bytes.count)
            if left < 0 { throw damaged }
            hasher.update(bytes)
            try tar.content(bytes)
        }
        if left != 0 || hasher.finish() != layer.diffID { throw damaged }
    }

    private static func name(_ digest: String) -> String { "blobs/sha256/" + ContentDigest.hex(digest) }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws(SystemCallError) {
        var sent = 0
        while sent < bytes.count {
            sent += try check("write") {
                unsafe bytes.withUnsafeBytes { bytes in
                    unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
                }
            }
        }
    }
}
