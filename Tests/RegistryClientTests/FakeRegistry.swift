import EngineAPI
import Logging
import Synchronization
import SystemCalls
import Testing

@testable import Engine
@testable import ImageStore
@testable import RegistryClient

/// An image as a registry holds it, made up.
struct FakeImage: Sendable {
    var layers: [[UInt8]]
    var config: [UInt8]
    var manifest: [UInt8]

    /// - Parameter layers: how many, of `size` bytes each; every one has another content.
    init(layers count: Int = 1, size: Int = 3000, seed: UInt8 = 1, architecture: String? = nil) throws {
        layers = try (0..<count).map { number in
            var tar: [UInt8] = []
            var content = [UInt8](repeating: 0, count: size)
            var state = UInt32(number + 1) &* 2_654_435_761 &+ UInt32(seed)
            for index in content.indices {
                state = state &* 1_664_525 &+ 1_013_904_223
                content[index] = UInt8(state >> 24)
            }
            var writer = ArchiveWriter { bytes in tar += bytes }
            try writer.file("file\(number)", content, time: 0)
            try writer.finish()
            return tar
        }
        let machine = Platform.current
        let digests = layers.map { "\"\(BlobDigest.of($0))\"" }.joined(separator: ",")
        config = Array(
            #"{"architecture":"\#(architecture ?? machine.architecture)","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[\#(digests)]}}"#
                .utf8)
        let descriptors = layers.map {
            #"{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"\#(BlobDigest.of($0))","size":\#($0.count)}"#
        }
        manifest = Array(
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.manifest)","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\#(BlobDigest.of(config))","size":\#(config.count)},"layers":[\#(descriptors.joined(separator: ","))]}"#
                .utf8)
    }

    var id: String { BlobDigest.of(config) }

    /// What a well-behaved registry answers.
    func reply(to request: ScriptedServer.Request) -> ScriptedServer.Reply {
        let name = request.target.split(separator: "/").last.map(String.init) ?? ""
        if request.target == "/v2/" { return .json("{}") }
        if request.target.contains("/manifests/"), name == "latest" || name == BlobDigest.of(manifest) {
            return ScriptedServer.Reply(headers: [("Content-Type", MediaType.manifest)], body: manifest)
        }
        guard request.target.contains("/blobs/"),
            let blob = ([config] + layers).first(where: { BlobDigest.of($0) == name })
        else { return .json(#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#, status: 404) }
        if let range = request.headers["range"], let first = Int(range.dropFirst(6).prefix { $0 != "-" }) {
            return ScriptedServer.Reply(
                status: 206, headers: [("Content-Range", "bytes \(first)-\(blob.count - 1)/\(blob.count)")],
                body: Array(blob[first...]))
        }
        return ScriptedServer.Reply(body: blob)
    }

    /// Whether a request is for a layer's bytes.
    func isLayer(_ request: ScriptedServer.Request) -> Bool {
        layers.contains { request.target.hasSuffix(BlobDigest.of($0)) }
    }
}

/// A store of its own, a client with short patience, and what pulls report.
final class PullBench: Sendable {
    let root: String
    let images: ImageStore
    let client: RegistryClient
    private let lines = Mutex<[ProgressMessage]>([])

    init(_ change: (inout RegistryConfiguration) -> Void = { _ in }) throws {
        root = "/tmp/causeway-registry-test-" + String(UInt64.random(in: 0 ... .max), radix: 16)
        try FileSystem.makeDirectory(root)
        images = try ImageStore(root: root + "/image", logger: Logger(label: "test"))
        var configuration = RegistryConfiguration()
        configuration.retryDelay = 0
        configuration.stallTimeout = 15_000
        configuration.connectTimeout = 2000
        configuration.maxAttempts = 3
        configuration.idleTimeout = 50
        configuration.certificateFolders = []
        change(&configuration)
        client = RegistryClient(configuration)
    }

    deinit { try? FileTree.remove(root) }

    var messages: [ProgressMessage] { lines.withLock { $0 } }
    var statuses: [String] { messages.compactMap(\.status) }

    /// Pulls, and tells `watch` every report.
    func pull(
        _ name: String, credentials: RegistryCredentials = RegistryCredentials(), platform: Platform? = nil,
        watch: @escaping @Sendable (ProgressMessage) -> Void = { _ in }
    ) async throws {
        let puller = ImagePuller(
            images: images, registry: client, credentials: credentials, platform: platform
        ) { [self] message in
            lines.withLock { $0.append(message) }
            watch(message)
        }
        _ = try await puller.pull(try ImageReference(parsing: name))
    }

    /// What is half-done in the store: must be nothing once a pull has ended.
    var leftovers: [String] {
        get async throws {
            // A download that was broken off removes its file once its writer has ended.
            for _ in 0..<200 {
                let found = try found()
                if found.isEmpty { return [] }
                try await Task.sleep(for: .milliseconds(10))
            }
            return try found()
        }
    }

    private func found() throws -> [String] {
        try FileSystem.list(root + "/image/tmp") + (client.downloads.count == 0 ? [] : ["a download"])
    }

    /// Everything that the store keeps for images.
    var stored: [String] {
        get throws {
            try FileSystem.list(root + "/image/blobs/sha256") + FileSystem.list(root + "/image/layers/sha256")
        }
    }
}
