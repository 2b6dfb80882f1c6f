/// An image of an archive, checked as far as it can be without unpacking its layers.
struct PendingImage {
    /// The configuration as it came: the id is its digest.
    let config: [UInt8]
    let id: String
    let file: ImageFile
    /// Archives of the layers, lowest first; as many as the configuration has digests.
    let layers: [ArchiveSpool.File]
    /// The names that it is to have.
    let references: [ImageReference]

    /// Checks that configuration and layers fit.
    init(
        config: [UInt8], layers: [ArchiveSpool.File], references: [ImageReference], limits: ArchiveLimits
    ) throws(ImageError) {
        self.config = config
        self.layers = layers
        self.references = references
        id = ContentDigest.of(config)
        file = try ImageFile.read(config, limits: limits)
        if file.diffIDs.count != layers.count {
            throw .archive(
                "invalid manifest, layers length mismatch: expected \(file.diffIDs.count), got \(layers.count)")
        }
    }

    /// An image whose layers are unpacked already.
    init(id: String, config: [UInt8], file: ImageFile, references: [ImageReference]) {
        self.id = id
        self.config = config
        self.file = file
        self.references = references
        layers = []
    }
}
