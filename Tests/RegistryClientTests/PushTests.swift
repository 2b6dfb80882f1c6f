import EngineAPI
import Synchronization
import SystemCalls
import Testing

@testable import Engine
@testable import ImageStore
@testable import RegistryClient

@Suite("pushes, and pulls by a mirror", .timeLimit(.minutes(5)))
struct PushTests {
    /// A registry that takes uploads and keeps them in memory.
    private final class UploadRegistry: Sendable {
        let blobs = Mutex<[String: Int]>([:])
        let manifest = Mutex<[UInt8]>([])
        /// How many of the next uploads fail.
        let failures: Mutex<Int>

        init(failures: Int) { self.failures = Mutex(failures) }

        func reply(to request: ScriptedServer.Request) -> ScriptedServer.Reply {
            let name = request.target.split(separator: "/").last.map(String.init) ?? ""
            switch request.method {
            case "HEAD": return .init(status: blobs.withLock { $0[name] } == nil ? 404 : 200)
            case "POST": return .init(status: 202, headers: [("Location", "/v2/demo/blobs/uploads/7?state=a%2Fb")])
            case "PUT" where request.target.contains("/manifests/"):
                manifest.withLock { $0 = request.body }
                return .init(status: 201)
            case "PUT":
                if failures.withLock({
                    $0 -= 1; return $0 >= 0
                }) {
                    return .init(status: 500)
                }
                let digest = BlobDigest.of(request.body)
                guard request.target == "/v2/demo/blobs/uploads/7?state=a%2Fb&digest=sha256%3A" + digest.dropFirst(7)
                else { return .json(#"{"errors":[{"code":"DIGEST_INVALID","message":"wrong"}]}"#, status: 400) }
                blobs.withLock { $0[digest] = request.body.count }
                return .init(status: 201)
            default: return .json("{}")
            }
        }
    }

    /// Pulls an image from one registry and gives it a name in another.
    private func prepare(_ bench: PullBench, _ image: FakeImage, for host: String) async throws -> ImageReference {
        let source = try ScriptedServer { image.reply(to: $0) }
        try await bench.pull("\(source.host)/demo:latest")
        let reference = try ImageReference(parsing: "\(host)/demo:1")
        try bench.images.tag(image.id, as: reference)
        return reference
    }

    private func pusher(_ bench: PullBench, _ lines: @escaping @Sendable (ProgressMessage) -> Void) -> ImagePusher {
        ImagePusher(images: bench.images, registry: bench.client, credentials: RegistryCredentials(), report: lines)
    }

    @Test func `an upload that fails is tried again; the manifest names what was sent`() async throws {
        let image = try FakeImage(layers: 2)
        let registry = UploadRegistry(failures: 2)
        let server = try ScriptedServer { registry.reply(to: $0) }
        let bench = try PullBench()
        let reference = try await prepare(bench, image, for: server.host)
        let lines = Mutex<[ProgressMessage]>([])
        _ = try await pusher(bench) { line in lines.withLock { $0.append(line) } }.push(reference)
        let bytes = registry.manifest.withLock { $0 }
        guard case .image(let manifest) = try ManifestDocument.read(bytes, contentType: MediaType.dockerManifest) else {
            Issue.record("no manifest")
            return
        }
        #expect(manifest.config.digest == image.id && manifest.layers.count == 2)
        let blobs = registry.blobs.withLock { $0 }
        #expect((manifest.layers + [manifest.config]).allSatisfy { blobs[$0.digest] == Int($0.size) })
        let last = lines.withLock { Array($0.suffix(2)) }
        #expect(last.first?.status == "1: digest: \(BlobDigest.of(bytes)) size: \(bytes.count)")
        #expect(last.last?.aux?["Digest"] == .string(BlobDigest.of(bytes)))
        #expect(
            bench.images.find(image.id)?.repoDigests.contains("\(server.host)/demo@\(BlobDigest.of(bytes))") == true)
        #expect(try await bench.leftovers == [])

        // The same layers become the same bytes: nothing is sent a second time.
        let before = server.requests.count
        _ = try await pusher(bench) { _ in }.push(reference)
        #expect(!server.requests.dropFirst(before).contains { $0.method == "POST" })
    }

    @Test func `an upload that always fails is told, and leaves nothing`() async throws {
        let image = try FakeImage()
        let registry = UploadRegistry(failures: 1000)
        let server = try ScriptedServer { registry.reply(to: $0) }
        let bench = try PullBench()
        let reference = try await prepare(bench, image, for: server.host)
        let failure = await #expect(throws: RegistryError.self) { try await pusher(bench) { _ in }.push(reference) }
        #expect(failure?.message.contains("unexpected status from the registry: 500") == true)
        #expect(server.requests.count { $0.method == "PUT" } == 3)
        #expect(registry.manifest.withLock { $0.isEmpty })
        #expect(try await bench.leftovers == [])
    }

    @Test func `images of Docker Hub come from a mirror, which gets no credentials`() async throws {
        let image = try FakeImage()
        let server = try ScriptedServer { image.reply(to: $0) }
        let bench = try PullBench { configuration in
            configuration.mirrors = ["http://\(server.host)/"]
            // Docker Hub itself is out of reach, whatever happens.
            configuration.proxies.https = "http://127.0.0.1:1"
        }
        try await bench.pull("demo:latest", credentials: RegistryCredentials(username: "me", password: "s3cret"))
        #expect(bench.images.find("demo")?.id == image.id)
        #expect(server.requests.contains { $0.target == "/v2/library/demo/manifests/latest" })
        #expect(server.requests.allSatisfy { $0.headers["authorization"] == nil })
    }
}
