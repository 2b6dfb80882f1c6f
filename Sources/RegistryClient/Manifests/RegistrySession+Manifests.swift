import EngineAPI
import NIOHTTP1

/// A manifest as the registry holds it.
public struct FetchedManifest: Sendable {
    /// Its media type.
    public let mediaType: String
    /// The digest of its bytes.
    public let digest: String
    /// Its bytes.
    public let bytes: [UInt8]
    /// What it says.
    public let document: ManifestDocument
}

extension RegistrySession {
    /// The largest manifest or configuration that is read.
    static let documentLimit = 8 << 20

    /// Reads the manifest of a tag or a digest, and checks its digest.
    ///
    /// - Throws: `.notFound` with code `MANIFEST_UNKNOWN` or `NAME_UNKNOWN`; `.damaged`.
    public func manifest(_ reference: String) async throws -> FetchedManifest {
        let accept = MediaType.accepted.joined(separator: ", ")
        let reply = try await expect([200], .GET, "manifests/\(reference)", headers: [("Accept", accept)])
        let bytes = try await reply.collect(upTo: Self.documentLimit)
        let digest = BlobDigest.of(bytes)
        let promised = BlobDigest.isValid(reference) ? reference : reply["docker-content-digest"]
        if let promised, BlobDigest.isValid(promised), promised != digest {
            throw RegistryError(
                .damaged, "manifest verification failed for digest \(promised): what the registry sent is \(digest)")
        }
        let type = reply["content-type"] ?? ""
        let document = try ManifestDocument.read(bytes, contentType: type)
        return FetchedManifest(
            mediaType: String(type.prefix { $0 != ";" }), digest: digest, bytes: bytes, document: document)
    }

    /// Reads a small blob whole, such as an image's configuration.
    ///
    /// - Throws: `.damaged` where it is not what the descriptor says.
    public func document(_ descriptor: BlobDescriptor) async throws -> [UInt8] {
        guard descriptor.size <= Self.documentLimit else {
            throw RegistryError(.damaged, "the configuration \(descriptor.digest) is larger than 8 MiB")
        }
        let reply = try await expect([200], .GET, "blobs/\(descriptor.digest)")
        let bytes = try await reply.collect(upTo: Self.documentLimit)
        guard BlobDigest.of(bytes) == descriptor.digest else {
            throw RegistryError(.damaged, "image config verification failed for digest \(descriptor.digest)")
        }
        return bytes
    }

    /// All tags of the repository, page by page (OCI distribution specification, "Listing Tags").
    public func tags() async throws -> [String] {
        struct Page: Decodable {
            var tags: [String]?

            private enum CodingKeys: String, CodingKey {
                case tags
            }
        }
        var tags: [String] = []
        var url: RegistryURL? = endpoint.url(repository + "/tags/list")
        for _ in 0..<1000 {
            guard let current = url else { return tags }
            let reply = try await send(.GET, current)
            guard reply.status == 200 else { throw await refusal(reply, .GET) }
            let bytes = try await reply.collect(upTo: Self.documentLimit)
            do {
                tags += try JSONText.decode(Page.self, from: bytes).tags ?? []
            } catch {
                throw RegistryError(.damaged, "the registry's list of tags is no valid JSON object")
            }
            url = reply["link"].flatMap { Self.next($0) }.flatMap { current.resolve($0) }
        }
        throw RegistryError(.damaged, "the registry's list of tags does not end")
    }

    /// The target of `<…>; rel="next"` (RFC 8288).
    static func next(_ link: String) -> String? {
        guard link.contains("rel=\"next\"") || link.contains("rel=next"), let start = link.firstIndex(of: "<"),
            let end = link[start...].firstIndex(of: ">")
        else { return nil }
        return String(link[link.index(after: start)..<end])
    }
}
