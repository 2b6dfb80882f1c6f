import EngineAPI
import Logging
import SystemCalls

@testable import ImageStore

extension Logger {
    /// Says nothing.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Archives as `docker save`, buildx and skopeo make them.
enum TestArchives {
    /// A configuration for layers given as uncompressed tar archives.
    static func config(_ layers: [[UInt8]], command: String = "sh") -> [UInt8] {
        let digests = layers.map { "\"\(ContentDigest.of($0))\"" }.joined(separator: ",")
        return Array(
            """
            {"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05Z","config":{"Cmd":["\(command)"],\
            "Env":["A=b"]},"rootfs":{"type":"layers","diff_ids":[\(digests)]},\
            "history":[{"created":"2024-01-02T03:04:05Z","created_by":"ADD x"}]}
            """.utf8)
    }

    /// A layer with one small file.
    static func layer(_ name: String = "hello", _ content: String = "world\n") -> [UInt8] {
        var tar = TestTar()
        tar.add(name, content: content)
        return tar.finished
    }

    /// A docker-archive.
    static func docker(
        _ layers: [[UInt8]], tags: [String] = ["test:1"], config: [UInt8]? = nil, stored: [[UInt8]]? = nil,
        configName: String? = nil
    ) -> [UInt8] {
        let config = config ?? self.config(layers)
        let name = configName ?? ContentDigest.hex(ContentDigest.of(config)) + ".json"
        var tar = TestTar()
        tar.add(Array(name.utf8), content: config)
        for (index, layer) in (stored ?? layers).enumerated() {
            tar.add(Array("\(index)/layer.tar".utf8), content: layer)
        }
        let names = layers.indices.map { "\"\($0)/layer.tar\"" }.joined(separator: ",")
        let tags = tags.map { "\"\($0)\"" }.joined(separator: ",")
        tar.add("manifest.json", content: "[{\"Config\":\"\(name)\",\"RepoTags\":[\(tags)],\"Layers\":[\(names)]}]")
        return tar.finished
    }

    /// An OCI layout whose `index.json` leads through an index for two platforms to an image for this machine and one
    /// for a machine that does not exist.
    static func oci(
        _ layers: [[UInt8]], stored: [[UInt8]]? = nil, name: String = "docker.io/library/oci:2", sizeOff: Int = 0
    ) throws -> [UInt8] {
        var blobs: [[UInt8]] = []
        func descriptor(_ bytes: [UInt8], _ type: String) -> OCILayout.Descriptor {
            blobs.append(bytes)
            return OCILayout.Descriptor(mediaType: type, digest: ContentDigest.of(bytes), size: Int64(bytes.count))
        }
        func manifest(_ config: [UInt8], _ layers: [[UInt8]], _ platform: Platform) throws -> OCILayout.Descriptor {
            var layers = layers.map { descriptor($0, OCILayout.layerType + "+gzip") }
            if !layers.isEmpty { layers[0].size += Int64(sizeOff) }
            let bytes = try JSONText.encode(
                OCILayout.Document(
                    mediaType: OCILayout.manifestType, config: descriptor(config, OCILayout.configType), layers: layers)
            )
            var found = descriptor(bytes, OCILayout.manifestType)
            found.platform = platform
            return found
        }
        let other = try manifest(Array("{}".utf8), [], Platform(architecture: "pdp11", os: "linux"))
        let own = try manifest(config(layers), stored ?? layers, .current)
        let inner = try JSONText.encode(OCILayout.Document(mediaType: OCILayout.indexType, manifests: [other, own]))
        var top = descriptor(inner, OCILayout.indexType)
        top.annotations = ["io.containerd.image.name": name]
        let index = try JSONText.encode(OCILayout.Document(mediaType: OCILayout.indexType, manifests: [top]))

        var tar = TestTar()
        tar.add("oci-layout", content: #"{"imageLayoutVersion":"1.0.0"}"#)
        tar.add(Array("index.json".utf8), content: index)
        tar.add("blobs/", type: "5", mode: 0o755)
        for blob in blobs {
            tar.add(Array("blobs/sha256/\(ContentDigest.hex(ContentDigest.of(blob)))".utf8), content: blob)
        }
        return tar.finished
    }
}
