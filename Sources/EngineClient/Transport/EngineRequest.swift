public import SystemCalls

/// One request to the engine's API.
public struct EngineRequest {
    /// What goes with a request.
    public enum Body {
        /// Nothing.
        case none
        /// JSON text.
        case json([UInt8])
        /// What a descriptor gives until its end, sent in chunks as it comes.
        case stream(SharedFileDescriptor, contentType: String)
    }

    /// GET, POST, DELETE, HEAD.
    public var method: String
    /// The path after the API version, already percent-encoded where needed: `/containers/json`.
    public var path: String
    /// The query, in order.
    public var query: [(String, String)]
    /// Further headers.
    public var headers: [(String, String)]
    /// What goes with it.
    public var body: Body

    /// Describes a request.
    public init(
        _ method: String, _ path: String, query: [(String, String)] = [], headers: [(String, String)] = [],
        body: Body = .none
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// `value` as one part of a path or query: everything but unreserved characters is escaped (RFC 3986).
    /// - Parameter keepingSlashes: for names of images, whose slashes are part of the path.
    public static func escape(_ value: String, keepingSlashes: Bool = false) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            case UInt8(ascii: "/") where keepingSlashes, UInt8(ascii: ":") where keepingSlashes:
                result.append(byte)
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The request's head as it goes over the wire.
    func head(version: String?) -> [UInt8] {
        var target = (version.map { "/v" + $0 } ?? "") + path
        for (index, (name, value)) in query.enumerated() {
            target += (index == 0 ? "?" : "&") + name + "=" + EngineRequest.escape(value)
        }
        var lines = ["\(method) \(target) HTTP/1.1", "Host: api.moby.localhost", "User-Agent: causeway"]
        lines += headers.map { "\($0): \($1)" }
        switch body {
        case .none:
            if method == "POST" || method == "PUT" { lines.append("Content-Length: 0") }
        case .json(let bytes):
            lines += ["Content-Type: application/json", "Content-Length: \(bytes.count)"]
        case .stream(_, let contentType):
            lines += ["Content-Type: \(contentType)", "Transfer-Encoding: chunked"]
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: String {
        var part = self[...]
        while let first = part.first, first.isWhitespace { part = part.dropFirst() }
        while let last = part.last, last.isWhitespace { part = part.dropLast() }
        return String(part)
    }
}
