@testable import RegistryClient

extension FuzzEntry {
    /// What a registry or a token server answers: documents, and fields of the reply's head.
    static let registry = FuzzEntry(name: "registry") { bytes in
        let (kind, rest) = choice(bytes, of: 6)
        let body = Array(rest)
        let text = String(decoding: rest, as: UTF8.self)
        switch kind {
        case 0:
            for type in [MediaType.manifest, MediaType.dockerList, "text/plain; charset=utf-8"] {
                guard case .image(let image)? = try? ManifestDocument.read(body, contentType: type) else { continue }
                for layer in [image.config] + image.layers {
                    try require(BlobDigest.isValid(layer.digest) && layer.size >= 0, "a layer \(layer)")
                }
            }
        case 1:
            guard let token = try? RegistryToken(parsing: body) else { return }
            try require(token.lifetime >= 60, "a token for \(token.lifetime) seconds")
            try require(!token.value.utf8.contains { $0 < 33 || $0 > 126 }, "a token that breaks a head's line")
        case 2:
            for challenge in Challenge.parse(text.split(separator: "\n").map(String.init)) { try ask(challenge) }
        case 3:
            let parts = text.split(separator: "\n", maxSplits: 1).map(String.init)
            guard parts.count == 2, let url = RegistryURL(parts[0]), let next = url.resolve(parts[1]) else { return }
            try check(next.adding("a", "b"))
            _ = (RegistryURL.percentDecoded(next.target), next.withoutQuery)
        case 4: _ = RegistryReply.failure(400 + Int(body.first ?? 0), body, "GET").description
        default:
            var blob = ResumableBlob(
                BlobDescriptor(mediaType: "", digest: "sha256:" + String(repeating: "0", count: 64), size: .max))
            try? blob.take(Array(body.prefix(9)))
            let parts = text.split(separator: "\n", maxSplits: 1).map(String.init)
            _ = try? blob.begin(
                status: 206, contentRange: parts.first, contentLength: parts.last.flatMap { Int64($0) })
            _ = try? RegistryCredentials(header: text)
        }
    }

    private static func ask(_ challenge: Challenge) throws {
        guard let base = RegistryURL("https://registry.example/") else { return }
        let endpoint = RegistryEndpoint(base: base, skipsVerification: false, isMirror: false)
        guard let request = try? TokenRequest(challenge, scopes: ["repository:a:pull"], endpoint: endpoint) else {
            return
        }
        let credentials = RegistryCredentials(username: "u", password: "p")
        let url = request.url(credentials, offline: true)
        try require(url.scheme == "https", "a password for \(url.withoutQuery)")
        try check(url)
        _ = request.form(credentials)
    }

    private static func check(_ url: RegistryURL) throws {
        try require((0...65535).contains(url.port), "port \(url.port)")
        try require(url.target.hasPrefix("/"), "target \(url.target)")
        try require(!url.description.utf8.contains { $0 < 33 || $0 == 127 }, "control characters in \(url)")
    }
}
