/// The OCI image layout (OCI image specification, image-layout.md): `index.json` leads by digests to manifests,
/// configurations and layers in `blobs`.
enum OCILayout {
    static let indexType = "application/vnd.oci.image.index.v1+json"
    static let manifestType = "application/vnd.oci.image.manifest.v1+json"
    static let configType = "application/vnd.oci.image.config.v1+json"
    static let layerType = "application/vnd.oci.image.layer.v1.tar"

    /// Leads to a blob.
    struct Descriptor: Codable, Hashable {
        var mediaType: String?
        var digest: String
        var size: Int64
        var annotations: [String: String]?
        var platform: Platform?
    }

    /// An index or a manifest, told apart by what they have.
    struct Document: Codable {
        var schemaVersion = 2
        var mediaType: String?
        var config: Descriptor?
        var layers: [Descriptor]?
        var manifests: [Descriptor]?
    }

    /// The images of an archive that fit this machine, or nil where it is no such layout.
    static func images(
        in spool: ArchiveSpool, platform: Platform, limits: ArchiveLimits
    ) throws(ImageError) -> [PendingImage]? {
        guard let bytes = try spool.document("index.json") else { return nil }
        let index = try decode(Document.self, bytes, of: "index.json")
        let reader = Reader(spool: spool, platform: platform, limits: limits)
        // Several manifests of one name are one image for several platforms.
        var order: [String] = []
        var groups: [String: [Descriptor]] = [:]
        for (number, descriptor) in (index.manifests ?? []).enumerated() where !reader.isAttestation(descriptor) {
            let key = name(descriptor) ?? (descriptor.platform == nil ? "#\(number)" : "#")
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(descriptor)
        }
        var images: [PendingImage] = []
        for key in order {
            let group = groups[key] ?? []
            let chosen = try reader.choose(group)
            var references: [ImageReference] = []
            if let name = name(chosen) { references.append(try ImageReference(parsing: name)) }
            images.append(try reader.image(chosen, references, depth: 0))
        }
        return images
    }

    /// The name that a descriptor of `index.json` gives its image: containerd's annotation, else the specification's
    /// where it holds more than a tag.
    private static func name(_ descriptor: Descriptor) -> String? {
        if let name = descriptor.annotations?["io.containerd.image.name"] { return name }
        guard let name = descriptor.annotations?["org.opencontainers.image.ref.name"] else { return nil }
        return name.contains(":") || name.contains("/") ? name : nil
    }

    private struct Reader {
        let spool: ArchiveSpool
        let platform: Platform
        let limits: ArchiveLimits

        func isAttestation(_ descriptor: Descriptor) -> Bool {
            descriptor.annotations?["vnd.docker.reference.type"] == "attestation-manifest"
        }

        /// The descriptor for this machine; one that names no platform fits any.
        func choose(_ descriptors: [Descriptor]) throws(ImageError) -> Descriptor {
            let candidates = descriptors.filter { !isAttestation($0) }
            if candidates.count == 1 { return candidates[0] }
            let fitting = candidates.filter { $0.platform.map { $0.fits(platform) } ?? true }
            let best = fitting.first { $0.platform?.variant == platform.variant } ?? fitting.first
            guard let best else {
                let offered = candidates.compactMap { $0.platform?.description }.joined(separator: ", ")
                throw .archive("no matching manifest for \(platform) in the archive, which has \(offered)")
            }
            return best
        }

        /// The file behind a descriptor, its digest and size checked.
        func blob(_ descriptor: Descriptor) throws(ImageError) -> ArchiveSpool.File {
            guard ContentDigest.isValid(descriptor.digest) else {
                throw .archive("archive refused: \"\(descriptor.digest)\" is no sha256 digest")
            }
            guard let file = try spool.file("blobs/sha256/" + ContentDigest.hex(descriptor.digest)) else {
                throw .archive("the archive has no blob \(descriptor.digest)")
            }
            if file.digest != descriptor.digest {
                throw .archive("archive refused: the blob \(descriptor.digest) has the digest \(file.digest)")
            }
            if file.size != descriptor.size {
                throw .archive(
                    "archive refused: the blob \(descriptor.digest) has \(file.size) bytes, not \(descriptor.size)")
            }
            return file
        }

        func image(
            _ descriptor: Descriptor, _ references: [ImageReference], depth: Int
        ) throws(ImageError) -> PendingImage {
            if depth > 4 { throw .archive("archive refused: indexes are nested too deeply") }
            let bytes = try spool.read(try blob(descriptor), descriptor.digest)
            let document = try decode(Document.self, bytes, of: descriptor.digest)
            if let manifests = document.manifests {
                return try image(try choose(manifests), references, depth: depth + 1)
            }
            guard let config = document.config else {
                throw .archive("\(descriptor.digest) is neither an image manifest nor an index")
            }
            var layers: [ArchiveSpool.File] = []
            for layer in document.layers ?? [] { layers.append(try blob(layer)) }
            return try PendingImage(
                config: try spool.read(try blob(config), config.digest), layers: layers, references: references,
                limits: limits)
        }
    }
}
