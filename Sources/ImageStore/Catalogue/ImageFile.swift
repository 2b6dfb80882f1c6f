import EngineAPI

/// The configuration of an image (OCI image specification, config.md): what its id is the digest of.
struct ImageFile: Decodable, Sendable {
    var architecture: String?
    var variant: String?
    var os: String?
    var created: String?
    var author: String?
    var comment: String?
    var dockerVersion: String?
    var config: ContainerConfig?
    var rootFS: RootFS?
    var history: [Step]?

    /// The layers, lowest first.
    struct RootFS: Decodable, Sendable {
        var type: String?
        var diffIDs: [String]?

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    /// One step of how it was made.
    struct Step: Codable, Sendable {
        var created: String?
        var createdBy: String?
        var author: String?
        var comment: String?
        /// Whether the step made no layer.
        var emptyLayer: Bool?

        enum CodingKeys: String, CodingKey {
            case created
            case createdBy = "created_by"
            case author
            case comment
            case emptyLayer = "empty_layer"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case architecture
        case variant
        case os
        case created
        case author
        case comment
        case dockerVersion = "docker_version"
        case config
        case rootFS = "rootfs"
        case history
    }

    /// Digests of its uncompressed layers, lowest first.
    var diffIDs: [String] { rootFS?.diffIDs ?? [] }

    /// Reads a configuration and checks that this machine can use it.
    ///
    /// - Throws: `.invalid`.
    static func read(_ bytes: [UInt8], limits: ArchiveLimits) throws(ImageError) -> ImageFile {
        let file = try decode(ImageFile.self, bytes, of: "image configuration")
        guard let rootFS = file.rootFS, rootFS.type == nil || rootFS.type == "layers" else {
            throw .archive("image configuration: there is no \"rootfs\" of type \"layers\"")
        }
        if let os = file.os, !os.isEmpty, os != "linux" {
            throw .archive("image operating system \"\(os)\" cannot be used on this platform")
        }
        for digest in file.diffIDs where !ContentDigest.isValid(digest) {
            throw .archive("image configuration: \"\(digest)\" is no sha256 digest")
        }
        if file.diffIDs.count > limits.layers {
            throw .archive(
                "max depth exceeded: the image has \(file.diffIDs.count) layers, \(limits.layers) are possible")
        }
        return file
    }
}

/// A configuration to be written, its keys in Docker's order (sorted).
struct NewImageFile: Encodable {
    var architecture: String
    var author: String?
    var comment: String
    var config: ContainerConfig
    var created: String
    var history: [ImageFile.Step]
    var os: String
    var diffIDs: [String]
    var variant: String?

    private struct RootFS: Encodable {
        let type = "layers"
        let diff_ids: [String]
    }

    private enum CodingKeys: String, CodingKey {
        case architecture, author, comment, config, created, history, os, rootfs, variant
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(architecture, forKey: .architecture)
        try container.encodeIfPresent(author, forKey: .author)
        try container.encode(comment, forKey: .comment)
        try container.encode(config, forKey: .config)
        try container.encode(created, forKey: .created)
        try container.encode(history, forKey: .history)
        try container.encode(os, forKey: .os)
        try container.encode(RootFS(diff_ids: diffIDs), forKey: .rootfs)
        try container.encodeIfPresent(variant, forKey: .variant)
    }
}
