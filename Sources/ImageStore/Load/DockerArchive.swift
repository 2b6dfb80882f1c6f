/// What `docker save` writes: `manifest.json` names configurations, layers and tags
/// (github.com/moby/docker-image-spec, "Combined Image JSON + Filesystem Changeset Format").
enum DockerArchive {
    /// An element of `manifest.json`.
    struct Manifest: Codable {
        var config: String
        var repoTags: [String]?
        var layers: [String]?
        var layerSources: [String: OCILayout.Descriptor]?

        private enum CodingKeys: String, CodingKey {
            case config = "Config"
            case repoTags = "RepoTags"
            case layers = "Layers"
            case layerSources = "LayerSources"
        }
    }

    /// The images of an archive, or nil where it is none of these.
    static func images(in spool: ArchiveSpool, limits: ArchiveLimits) throws(ImageError) -> [PendingImage]? {
        guard let bytes = try spool.document("manifest.json") else { return nil }
        var images: [PendingImage] = []
        for manifest in try decode([Manifest].self, bytes, of: "manifest.json") {
            guard let file = try spool.file(manifest.config) else {
                throw .archive("manifest.json: there is no file \"\(manifest.config)\" in the archive")
            }
            // Its name says its digest: `<hex>.json`, or `blobs/sha256/<hex>`.
            let name = manifest.config.split(separator: "/").last ?? ""
            let digits = String(name.hasSuffix(".json") ? name.dropLast(".json".count) : name)
            if ContentDigest.isHex(digits), file.digest != "sha256:" + digits {
                throw .archive("archive refused: the configuration \(manifest.config) has the digest \(file.digest)")
            }
            var layers: [ArchiveSpool.File] = []
            for name in manifest.layers ?? [] {
                guard let layer = try spool.file(name) else {
                    throw .archive("manifest.json: there is no layer \"\(name)\" in the archive")
                }
                layers.append(layer)
            }
            var references: [ImageReference] = []
            for tag in manifest.repoTags ?? [] { references.append(try ImageReference(parsing: tag)) }
            images.append(
                try PendingImage(
                    config: try spool.read(file, manifest.config), layers: layers, references: references,
                    limits: limits))
        }
        return images
    }
}
