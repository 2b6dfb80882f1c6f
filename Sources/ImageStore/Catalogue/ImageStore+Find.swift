public import EngineAPI
import Synchronization

extension ImageStore {
    /// All images, newest first.
    public func list() -> [StoredImage] {
        let catalogue = state.withLock { $0.catalogue }
        var images: [(time: Timestamp, image: StoredImage)] = []
        for entry in catalogue.images.values {
            let image = catalogue.stored(entry, layout: layout)
            images.append((Timestamp(image.created) ?? .zero, image))
        }
        images.sort { $0.time != $1.time ? $0.time > $1.time : $0.image.id < $1.image.id }
        return images.map(\.image)
    }

    /// The image that a name means: `name[:tag]`, `name@digest`, a full id, or the beginning of one. Nil where there is
    /// none, or where several ids begin so.
    public func find(_ name: String) -> StoredImage? {
        let catalogue = state.withLock { $0.catalogue }
        return catalogue.entry(name).map { catalogue.stored($0, layout: layout) }
    }

    /// The image that a name means.
    ///
    /// - Throws: `.notFound` or `.invalid` in Docker's words.
    public func resolve(_ name: String) throws(ImageError) -> StoredImage {
        if let image = find(name) { return image }
        if !ContentDigest.isValid(name), !ContentDigest.isHex(name) { _ = try ImageReference(parsing: name) }
        throw .noSuchImage(ImageReference.displayName(name))
    }

    /// How an image was made, latest step first (`GET /images/{name}/history`).
    ///
    /// - Throws: `.notFound`.
    public func history(_ name: String) throws(ImageError) -> [ImageHistoryItem] {
        let catalogue = state.withLock { $0.catalogue }
        guard let entry = catalogue.entry(name) else { throw .noSuchImage(ImageReference.displayName(name)) }
        var layers = entry.chain.map { catalogue.layers[$0]?.size ?? 0 }[...]
        var items: [ImageHistoryItem] = []
        for step in entry.file.history ?? [] {
            let size = step.emptyLayer == true ? 0 : layers.popFirst() ?? 0
            items.append(
                ImageHistoryItem(
                    comment: step.comment ?? "", created: step.created.flatMap { Timestamp($0) }?.unixSeconds ?? 0,
                    createdBy: step.createdBy ?? "", id: "<missing>", size: size))
        }
        // Layers that the image's maker wrote no history for.
        for size in layers { items.append(ImageHistoryItem(id: "<missing>", size: size)) }
        items.reverse()
        if !items.isEmpty {
            items[0].id = entry.id
            let tags = catalogue.references(of: entry.id).filter { $0.digest == nil }.map(\.familiar)
            items[0].tags = tags.isEmpty ? nil : tags
        }
        return items
    }
}
