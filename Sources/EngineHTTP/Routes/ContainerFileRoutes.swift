import EngineAPI

extension Route {
    static let containerFiles: [Route] = [
        .served("GET", "/containers/{id}/changes", "Lists changed files") { request, engine in
            try .json(await engine.containerChanges(request.parameter("id")))
        },
        .served("GET", "/containers/{id}/export", "Packs the root file system") { request, engine in
            .pieces("application/octet-stream", try await engine.containerExport(request.parameter("id")))
        },
        .served("HEAD", "/containers/{id}/archive", "Shows what a path is") { request, engine in
            let status = try await engine.archiveStatus(request.parameter("id"), path: archivePath(request))
            return Response(status: 200, headers: [try statusHeader(status)], body: .bytes([]))
        },
        .served("GET", "/containers/{id}/archive", "Packs a path") { request, engine in
            let (status, archive) = try await engine.archiveGet(
                request.parameter("id"), path: archivePath(request))
            var response = Response.pieces("application/x-tar", archive)
            response.headers.append(try statusHeader(status))
            return response
        },
        .served("PUT", "/containers/{id}/archive", "Unpacks into a path", body: .stream) { request, engine in
            try await engine.archivePut(
                request.parameter("id"), path: archivePath(request),
                keepsKinds: request.query.flag("noOverwriteDirNonDir"), ownedByUser: request.query.flag("copyUIDGID"),
                body: request.stream)
            return .empty(200)
        },
    ]

    private static func archivePath(_ request: Request) throws(APIError) -> String {
        guard let path = request.query.text("path") else {
            throw .badRequest("bad parameter: pathcannot be empty")
        }
        return path
    }

    /// JSON in base64 (RFC 4648 section 4).
    private static func statusHeader(_ status: PathStatus) throws -> (name: String, value: String) {
        ("X-Docker-Container-Path-Stat", Base64.encode(try JSONText.encode(status)))
    }
}

/// RFC 4648, section 4.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// With padding, without line breaks.
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            var word: UInt32 = 0
            for byte in part { word = word << 8 | UInt32(byte) }
            word <<= UInt32(8 * (3 - part.count))
            for index in 0..<4 {
                text.append(
                    index <= part.count ? digits[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
