/// Media types of what registries hold (OCI image specification, media-types.md; Docker's "Image Manifest V 2,
/// Schema 2").
public enum MediaType {
    /// An OCI index: one image for several platforms.
    public static let index = "application/vnd.oci.image.index.v1+json"
    /// An OCI manifest.
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    /// Docker's manifest list.
    public static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    /// Docker's manifest, schema 2.
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    /// Docker's configuration of an image.
    public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    /// Docker's layer, compressed with gzip.
    public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"

    /// What a request for a manifest accepts, best first.
    static let accepted = [manifest, index, dockerManifest, dockerList]

    /// Whether it is a list of manifests.
    public static func isIndex(_ type: String) -> Bool { type == index || type == dockerList }
    /// Whether it is one image's manifest.
    public static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }
    /// Whether it is Docker's schema 1, which named no configuration and is long retired.
    public static func isSchema1(_ type: String) -> Bool {
        type == "application/vnd.docker.distribution.manifest.v1+json"
            || type == "application/vnd.docker.distribution.manifest.v1+prettyjws"
    }

    /// Whether it is a layer that can be unpacked: a tar, plain or compressed with gzip or zstd.
    public static func isLayer(_ type: String) -> Bool { layers.contains(type) }

    /// Whether a layer of this type is compressed with gzip, as Docker's manifests want it.
    public static func isGzipLayer(_ type: String) -> Bool {
        type == dockerLayer || type == "application/vnd.oci.image.layer.v1.tar+gzip"
    }

    private static let layers: Set<String> = [
        dockerLayer, "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.diff.tar.zstd",
        "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
    ]
}
