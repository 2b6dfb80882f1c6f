/// The root file system of a container: an overlay of its image's layers and a directory of its own.
public struct ContainerRoot: Hashable, Sendable {
    /// The container's id.
    public let container: String
    /// The image that it was made of, `sha256:…`; may be gone by now.
    public let image: String
    /// Directories of the image's layers, uppermost first.
    public let lower: [String]
    /// Where the container's own changes are.
    public let upper: String
    /// overlayfs' work directory.
    public let work: String
    /// Where the whole appears once it is mounted.
    public let merged: String
    /// Chain ids of the image's layers, lowest first.
    let chain: [String]

    init(container: String, record: RootRecord, layout: StoreLayout) {
        self.container = container
        image = record.image
        chain = record.chain
        lower = record.chain.reversed().map(layout.files)
        upper = layout.root(container) + "/diff"
        work = layout.root(container) + "/work"
        merged = layout.root(container) + "/merged"
    }
}

/// `root.json` in a container's overlay directory.
struct RootRecord: Codable, Hashable, Sendable {
    let image: String
    let chain: [String]

    private enum CodingKeys: String, CodingKey {
        case image = "Image"
        case chain = "Layers"
    }
}

extension StoreLayout {
    func root(_ container: String) -> String { overlay + "/" + container }
    func rootRecord(_ container: String) -> String { root(container) + "/root.json" }
}
