import EngineAPI
import Testing

@testable import RegistryClient

@Suite("the registry protocol, without a network")
struct PureTests {
    @Test func `a bearer challenge is read with quotes, spaces and commas inside its values`() {
        let found = Challenge.parse([
            #"Bearer realm="https://auth.test/token",service="reg, one",scope="repository:a/b:pull,push""#
        ])
        #expect(found.count == 1)
        #expect(found.first?.scheme == "bearer")
        #expect(found.first?.parameters["realm"] == "https://auth.test/token")
        #expect(found.first?.parameters["service"] == "reg, one")
        #expect(found.first?.parameters["scope"] == "repository:a/b:pull,push")
    }

    @Test func `several challenges in one field, and garbage, are told apart`() {
        let found = Challenge.parse([#"Basic realm="x", Bearer realm=y,service="a\"b""#, ",,=", ""])
        #expect(found.map(\.scheme) == ["basic", "bearer"])
        #expect(found.last?.parameters == ["realm": "y", "service": "a\"b"])
        #expect(Challenge.parse([#"Bearer realm="never ends"#]).first?.parameters["realm"] == "never ends")
    }

    @Test func `a token is not asked for without TLS where the registry has TLS`() throws {
        let secure = RegistryEndpoint(
            base: RegistryURL(scheme: "https", authority: "r.test", target: "/"), skipsVerification: false,
            isMirror: false)
        let challenge = Challenge(scheme: "bearer", parameters: ["realm": "http://auth.test/token"])
        #expect(throws: RegistryError.self) { try TokenRequest(challenge, scopes: [], endpoint: secure) }
        let plain = RegistryEndpoint(
            base: RegistryURL(scheme: "http", authority: "r.test", target: "/"), skipsVerification: true,
            isMirror: false)
        let request = try TokenRequest(challenge, scopes: ["repository:a:pull"], endpoint: plain)
        let url = request.url(RegistryCredentials(username: "me", password: "secret"), offline: false)
        #expect(url.description == "http://auth.test/token?scope=repository%3Aa%3Apull&account=me")
    }

    @Test func `credentials are read from the header and never printed`() throws {
        let json = #"{"username":"me","password":"s3cret","serveraddress":"r.test"}"#
        let credentials = try RegistryCredentials(header: Base64.encode(Array(json.utf8)))
        #expect(credentials.username == "me" && credentials.password == "s3cret")
        #expect(credentials.basic == "Basic bWU6czNjcmV0")
        #expect(!"\(credentials)".contains("s3cret") && !String(reflecting: credentials).contains("s3cret"))
        #expect(try RegistryCredentials(header: nil) == RegistryCredentials())
        #expect(try RegistryCredentials(header: "e30=") == RegistryCredentials())
        #expect(throws: RegistryError.self) { try RegistryCredentials(header: "!!") }
        let packed = #"{"auth":"bWU6czNjcmV0"}"#
        #expect(try RegistryCredentials(json: Array(packed.utf8)).password == "s3cret")
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\u{ff}\u{fe}?>"])
    func `base 64 comes back, padded or not, in both alphabets`(_ text: String) {
        let bytes = Array(text.utf8)
        let encoded = Base64.encode(bytes)
        #expect(Base64.decode(encoded) == bytes)
        let url = String(encoded.filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
        #expect(Base64.decode(url) == bytes)
        #expect(Base64.decode(encoded + "*") == nil)
    }

    @Test func `the endpoints of a registry follow from its name and the options`() {
        var configuration = RegistryConfiguration()
        configuration.insecure = ["203.0.113.0/24", "plain.test:5000"].compactMap { InsecureRegistry($0) }
        configuration.mirrors = ["https://mirror.test/"]
        func all(_ host: String, pulls: Bool = true) -> [String] {
            RegistryEndpoint.all(for: host, pulls: pulls, configuration).map { $0.url("x").description }
        }
        #expect(all("r.test") == ["https://r.test/v2/x"])
        #expect(all("203.0.113.8:5000") == ["https://203.0.113.8:5000/v2/x", "http://203.0.113.8:5000/v2/x"])
        #expect(all("plain.test:5000").count == 2 && all("plain.test").count == 1)
        #expect(all("127.0.0.9:5000").count == 2 && all("localhost:5000").count == 2 && all("[::1]:5000").count == 2)
        #expect(all("docker.io") == ["https://mirror.test/v2/x", "https://registry-1.docker.io/v2/x"])
        #expect(all("docker.io", pulls: false) == ["https://registry-1.docker.io/v2/x"])
    }

    @Test func `an upload's location is resolved against the request's URL`() throws {
        let url = try #require(RegistryURL("https://r.test:5000/v2/a/blobs/uploads/?x=1"))
        #expect(
            url.resolve("/v2/a/blobs/uploads/7?state=s")?.description
                == "https://r.test:5000/v2/a/blobs/uploads/7?state=s")
        #expect(url.resolve("7")?.description == "https://r.test:5000/v2/a/blobs/uploads/7")
        #expect(url.resolve("//other.test/p")?.description == "https://other.test/p")
        #expect(url.resolve("http://o.test/p?q")?.description == "http://o.test/p?q")
        #expect(url.resolve("ftp://o.test/p") == nil && url.resolve("javascript:x") == nil)
        #expect(url.adding("digest", "sha256:ab").target == "/v2/a/blobs/uploads/?x=1&digest=sha256%3Aab")
        #expect(RegistryURL("https://u:p@r.test/") == nil)
    }

    @Test func `proxies follow the environment's variables`() throws {
        let proxies = ProxySettings { name in
            [
                "HTTP_PROXY": "http://u:p%40@proxy.test:3128", "https_proxy": "http://tls.test",
                "NO_PROXY": "a.test,10.0.0.0/8,.b.test:5000",
            ][name]
        }
        func proxy(_ url: String) throws -> ProxySettings.Proxy? { try proxies.proxy(for: #require(RegistryURL(url))) }
        #expect(try proxy("http://r.test/") == .init(host: "proxy.test", port: 3128, credentials: "dTpwQA=="))
        #expect(try proxy("https://r.test/") == .init(host: "tls.test", port: 80, credentials: nil))
        #expect(try proxy("http://a.test/") == nil && proxy("http://x.a.test/") == nil)
        #expect(try proxy("http://10.1.2.3/") == nil && proxy("http://localhost:5000/") == nil)
        #expect(try proxy("http://x.b.test:5000/") == nil && proxy("http://x.b.test/") != nil)
        var socks = ProxySettings()
        socks.http = "socks5://p.test"
        #expect(throws: RegistryError.self) { try socks.proxy(for: #require(RegistryURL("http://r.test/"))) }
    }
}

@Suite("manifests")
struct ManifestTests {
    private static let digest = "sha256:" + String(repeating: "ab", count: 32)

    private func entry(_ platform: String, _ digit: Character, attestation: Bool = false) -> BlobDescriptor {
        let parts = platform.split(separator: "/").map(String.init)
        var descriptor = BlobDescriptor(
            mediaType: MediaType.manifest, digest: "sha256:" + String(repeating: digit, count: 64), size: 1)
        descriptor.platform = RegistryPlatform(
            architecture: parts[1], os: parts[0], variant: parts.count > 2 ? parts[2] : nil)
        if attestation { descriptor.annotations = ["vnd.docker.reference.type": "attestation-manifest"] }
        return descriptor
    }

    private func chosen(_ list: [BlobDescriptor], _ machine: String) throws -> String? {
        let parts = machine.split(separator: "/").map(String.init)
        return try list.choose(
            for: RegistryPlatform(architecture: parts[1], os: parts[0], variant: parts.count > 2 ? parts[2] : nil)
        ).platform?.description
    }

    @Test func `the platform's own manifest is chosen, then what the machine runs, else it is refused with the list`()
        throws
    {
        let list = [
            entry("linux/arm/v5", "1"), entry("linux/arm/v7", "2"), entry("linux/arm64/v8", "3"),
            entry("linux/386", "4"), entry("linux/amd64", "5"), entry("windows/amd64", "6"),
            entry("unknown/unknown", "7", attestation: true),
        ]
        #expect(try chosen(list, "linux/amd64") == "linux/amd64")
        #expect(try chosen(list, "linux/arm64") == "linux/arm64/v8")
        #expect(try chosen(list, "linux/arm64/v8") == "linux/arm64/v8")
        #expect(try chosen(list, "linux/arm/v7") == "linux/arm/v7")
        #expect(try chosen(list, "linux/arm/v6") == "linux/arm/v5")
        #expect(try chosen([list[3]], "linux/amd64") == "linux/386")
        #expect(try chosen([list[1]], "linux/arm64") == "linux/arm/v7")
        let failure = #expect(throws: RegistryError.self) { try chosen(list, "linux/s390x") }
        #expect(
            failure?.message.hasPrefix("no matching manifest for linux/s390x in the manifest list entries") == true)
        #expect(failure?.message.contains("linux/arm/v7") == true && failure?.message.contains("unknown") == false)
    }

    private func read(_ text: String, _ type: String = MediaType.dockerManifest) throws -> ManifestDocument {
        try ManifestDocument.read(Array(text.utf8), contentType: type)
    }

    private func image(layer: String) -> String {
        #"{"schemaVersion":2,"config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":2,"digest":"\#(Self.digest)"},"layers":[{"mediaType":"\#(layer)","size":3,"digest":"\#(Self.digest)"}]}"#
    }

    @Test func `images and indexes of Docker and OCI are read, with any content type's parameters`() throws {
        guard
            case .image(let manifest) = try read(
                image(layer: MediaType.dockerLayer), MediaType.dockerManifest + "; charset=utf-8")
        else { throw RegistryError(.damaged, "no image") }
        #expect(manifest.layers.map(\.size) == [3])
        guard
            case .index(let list) = try read(
                #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[{"mediaType":"\#(MediaType.manifest)","size":1,"digest":"\#(Self.digest)","platform":{"os":"linux","architecture":"amd64"}}]}"#,
                MediaType.index)
        else { throw RegistryError(.damaged, "no index") }
        #expect(list.first?.platform?.description == "linux/amd64")
    }

    @Test func `schema 1, foreign layers, bad digests and two-faced documents are refused`() {
        func kind(_ text: String, _ type: String = MediaType.dockerManifest) -> RegistryError.Kind? {
            #expect(throws: RegistryError.self) { try read(text, type) }?.kind
        }
        #expect(
            kind(#"{"schemaVersion":1,"name":"x"}"#, "application/vnd.docker.distribution.manifest.v1+prettyjws")
                == .unsupported)
        #expect(kind(image(layer: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")) == .unsupported)
        #expect(kind("[") == .damaged)
        #expect(
            kind(#"{"schemaVersion":2,"config":{"mediaType":"x","size":1,"digest":"sha256:../../etc"},"layers":[]}"#)
                == .damaged)
        #expect(
            kind(
                #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","config":{"mediaType":"x","size":1,"digest":"\#(Self.digest)"},"manifests":[]}"#,
                MediaType.index) == .damaged)
        #expect(kind(image(layer: MediaType.dockerLayer), MediaType.index) == .damaged)
    }

    @Test func `a manifest that is written is read again, and always has the same digest`() throws {
        let manifest = ImageManifest(
            config: BlobDescriptor(mediaType: MediaType.dockerConfig, digest: Self.digest, size: 7),
            layers: [BlobDescriptor(mediaType: MediaType.dockerLayer, digest: Self.digest, size: 9)])
        #expect(
            try ManifestDocument.read(manifest.dockerJSON, contentType: MediaType.dockerManifest) == .image(manifest))
        #expect(BlobDigest.of(manifest.dockerJSON) == BlobDigest.of(manifest.dockerJSON))
    }
}

@Suite("a blob that resumes")
struct ResumableBlobTests {
    private static let content = Array("0123456789".utf8)
    private static let descriptor = BlobDescriptor(
        mediaType: MediaType.dockerLayer, digest: BlobDigest.of(content), size: 10)

    @Test func `goes on behind what is there, and is checked as a whole`() throws {
        var blob = ResumableBlob(Self.descriptor)
        #expect(blob.range == nil)
        #expect(try blob.begin(status: 200, contentRange: nil, contentLength: 10) == .restart)
        try blob.take(Array("01234".utf8))
        #expect(throws: RegistryError.self) { try blob.finish() }
        #expect(blob.range == "bytes=5-")
        #expect(try blob.begin(status: 206, contentRange: "bytes 5-9/10", contentLength: 5) == .append)
        try blob.take(Array("56789".utf8))
        try blob.finish()
    }

    @Test func `begins anew where the registry knows no ranges`() throws {
        var blob = ResumableBlob(Self.descriptor)
        _ = try blob.begin(status: 200, contentRange: nil, contentLength: nil)
        try blob.take(Array("01234".utf8))
        #expect(try blob.begin(status: 200, contentRange: nil, contentLength: 10) == .restart)
        #expect(blob.received == 0)
        try blob.take(Self.content)
        try blob.finish()
    }

    @Test func `refuses another part than it asked for, and asks for all next`() throws {
        var blob = ResumableBlob(Self.descriptor)
        _ = try blob.begin(status: 200, contentRange: nil, contentLength: nil)
        try blob.take(Array("01234".utf8))
        let failure = #expect(throws: RegistryError.self) {
            try blob.begin(status: 206, contentRange: "bytes 3-9/10", contentLength: 7)
        }
        #expect(failure?.isPassing == true)
        #expect(blob.range == nil)
    }

    @Test func `refuses more bytes than promised, another length, and other content`() throws {
        var blob = ResumableBlob(Self.descriptor)
        #expect(throws: RegistryError.self) { try blob.begin(status: 200, contentRange: nil, contentLength: 11) }
        _ = try blob.begin(status: 200, contentRange: nil, contentLength: nil)
        #expect(throws: RegistryError.self) { try blob.take(Self.content + [0]) }
        var other = ResumableBlob(Self.descriptor)
        _ = try other.begin(status: 200, contentRange: nil, contentLength: 10)
        try other.take(Array("012345678X".utf8))
        let failure = #expect(throws: RegistryError.self) { try other.finish() }
        #expect(failure?.isPassing == false)
        #expect(failure?.message.contains("verification failed for digest \(Self.descriptor.digest)") == true)
    }
}
