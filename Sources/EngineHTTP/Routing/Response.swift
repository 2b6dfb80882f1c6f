import EngineAPI

/// A reply as a route's handler makes it.
struct Response: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: Body

    enum Body: Sendable {
        /// Nothing, where the status has no body at all.
        case none
        case bytes([UInt8])
        /// Pieces as they come; the head is sent at once. A failure breaks the connection off. `finally` runs once,
        /// however it ends.
        case pieces(ByteSource, finally: @Sendable () async -> Void)
        /// The connection becomes the process' input and output.
        case hijack(Hijack)
    }

    /// What a hijacked connection carries.
    struct Hijack: Sendable {
        var session: any AttachSession
        /// Whether output is sent without frames.
        var raw: Bool
        /// Whether the client's bytes go to the process.
        var input: Bool
    }

    static func json(_ value: some Encodable, status: Int = 200) throws -> Response {
        var bytes = try JSONText.encode(value)
        bytes.append(UInt8(ascii: "\n"))
        return Response(status: status, headers: [("Content-Type", "application/json")], body: .bytes(bytes))
    }

    /// 204, or 200 without anything in it.
    static func empty(_ status: Int = 204) -> Response {
        Response(status: status, body: status == 204 || status == 304 ? .none : .bytes([]))
    }

    static func text(_ text: String) -> Response {
        Response(
            status: 200, headers: [("Content-Type", "text/plain; charset=utf-8")], body: .bytes(Array(text.utf8)))
    }

    static func pieces(
        _ contentType: String, _ source: @escaping ByteSource, finally: @escaping @Sendable () async -> Void = {}
    ) -> Response {
        Response(status: 200, headers: [("Content-Type", contentType)], body: .pieces(source, finally: finally))
    }

    /// An error as Docker tells it: `{"message":"…"}` and a line feed.
    static func failure(_ error: any Error) -> Response {
        let known = error as? APIError ?? .internalFailure("\(error)")
        if known.status == 304 { return .empty(304) }
        let body = ErrorBody(message: known.message)
        return (try? .json(body, status: known.status)) ?? .empty(known.status)
    }
}
