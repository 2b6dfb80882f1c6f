/// `POST /volumes/prune`.
public struct VolumePruneResponse: Codable, Hashable, Sendable {
    /// The names of the volumes that are gone.
    @Lenient public var volumesDeleted: [String]
    /// Bytes that are free again.
    @Lenient public var spaceReclaimed: Int64

    /// Every field has the value that Docker takes where it is left out.
    public init(volumesDeleted: [String] = [], spaceReclaimed: Int64 = 0) {
        self.volumesDeleted = volumesDeleted
        self.spaceReclaimed = spaceReclaimed
    }

    private enum CodingKeys: String, CodingKey {
        case volumesDeleted = "VolumesDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }
}
