import EngineAPI

/// Which images and layers there are: a value, so that a change is worked out on a copy and becomes true at once.
struct Catalogue: Sendable {
    /// An image and what the store noted about it.
    struct Entry: Sendable {
        let id: String
        let file: ImageFile
        /// Chain ids of its layers, lowest first.
        let chain: [String]
        var note: ImageIndex.Note
    }

    /// By id.
    var images: [String: Entry] = [:]
    /// Ids by `ImageReference.key`.
    var references: [String: String] = [:]
    /// By chain id.
    var layers: [String: Layer] = [:]

    /// What is written to disk.
    var index: ImageIndex {
        ImageIndex(images: images.mapValues(\.note), references: references)
    }

    /// The names of an image, sorted.
    func references(of id: String) -> [ImageReference] {
        references.filter { $0.value == id }.keys.sorted().compactMap { try? ImageReference(parsing: $0) }
    }

    /// The entry that a name, an id or the beginning of an id means. A name comes before an id's beginning.
    func entry(_ name: String) -> Entry? {
        if ContentDigest.isHex(name) { return images["sha256:" + name] }
        if ContentDigest.isValid(name) { return images[name] }
        if let reference = try? ImageReference(parsing: name), let id = references[reference.key] { return images[id] }
        return entry(idPrefix: name)
    }

    /// The only entry whose id begins so, with or without `sha256:`.
    func entry(idPrefix text: String) -> Entry? {
        let digits = text.hasPrefix("sha256:") ? ContentDigest.hex(text) : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        let found = images.keys.filter { $0.hasPrefix("sha256:" + digits) }
        return found.count == 1 ? images[found[0]] : nil
    }

    /// Bytes of all layers of an image.
    func size(_ entry: Entry) -> Int64 {
        entry.chain.reduce(0) { $0 + (layers[$1]?.size ?? 0) }
    }

    /// An image in the store's public shape.
    func stored(_ entry: Entry, layout: StoreLayout) -> StoredImage {
        let names = references(of: entry.id)
        return StoredImage(
            id: entry.id, repoTags: names.filter { $0.digest == nil }.map(\.familiar),
            repoDigests: names.filter { $0.digest != nil }.map(\.familiar),
            config: entry.file.config ?? ContainerConfig(), created: entry.file.created ?? "",
            architecture: entry.file.architecture ?? "", variant: entry.file.variant, os: entry.file.os ?? "linux",
            author: entry.file.author ?? "", comment: entry.file.comment ?? "",
            dockerVersion: entry.file.dockerVersion ?? "", layers: entry.file.diffIDs, size: size(entry),
            parent: entry.note.parent ?? "", lastTagTime: entry.note.lastTagTime ?? Timestamp.zero.description,
            layerDirectories: entry.chain.reversed().map(layout.files))
    }

    /// Takes out the layers that neither an image nor anything in `used` needs, uppermost first.
    mutating func removeUnusedLayers(used: Set<String>) -> [Layer] {
        var needed = used
        for entry in images.values { needed.formUnion(entry.chain) }
        // What is used needs everything below it.
        for chainID in needed {
            var below = layers[chainID]?.parent
            while let parent = below, needed.insert(parent).inserted { below = layers[parent]?.parent }
        }
        let unused = layers.values.filter { !needed.contains($0.chainID) }
        for layer in unused { layers[layer.chainID] = nil }
        let gone = Dictionary(uniqueKeysWithValues: unused.map { ($0.chainID, $0) })
        func depth(_ layer: Layer) -> Int { layer.parent.flatMap { gone[$0] }.map { depth($0) + 1 } ?? 0 }
        return unused.sorted { depth($0) > depth($1) }
    }
}

/// `repositories.json`: which images there are, and what they are called.
struct ImageIndex: Codable, Sendable {
    /// What the store knows of an image beyond its configuration.
    struct Note: Codable, Hashable, Sendable {
        /// When it was last given a tag, RFC 3339.
        var lastTagTime: String?
        /// The image that it was built on.
        var parent: String?

        private enum CodingKeys: String, CodingKey {
            case lastTagTime = "LastTagTime"
            case parent = "Parent"
        }
    }

    /// By id.
    var images: [String: Note] = [:]
    /// Ids by full name with tag or digest.
    var references: [String: String] = [:]

    private enum CodingKeys: String, CodingKey {
        case images = "Images"
        case references = "References"
    }
}
