/// Where the store keeps what, below its root:
///
/// ```
/// repositories.json              the index: which images there are, and what they are called
/// repositories.json.copy         the same once more, for when the first is damaged
/// distribution.json              which registries have which layers: a hint that saves uploads
/// blobs/sha256/<hex>             configurations of images, named by their digest, which is the image's id
/// layers/sha256/<chain id>/      diff/ (unpacked), layer.json, layer.tar.zst (the archive as it came, recompressed)
/// tmp/                           everything half-done; emptied at start
/// ```
///
/// A layer keeps its archive because a tar cannot be made again from the files bit by bit, and `save` and `push` must
/// hand out what the image's configuration has the digest of. zstd's fastest level costs less time than writing the
/// archive uncompressed, and about a third of the space.
///
/// The index is the only truth: it is replaced atomically after everything that it names is in place, and what it does
/// not reach is swept at start.
struct StoreLayout: Hashable, Sendable {
    /// The store's root.
    let root: String
    /// Where containers' writable layers are.
    let overlay: String

    var index: String { root + "/repositories.json" }
    var indexCopy: String { index + ".copy" }
    var temporary: String { root + "/tmp" }
    var blobs: String { root + "/blobs/sha256" }
    var layers: String { root + "/layers/sha256" }

    func blob(_ digest: String) -> String { blobs + "/" + ContentDigest.hex(digest) }
    func layer(_ chainID: String) -> String { layers + "/" + ContentDigest.hex(chainID) }
    func files(_ chainID: String) -> String { layer(chainID) + "/diff" }
    func archive(_ chainID: String) -> String { layer(chainID) + "/" + Self.archiveName }
    func record(_ chainID: String) -> String { layer(chainID) + "/" + Self.recordName }

    static let archiveName = "layer.tar.zst"
    static let recordName = "layer.json"

    /// A name below `tmp` that nobody else has.
    func scratch(_ purpose: String) -> String {
        temporary + "/\(purpose)-" + String(UInt64.random(in: 0 ... .max), radix: 16)
    }
}
