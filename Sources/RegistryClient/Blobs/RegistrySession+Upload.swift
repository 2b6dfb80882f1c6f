import NIOHTTP1

/// What offering a blob of another repository came to.
public enum MountResult: Sendable {
    /// The registry took it over: nothing is to be sent.
    case mounted
    /// It wants the bytes.
    case refused(UploadLocation)
}

/// Where the registry waits for a blob's bytes.
public struct UploadLocation: Sendable {
    let url: RegistryURL
}

extension RegistrySession {
    /// Whether the repository has a blob.
    public func has(_ digest: String) async throws -> Bool {
        let reply = try await send(.HEAD, endpoint.url("\(repository)/blobs/\(digest)"))
        switch reply.status {
        case 200: return true
        case 404: return false
        default: throw await refusal(reply, .HEAD)
        }
    }

    /// Asks the registry to take a blob over from another of its repositories (OCI distribution specification,
    /// "Mounting a blob from another repository").
    public func mount(_ digest: String, from other: String) async throws -> MountResult {
        let url = endpoint.url("\(repository)/blobs/uploads/").adding("mount", digest).adding("from", other)
        let reply = try await send(
            .POST, url, headers: [("Content-Length", "0")], scopes: [scope, "repository:\(other):pull"])
        switch reply.status {
        case 201:
            _ = try await reply.collect(upTo: 1 << 20)
            return .mounted
        case 202: return .refused(try await location(reply))
        default: throw await refusal(reply, .POST)
        }
    }

    private func location(_ reply: HTTPReply) async throws -> UploadLocation {
        _ = try await reply.collect(upTo: 1 << 20)
        guard let text = reply["location"], let url = reply.url.resolve(text) else {
            throw RegistryError(.damaged, "POST \"\(reply.url.withoutQuery)\": the registry names no upload location")
        }
        if reply.url.scheme == "https", url.scheme == "http", !endpoint.skipsVerification {
            throw RegistryError(.denied, "the registry wants a blob to be sent to \(url.withoutQuery), without TLS")
        }
        return UploadLocation(url: url)
    }

    /// Sends a blob from a file, as often as it takes within the configured number of attempts.
    ///
    /// - Parameters:
    ///   - digest: of the file's bytes.
    ///   - begun: an upload that the registry has begun already.
    ///   - progress: told how many bytes are sent; starts over with every attempt.
    public func upload(
        _ path: String, digest: String, size: Int64, begun: UploadLocation? = nil,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws {
        let body = FileBody(path: path, size: size, progress: progress)
        try await attempts { attempt in
            try await upload(.file(body), size, digest, begun: attempt == 1 ? begun : nil)
        }
    }

    /// Sends a small blob.
    public func upload(_ bytes: [UInt8], digest: String) async throws {
        try await attempts { _ in try await upload(.bytes(bytes), Int64(bytes.count), digest, begun: nil) }
    }

    private func upload(_ body: HTTPBody, _ size: Int64, _ digest: String, begun: UploadLocation?) async throws {
        var place = begun
        if place == nil {
            let reply = try await expect([202], .POST, "blobs/uploads/", headers: [("Content-Length", "0")])
            place = try await location(reply)
        }
        guard let place else { return }
        let reply = try await send(
            .PUT, place.url.adding("digest", digest), headers: [("Content-Type", "application/octet-stream")],
            body: body)
        guard reply.status == 201 else { throw await refusal(reply, .PUT) }
        _ = try await reply.collect(upTo: 1 << 20)
    }

    private func attempts(_ body: (Int) async throws -> Void) async throws {
        var attempt = 1
        while true {
            do {
                return try await body(attempt)
            } catch let error as RegistryError where error.isPassing && attempt < configuration.maxAttempts {
                try await Task.sleep(for: .milliseconds(Int(configuration.retryDelay * 1000) * attempt))
                attempt += 1
            }
        }
    }

    /// Gives a manifest a tag.
    ///
    /// - Returns: its digest.
    public func putManifest(_ bytes: [UInt8], type: String, tag: String) async throws -> String {
        try await attempts { _ in
            let reply = try await expect(
                [200, 201], .PUT, "manifests/\(tag)", headers: [("Content-Type", type)], body: .bytes(bytes))
            _ = try await reply.collect(upTo: 1 << 20)
        }
        return BlobDigest.of(bytes)
    }
}
