import EngineAPI

/// Leads to a blob or manifest (OCI image specification, descriptor.md).
public struct BlobDescriptor: Codable, Hashable, Sendable {
    /// What it is.
    public var mediaType: String
    /// `sha256:` and 64 hex digits.
    public var digest: String
    /// Bytes.
    public var size: Int64
    /// In an index: what the manifest is for.
    public var platform: RegistryPlatform?
    /// Notes.
    public var annotations: [String: String]?
    /// Other places that have it; only of layers that must not be distributed.
    public var urls: [String]?

    /// Joins the three that every descriptor has.
    public init(mediaType: String, digest: String, size: Int64) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case mediaType
        case digest
        case size
        case platform
        case annotations
        case urls
    }
}

/// One image's manifest.
public struct ImageManifest: Hashable, Sendable {
    /// The image's configuration.
    public let config: BlobDescriptor
    /// Its layers, lowest first.
    public let layers: [BlobDescriptor]

    /// Joins the two.
    public init(config: BlobDescriptor, layers: [BlobDescriptor]) {
        self.config = config
        self.layers = layers
    }

    /// The manifest as Docker writes it (schema 2): always the same bytes for the same image, so that its digest is
    /// stable.
    public var dockerJSON: [UInt8] {
        func write(_ descriptor: BlobDescriptor, _ indent: String) -> String {
            "{\n\(indent)   \"mediaType\": \"\(descriptor.mediaType)\",\n\(indent)   \"size\": \(descriptor.size),\n"
                + "\(indent)   \"digest\": \"\(descriptor.digest)\"\n\(indent)}"
        }
        let list = layers.map { "\n      " + write($0, "      ") }.joined(separator: ",")
        let text =
            "{\n   \"schemaVersion\": 2,\n   \"mediaType\": \"\(MediaType.dockerManifest)\",\n   \"config\": "
            + write(config, "   ") + ",\n   \"layers\": [" + list + (layers.isEmpty ? "]" : "\n   ]") + "\n}"
        return Array(text.utf8)
    }
}

/// What a registry returns for a tag or a digest.
public enum ManifestDocument: Hashable, Sendable {
    /// One image.
    case image(ImageManifest)
    /// One image for several platforms.
    case index([BlobDescriptor])

    private struct Wire: Decodable {
        var schemaVersion: Int?
        var mediaType: String?
        var config: BlobDescriptor?
        var layers: [BlobDescriptor]?
        var manifests: [BlobDescriptor]?

        private enum CodingKeys: String, CodingKey {
            case schemaVersion
            case mediaType
            case config
            case layers
            case manifests
        }
    }

    /// Reads a manifest and refuses what cannot be an image.
    ///
    /// - Parameters:
    ///   - bytes: the document.
    ///   - contentType: what the registry calls it; parameters are cut off. Where the document names its own type,
    ///     both must agree.
    /// - Throws: `.unsupported` and `.damaged`.
    public static func read(_ bytes: [UInt8], contentType: String) throws(RegistryError) -> ManifestDocument {
        let wire: Wire
        do {
            wire = try JSONText.decode(Wire.self, from: bytes)
        } catch {
            throw RegistryError(.damaged, "the registry's manifest is no valid JSON: \(error.message)")
        }
        let named = String(contentType.prefix { $0 != ";" && $0 != " " })
        if wire.schemaVersion == 1 || MediaType.isSchema1(named) || MediaType.isSchema1(wire.mediaType ?? "") {
            throw RegistryError(
                .unsupported,
                "the image is in Docker's manifest format \"schema 1\", which is no longer supported: "
                    + "its publisher must push it again with a current version of Docker")
        }
        if let own = wire.mediaType, known(named), own != named {
            throw RegistryError(.damaged, "the registry calls a manifest of type \"\(own)\" \"\(named)\"")
        }
        let type = wire.mediaType ?? named
        if known(type) {
            // A document that claims to be both could be read in two ways.
            if MediaType.isIndex(type) ? wire.config != nil || wire.layers != nil : wire.manifests != nil {
                throw RegistryError(.damaged, "the registry's manifest is an image and an index at once")
            }
        }
        if let manifests = wire.manifests {
            for descriptor in manifests { try check(descriptor) }
            return .index(manifests)
        }
        guard let config = wire.config else {
            throw RegistryError(.unsupported, "the registry's manifest of type \"\(type)\" is no image's")
        }
        let layers = wire.layers ?? []
        for descriptor in [config] + layers { try check(descriptor) }
        for layer in layers where !MediaType.isLayer(layer.mediaType) {
            throw RegistryError(
                .unsupported,
                "the layer \(layer.digest) is of type \"\(layer.mediaType)\", which cannot be unpacked here")
        }
        return .image(ImageManifest(config: config, layers: layers))
    }

    private static func known(_ type: String) -> Bool { MediaType.isIndex(type) || MediaType.isManifest(type) }

    private static func check(_ descriptor: BlobDescriptor) throws(RegistryError) {
        guard BlobDigest.isValid(descriptor.digest) else {
            throw RegistryError(.damaged, "the registry's manifest names \"\(descriptor.digest)\": no sha256 digest")
        }
        guard descriptor.size >= 0 else {
            throw RegistryError(.damaged, "the registry's manifest gives \(descriptor.digest) a negative size")
        }
    }
}
