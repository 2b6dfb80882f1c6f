/// What `GET /system/df` is asked for.
public enum DiskUsageKind: String, CaseIterable, Sendable {
    /// Containers with their sizes.
    case container
    /// Images and the size of all layers.
    case image
    /// Volumes with their sizes.
    case volume
    /// What builds left.
    case buildCache = "build-cache"
}

/// `GET /system/df`: what takes how much room. What was not asked for is null.
public struct DiskUsage: Codable, Hashable, Sendable {
    /// Bytes in the layers of all images, each counted once.
    @Lenient public var layersSize: Int64
    /// Images.
    @Nullable public var images: [ImageSummary]?
    /// Containers.
    @Nullable public var containers: [ContainerSummary]?
    /// Volumes.
    @Nullable public var volumes: [VolumeInspect]?
    /// Records of the build cache; nothing is built here.
    @Nullable public var buildCache: [EmptyObject]?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        layersSize: Int64 = 0, images: [ImageSummary]? = nil, containers: [ContainerSummary]? = nil,
        volumes: [VolumeInspect]? = nil, buildCache: [EmptyObject]? = nil
    ) {
        self.layersSize = layersSize
        self.images = images
        self.containers = containers
        self.volumes = volumes
        self.buildCache = buildCache
    }

    private enum CodingKeys: String, CodingKey {
        case layersSize = "LayersSize"
        case images = "Images"
        case containers = "Containers"
        case volumes = "Volumes"
        case buildCache = "BuildCache"
    }
}

/// `POST /build/prune`: what was removed from the build cache, in which nothing ever is.
public struct BuildPruneResponse: Codable, Hashable, Sendable {
    /// Names of removed records.
    @Nullable public var cachesDeleted: [String]?
    /// Bytes that were given back.
    @Lenient public var spaceReclaimed: Int64

    /// Nothing was removed.
    public init() {
        cachesDeleted = nil
        spaceReclaimed = 0
    }

    private enum CodingKeys: String, CodingKey {
        case cachesDeleted = "CachesDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }
}
