import EngineAPI

/// All routes of the API, found by method and path.
struct RouteTable: Sendable {
    /// In the order of the documentation; the first that fits counts.
    let routes: [Route]
    /// The oldest version of the API that is taken.
    var minimum = APIVersion.minimum
    private let byFirstWord: [String: [Route]]

    init(_ routes: [Route]) {
        self.routes = routes
        byFirstWord = Dictionary(grouping: routes) { $0.pattern.firstWord ?? "" }
    }

    /// A request's route, and the request without its version.
    struct Match {
        var route: Route
        var request: Request
    }

    /// Finds the route of a request's target.
    ///
    /// - Throws: 404 `page not found`, or 400 where the version is out of range or the target holds a NUL character,
    ///   at which a name or path would end for the kernel and not for us.
    func match(method: String, target: String) throws(APIError) -> Match {
        // Byte by byte: characters of more than one code point have no meaning here, and are slow to find.
        let bytes = target.utf8
        if bytes.contains(UInt8(ascii: "%")), target.contains("%00") {
            throw .badRequest("invalid URL escape \"%00\"")
        }
        let end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.endIndex
        let hasQuery = end < bytes.endIndex && bytes[end] == UInt8(ascii: "?")
        let queryText = hasQuery ? target[bytes.index(after: end)...] : ""
        var path = bytes[..<end].split(separator: UInt8(ascii: "/")).map { Percent.decode(Substring($0)) }
        var version = APIVersion.current
        if let first = path.first, let asked = Self.version(first) {
            guard asked >= minimum else {
                throw .badRequest(
                    "client version \(asked) is too old. Minimum supported API version is \(minimum), "
                        + "please upgrade your client to a newer version")
            }
            guard asked <= .current else {
                throw .badRequest(
                    "client version \(asked) is too new. Maximum supported API version is \(APIVersion.current)")
            }
            version = asked
            path.removeFirst()
        }
        for route in byFirstWord[path.first ?? ""] ?? [] where route.method == method {
            guard let parameters = route.pattern.match(path) else { continue }
            guard version >= route.since else { break }
            return Match(
                route: route,
                request: Request(
                    method: method, path: "/" + path.joined(separator: "/"), query: Query(queryText), version: version,
                    parameters: parameters))
        }
        throw .notFound("page not found")
    }

    /// `v1.41` as a version; nil for any other word.
    private static func version(_ segment: String) -> APIVersion? {
        guard segment.utf8.first == UInt8(ascii: "v"), segment.utf8.count > 1 else { return nil }
        return APIVersion(segment.dropFirst())
    }
}
