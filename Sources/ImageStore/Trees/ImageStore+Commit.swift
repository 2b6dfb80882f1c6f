public import EngineAPI
import Glibc
import Synchronization
import SystemCalls

/// What `POST /commit` makes an image of.
public struct CommitInput: Sendable {
    /// The container's id.
    public var container: String
    /// What containers of the new image start with.
    public var config: ContainerConfig
    /// The command that the container ran, for the image's history.
    public var createdBy: String
    /// Who made it; may be empty.
    public var author: String
    /// A note; may be empty.
    public var comment: String
    /// The image's name; nil for none.
    public var reference: ImageReference?

    /// Describes a commit.
    public init(
        container: String, config: ContainerConfig, createdBy: String, author: String, comment: String,
        reference: ImageReference?
    ) {
        self.container = container
        self.config = config
        self.createdBy = createdBy
        self.author = author
        self.comment = comment
        self.reference = reference
    }
}

extension ImageStore {
    /// Applies instructions of a Dockerfile (`--change`) to a configuration.
    ///
    /// - Throws: `.invalid` for an instruction that is unknown or malformed.
    public static func apply(changes: [String], to config: inout ContainerConfig) throws(ImageError) {
        try ImportInstructions.apply(changes, to: &config)
    }

    /// Makes an image of what a container's image has and what the container changed of it.
    ///
    /// - Returns: the image's id, `sha256:…`.
    /// - Throws: `.notFound` where the container has no root; `.io`.
    public func commit(_ input: CommitInput) throws(ImageError) -> String {
        guard let root = root(container: input.container) else {
            throw ImageError(.notFound, "the container \(input.container) has no root file system")
        }
        return try pinning(root.chain) { () throws(ImageError) in
            let archive = layout.scratch("commit")
            defer { try? FileSystem.removeFile(archive) }
            let isEmpty = try packUpper(of: root, to: archive)

            let catalogue = state.withLock { $0.catalogue }
            let parent = catalogue.images[root.image]
            let below = root.chain.compactMap { catalogue.layers[$0]?.diffID }
            guard below.count == root.chain.count else {
                throw ImageError(.io, "commit: a layer of the container's image is gone")
            }
            let batch = LayerBatch(store: self)
            defer { batch.end() }
            if !isEmpty {
                _ = try batch.add(nil, on: root.chain.last) { () throws(ImageError) in
                    try FileByteStream(path: archive)
                }
            }
            let now = Timestamp.now.description
            let machine = Platform.current
            var history = parent?.file.history ?? []
            history.append(
                ImageFile.Step(
                    created: now, createdBy: input.createdBy, author: input.author.isEmpty ? nil : input.author,
                    comment: input.comment.isEmpty ? nil : input.comment, emptyLayer: isEmpty ? true : nil))
            let file = NewImageFile(
                architecture: parent?.file.architecture ?? machine.architecture,
                author: input.author.isEmpty ? nil : input.author, comment: input.comment, config: input.config,
                created: now, history: history, os: parent?.file.os ?? machine.os, diffIDs: below + batch.diffIDs,
                variant: parent?.file.variant ?? machine.variant)
            let bytes = try encode(file)
            let image = PendingImage(
                id: ContentDigest.of(bytes), config: bytes, file: try ImageFile.read(bytes, limits: limits),
                references: input.reference.map { [$0] } ?? [])
            _ = try batch.commit([image])
            if parent != nil {
                _ = try change { catalogue throws(ImageError) in catalogue.images[image.id]?.note.parent = root.image }
            }
            return image.id
        }
    }

    /// Packs the container's own changes as a layer.
    ///
    /// - Returns: whether there are none.
    private func packUpper(of root: ContainerRoot, to path: String) throws(ImageError) -> Bool {
        let file = try during("commit") { () throws(SystemCallError) in
            SharedFileDescriptor(try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600))
        }
        var isEmpty = true
        var pending: [UInt8] = []
        func flush() throws(ImageError) {
            let bytes = pending
            pending.removeAll(keepingCapacity: true)
            try during("commit") { () throws(SystemCallError) in
                try file.withDescriptor { (file) throws(SystemCallError) in try file.writeAll(bytes) }
            }
        }
        let upper = try during("commit") { () throws(SystemCallError) in try Folder(path: root.upper) }
        try Self.packing { write throws(ImageError) in
            let archiver = TreeArchiver(translatesWhiteouts: true, write: write)
            try archiver.addContents(of: upper, prefix: []) { path, information in
                // Sockets and mount points of the runtime are no part of the image.
                RuntimePlaces.contains("/" + String(decoding: path, as: UTF8.self), information)
                    && !(information.st_mode & S_IFMT == S_IFDIR && path.elementsEqual("dev".utf8))
                    || information.st_mode & S_IFMT == S_IFSOCK
            }
            try archiver.finish()
        } receive: { bytes throws(ImageError) in
            if isEmpty, bytes.contains(where: { $0 != 0 }) { isEmpty = false }
            pending += bytes
            if pending.count >= 1 << 20 { try flush() }
        }
        try flush()
        return isEmpty
    }

    /// Lends `receive` to an archiver that keeps it while `body` runs.
    private static func packing(
        _ body: (@escaping ([UInt8]) throws(ImageError) -> Void) throws(ImageError) -> Void,
        receive: ([UInt8]) throws(ImageError) -> Void
    ) throws(ImageError) {
        try withoutActuallyEscaping(receive) { escaping throws(ImageError) in try body(escaping) }
    }
}
