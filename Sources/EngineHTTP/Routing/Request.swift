import EngineAPI

/// A request as a route's handler sees it: free of the connection that it came over.
struct Request: Sendable {
    var method: String
    /// The target's path, without the version.
    var path: String
    var query: Query
    /// Header fields; names in lower case.
    var headers: [String: String] = [:]
    /// The version that the client asked for, or the server's own.
    var version: APIVersion
    /// What the pattern's names stand for in this path.
    var parameters: [String: String] = [:]
    /// The whole body, where the route reads it beforehand.
    var body: [UInt8] = []
    /// The body in pieces, where the route reads it while it comes; nil is its end.
    var stream: ByteSource = { nil }

    /// What a name of the pattern stands for.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// The body as a type; 400 in Docker's words where it is none.
    func decode<Value: Decodable>(_ type: Value.Type) throws(APIError) -> Value {
        try JSONText.decode(type, from: body)
    }

    /// The body as a type; `fallback` where there is no body.
    func decode<Value: Decodable>(_ type: Value.Type, orWithoutBody fallback: Value) throws(APIError) -> Value {
        body.isEmpty ? fallback : try JSONText.decode(type, from: body)
    }

    /// Whether the client asks to go on in another protocol after the reply's head.
    var wantsUpgrade: Bool { headers["upgrade"] != nil }
}
