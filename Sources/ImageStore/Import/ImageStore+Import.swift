import EngineAPI
import SystemCalls

extension ImageStore {
    /// Makes an image of one layer out of the tar archive of a root file system, plain or compressed
    /// (`POST /images/create?fromSrc=-`).
    ///
    /// - Parameters:
    ///   - path: the archive.
    ///   - reference: the image's name, or nil for none.
    ///   - changes: instructions of a Dockerfile for its configuration: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD,
    ///     STOPSIGNAL, USER, VOLUME, WORKDIR.
    ///   - message: the image's comment; empty means `Imported from -`.
    ///   - platform: `os[/architecture[/variant]]`; nil means this machine's.
    /// - Returns: the image's id, `sha256:…`.
    /// - Throws: `.invalid` for an archive that is damaged or hostile, and for wrong instructions; `.io`.
    public func importRoot(
        archive path: String, reference: ImageReference?, changes: [String], message: String, platform: String?
    ) throws(ImageError) -> String {
        try importRoot(
            archive: path, reference: reference, changes: changes, message: message, platform: platform, now: .now)
    }

    /// The same at a given time: the same archive and arguments give the same id.
    func importRoot(
        archive path: String, reference: ImageReference?, changes: [String], message: String, platform: String?,
        now: Timestamp
    ) throws(ImageError) -> String {
        let target = try platform.flatMap { $0.isEmpty ? nil : $0 }.map { text throws(ImageError) in
            try Platform(parsing: text)
        }
        let machine = target ?? .current
        var config = ContainerConfig()
        try ImportInstructions.apply(changes, to: &config)

        let batch = LayerBatch(store: self)
        defer { batch.end() }
        _ = try batch.add(nil, on: nil) { () throws(ImageError) in try FileByteStream(path: path) }
        let comment = message.isEmpty ? "Imported from -" : message
        let file = NewImageFile(
            architecture: machine.architecture, comment: comment, config: config, created: now.description,
            history: [ImageFile.Step(created: now.description, comment: comment)], os: machine.os,
            diffIDs: batch.diffIDs, variant: machine.variant)
        let bytes = try encode(file)
        let imageFile = try ImageFile.read(bytes, limits: limits)
        let image = PendingImage(
            id: ContentDigest.of(bytes), config: bytes, file: imageFile,
            references: reference.map { [$0] } ?? [])
        _ = try batch.commit([image])
        return image.id
    }
}
