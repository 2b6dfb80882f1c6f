import Dispatch
import EngineAPI
import Synchronization
import SystemCalls
import Testing

@testable import Engine
@testable import ImageStore
@testable import RegistryClient

@Suite("pulls from a registry that behaves", .timeLimit(.minutes(5)))
struct PullTests {
    @Test func `an image comes with its names, and once more it is up to date`() async throws {
        let image = try FakeImage(layers: 3)
        let server = try ScriptedServer { image.reply(to: $0) }
        let bench = try PullBench()
        try await bench.pull("\(server.host)/demo:latest")
        let stored = try #require(bench.images.find("\(server.host)/demo"))
        #expect(stored.id == image.id && stored.layers.count == 3)
        #expect(stored.repoDigests == ["\(server.host)/demo@\(BlobDigest.of(image.manifest))"])
        let statuses = bench.statuses
        #expect(statuses.first == "Pulling from demo")
        #expect(statuses.filter { $0 == "Pulling fs layer" }.count == 3)
        #expect(statuses.filter { $0 == "Pull complete" }.count == 3)
        #expect(statuses.contains("Downloading") && statuses.contains("Extracting"))
        #expect(
            statuses.suffix(2) == [
                "Digest: \(BlobDigest.of(image.manifest))",
                "Status: Downloaded newer image for \(server.host)/demo:latest",
            ])
        let before = server.requests.count
        try await bench.pull("\(server.host)/demo:latest")
        #expect(bench.statuses.last == "Status: Image is up to date for \(server.host)/demo:latest")
        #expect(!server.requests.dropFirst(before).contains { $0.target.contains("/blobs/") })
        #expect(try await bench.leftovers == [])
    }

    @Test func `an index leads to the machine's manifest, a digest to exactly one`() async throws {
        let image = try FakeImage()
        let machine = Platform.current
        let index = Array(
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[{"mediaType":"\#(MediaType.manifest)","digest":"sha256:\#(String(repeating: "0", count: 64))","size":1,"platform":{"os":"linux","architecture":"s390x"}},{"mediaType":"\#(MediaType.manifest)","digest":"\#(BlobDigest.of(image.manifest))","size":\#(image.manifest.count),"platform":{"os":"linux","architecture":"\#(machine.architecture)"}}]}"#
                .utf8)
        let server = try ScriptedServer { request in
            request.target.hasSuffix("/manifests/many")
                ? .init(headers: [("Content-Type", MediaType.index)], body: index) : image.reply(to: request)
        }
        let bench = try PullBench()
        try await bench.pull("\(server.host)/demo:many")
        #expect(
            bench.images.find("\(server.host)/demo:many")?.repoDigests == [
                "\(server.host)/demo@\(BlobDigest.of(index))"
            ])
        try await bench.pull("\(server.host)/demo@\(BlobDigest.of(image.manifest))")
        #expect(bench.images.find(image.id)?.repoDigests.count == 2)
        let failure = await #expect(throws: RegistryError.self) {
            try await bench.pull("\(server.host)/demo:many", platform: Platform(architecture: "riscv64", os: "linux"))
        }
        #expect(failure?.kind == .notFound && failure?.message.contains("linux/riscv64") == true)
    }

    @Test func `an image for another platform than the one asked for is refused`() async throws {
        let image = try FakeImage(architecture: "s390x")
        let server = try ScriptedServer { image.reply(to: $0) }
        let bench = try PullBench()
        let failure = await #expect(throws: APIError.self) {
            try await bench.pull("\(server.host)/demo:latest", platform: Platform(architecture: "arm64", os: "linux"))
        }
        #expect(
            failure?.message.contains("does not match the specified platform: wanted linux/arm64, actual: linux/s390x")
                == true)
        #expect(try await bench.leftovers == [])
        #expect(try bench.stored == [])
    }

    @Test func `three layers are downloaded at once, the others wait`() async throws {
        let image = try FakeImage(layers: 6)
        let active = Mutex((now: 0, most: 0))
        let three = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { request in
            guard image.isLayer(request) else { return image.reply(to: request) }
            let count = active.withLock { active in
                active.now += 1
                active.most = max(active.most, active.now)
                return active.now
            }
            // The first three wait for each other: a client that takes fewer at once runs into the time limit.
            if count == 3 { for _ in 0..<6 { three.signal() } }
            _ = three.wait(timeout: .now() + 5)
            active.withLock { $0.now -= 1 }
            return image.reply(to: request)
        }
        let bench = try PullBench { $0.stallTimeout = 10_000 }
        try await bench.pull("\(server.host)/demo:latest")
        #expect(active.withLock { $0.most } == 3)
        #expect(bench.statuses.contains("Waiting"))
    }

    @Test func `two pulls of the same image share one download`() async throws {
        let image = try FakeImage(size: 200_000)
        let both = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { request in
            if image.isLayer(request) { _ = both.wait(timeout: .now() + 5) }
            return image.reply(to: request)
        }
        let bench = try PullBench { $0.stallTimeout = 10_000 }
        let begun = Mutex(0)
        let watch: @Sendable (ProgressMessage) -> Void = { message in
            guard message.status == "Pulling fs layer" else { return }
            if begun.withLock({ begun in
                begun += 1; return begun == 2
            }) {
                // Both are about to ask for the layer; the second must not have sent a request by then.
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.1) {
                    both.signal(); both.signal()
                }
            }
        }
        async let first: Void = bench.pull("\(server.host)/demo:latest", watch: watch)
        async let second: Void = bench.pull("\(server.host)/other:latest", watch: watch)
        _ = try await (first, second)
        #expect(server.requests.filter(image.isLayer).count == 1)
        #expect(bench.images.find(image.id)?.repoTags.count == 2)
        #expect(try await bench.leftovers == [])
    }

    @Test func `the client's connections and thread go when nobody has pulled for a while`() async throws {
        let image = try FakeImage()
        let server = try ScriptedServer { image.reply(to: $0) }
        let bench = try PullBench()
        #expect(!bench.client.isWarm)
        try await bench.pull("\(server.host)/demo:latest")
        for _ in 0..<500 where bench.client.isWarm { try await Task.sleep(for: .milliseconds(10)) }
        #expect(!bench.client.isWarm)
        try await bench.pull("\(server.host)/demo:latest")
    }
}

@Suite("pulls from a registry that misbehaves", .timeLimit(.minutes(5)))
struct HostilePullTests {
    /// Pulls what must fail, and expects that nothing stays.
    private func fails(
        _ image: FakeImage, stallTimeout: Int64? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ misbehave: @escaping @Sendable (ScriptedServer.Request, ScriptedServer.Reply) -> ScriptedServer.Reply
    ) async throws -> String {
        let server = try ScriptedServer { misbehave($0, image.reply(to: $0)) }
        let bench = try PullBench { if let stallTimeout { $0.stallTimeout = stallTimeout } }
        let clock = ContinuousClock.now
        var message = ""
        do {
            try await bench.pull("\(server.host)/demo:latest")
            Issue.record("the pull succeeded", sourceLocation: sourceLocation)
        } catch {
            message = "\(error)"
        }
        #expect(ContinuousClock.now - clock < .seconds(60), sourceLocation: sourceLocation)
        #expect(try await bench.leftovers == [], sourceLocation: sourceLocation)
        #expect(try bench.stored == [], sourceLocation: sourceLocation)
        #expect(bench.images.list().isEmpty, sourceLocation: sourceLocation)
        return message
    }

    @Test func `a layer with other content than its digest says`() async throws {
        let image = try FakeImage()
        let message = try await fails(image) { request, reply in
            var reply = reply
            if image.isLayer(request) { reply.body[600] ^= 1 }
            return reply
        }
        #expect(message.contains("filesystem layer verification failed for digest \(BlobDigest.of(image.layers[0]))"))
    }

    @Test func `a configuration, and a manifest, with other content`() async throws {
        let image = try FakeImage()
        let config = try await fails(image) { request, reply in
            var reply = reply
            if request.target.hasSuffix(image.id) { reply.body[0] = 32 }
            return reply
        }
        #expect(config.contains("image config verification failed for digest \(image.id)"))
        let manifest = try await fails(image) { request, reply in
            var reply = reply
            if request.target.contains("/manifests/") {
                reply.headers.append(("Docker-Content-Digest", "sha256:" + String(repeating: "1", count: 64)))
            }
            return reply
        }
        #expect(manifest.contains("manifest verification failed"))
    }

    @Test func `silence in the middle of a layer, and before any reply`() async throws {
        let image = try FakeImage(size: 100_000)
        let middle = try await fails(image, stallTimeout: 700) { request, reply in
            var reply = reply
            if image.isLayer(request) { reply.stallAfter = 5000 }
            return reply
        }
        #expect(middle.contains("the registry stalls"), "\(middle)")
        let before = try await fails(image, stallTimeout: 700) { request, reply in
            var reply = reply
            if request.target.contains("/manifests/") { reply.isSilent = true }
            return reply
        }
        #expect(before.contains("the registry stalls"), "\(before)")
    }

    @Test func `a connection that breaks at every attempt at the same place`() async throws {
        let image = try FakeImage(size: 100_000)
        let message = try await fails(image) { request, reply in
            var reply = reply
            if image.isLayer(request) { reply.cutAfter = 0 }
            return reply
        }
        #expect(message.contains("unexpected EOF"), "\(message)")
    }

    @Test func `a layer that is longer than its manifest says, and one that is shorter`() async throws {
        let image = try FakeImage()
        let long = try await fails(image) { request, reply in
            var reply = reply
            if image.isLayer(request) { reply.body += [1] }
            return reply
        }
        #expect(long.contains("bytes where \(image.layers[0].count) are expected"), "\(long)")
        let short = try await fails(image) { request, reply in
            var reply = reply
            if image.isLayer(request) { reply.body.removeLast() }
            return reply
        }
        #expect(short.contains("are expected"), "\(short)")
    }

    @Test func `errors of the server, in its own words`() async throws {
        let image = try FakeImage()
        let blob = try await fails(image) { request, reply in
            image.isLayer(request)
                ? .json(#"{"errors":[{"code":"UNKNOWN","message":"disk is \u001b[31mfull"}]}"#, status: 500) : reply
        }
        #expect(blob.contains("unknown: disk is [31mfull"), "\(blob)")
        let manifest = try await fails(image) { request, reply in
            request.target.contains("/manifests/") ? .init(status: 503) : reply
        }
        #expect(manifest.contains("503"), "\(manifest)")
        let endless = try await fails(image) { request, reply in
            request.target.contains("/manifests/")
                ? .init(body: [UInt8](repeating: 32, count: 9 << 20)) : reply
        }
        #expect(endless.contains("longer than"), "\(endless)")
    }

    @Test func `a redirect without end`() async throws {
        let image = try FakeImage()
        let message = try await fails(image) { request, reply in
            image.isLayer(request) ? .init(status: 307, headers: [("Location", request.target)]) : reply
        }
        #expect(message.contains("10 redirects"), "\(message)")
    }

    @Test func `a broken connection is resumed where it broke`() async throws {
        let image = try FakeImage(size: 3_000_000)
        let count = Mutex(0)
        let server = try ScriptedServer { request in
            var reply = image.reply(to: request)
            if image.isLayer(request),
                count.withLock({
                    $0 += 1; return $0
                }) == 1
            {
                reply.cutAfter = 1_200_000
            }
            return reply
        }
        let bench = try PullBench()
        try await bench.pull("\(server.host)/demo:latest")
        let layers = server.requests.filter(image.isLayer)
        #expect(layers.count == 2)
        let range = try #require(layers.last?.headers["range"])
        let first = try #require(Int(range.dropFirst(6).dropLast()))
        #expect(first > 0 && first <= 1_200_000, "\(range)")
        #expect(bench.images.find(image.id) != nil)
        #expect(try await bench.leftovers == [])
    }

    @Test(arguments: ["200 for a range", "another part", "416", "500 first"])
    func `a server that cannot resume is asked anew`(_ fault: String) async throws {
        let image = try FakeImage(size: 300_000)
        let count = Mutex(0)
        let server = try ScriptedServer { request in
            guard image.isLayer(request) else { return image.reply(to: request) }
            let number = count.withLock {
                $0 += 1; return $0
            }
            var whole = request
            whole.headers["range"] = nil
            var reply = image.reply(to: whole)
            if number == 1 {
                if fault == "500 first" { return .init(status: 500) }
                reply.cutAfter = 200_000
            } else if number == 2 {
                switch fault {
                case "another part":
                    reply.status = 206
                    reply.headers = [("Content-Range", "bytes 0-9/10")]
                case "416": return .init(status: 416)
                default: break
                }
            }
            return reply
        }
        let bench = try PullBench()
        if fault == "416" {
            // A refusal that trying again does not mend is told.
            await #expect(throws: RegistryError.self) { try await bench.pull("\(server.host)/demo:latest") }
        } else {
            try await bench.pull("\(server.host)/demo:latest")
            #expect(bench.images.find(image.id) != nil)
        }
        #expect(try await bench.leftovers == [])
    }

    @Test func `a pull that is cancelled in the middle of a layer ends at once and leaves nothing`() async throws {
        let image = try FakeImage(layers: 2, size: 2_000_000)
        let server = try ScriptedServer { request in
            var reply = image.reply(to: request)
            if image.isLayer(request) { reply.stallAfter = 1_000_000 }
            return reply
        }
        let bench = try PullBench { $0.stallTimeout = 60_000 }
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let pull = Task {
            try await bench.pull("\(server.host)/demo:latest") { if $0.status == "Downloading" { signal.yield() } }
        }
        for await _ in begun { break }
        let clock = ContinuousClock.now
        pull.cancel()
        await #expect(throws: CancellationError.self) { try await pull.value }
        #expect(ContinuousClock.now - clock < .seconds(5))
        #expect(try await bench.leftovers == [])
        #expect(try bench.stored == [])
    }

    @Test func `one of two pulls that is cancelled does not take the other's download along`() async throws {
        let image = try FakeImage(size: 2_000_000)
        let go = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { request in
            if image.isLayer(request) { _ = go.wait(timeout: .now() + 10) }
            return image.reply(to: request)
        }
        let bench = try PullBench { $0.stallTimeout = 20_000 }
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let watch: @Sendable (ProgressMessage) -> Void = { if $0.status == "Pulling fs layer" { signal.yield() } }
        let doomed = Task { try await bench.pull("\(server.host)/demo:latest", watch: watch) }
        let other = Task { try await bench.pull("\(server.host)/other:latest", watch: watch) }
        var count = 0
        for await _ in begun {
            count += 1
            if count == 2 { break }
        }
        doomed.cancel()
        await #expect(throws: CancellationError.self) { try await doomed.value }
        go.signal()
        go.signal()
        try await other.value
        #expect(bench.images.find(image.id)?.repoTags == ["\(server.host)/other:latest"])
        #expect(try await bench.leftovers == [])
    }
}
