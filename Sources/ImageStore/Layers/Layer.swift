/// A layer that is stored: its unpacked files and its archive, under the chain id of itself and those below.
struct Layer: Codable, Hashable, Sendable {
    /// Names the stack up to here: `sha256:…`.
    let chainID: String
    /// The digest of its uncompressed archive: `sha256:…`.
    let diffID: String
    /// The chain id of the stack below; nil at the bottom.
    let parent: String?
    /// Bytes in its regular files.
    let size: Int64
    /// Bytes of its uncompressed archive.
    let archiveSize: Int64

    private enum CodingKeys: String, CodingKey {
        case chainID = "ChainID"
        case diffID = "DiffID"
        case parent = "Parent"
        case size = "Size"
        case archiveSize = "ArchiveSize"
    }
}
