/// The name of an image, taken apart by Docker's rules for the eye: `busybox` is `docker.io/library/busybox:latest`.
public struct ImageName: Equatable, Sendable {
    /// The registry: `docker.io` where none is named.
    public var domain: String
    /// The repository, `library/` included.
    public var path: String
    /// The tag, nil where none is named.
    public var tag: String?
    /// The digest, `sha256:…`.
    public var digest: String?

    /// Takes a name apart. What is allowed in a name is for the daemon to say.
    public init(_ name: String) {
        var rest = name[...]
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
        }
        let lastPart = rest.lastIndex(of: "/") ?? rest.startIndex
        if let colon = rest[lastPart...].lastIndex(of: ":") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        domain = "docker.io"
        if let slash = rest.firstIndex(of: "/") {
            let first = rest[..<slash]
            if first == "localhost" || first.contains(where: { $0 == "." || $0 == ":" }) || first.lowercased() != first
            {
                domain = first == "index.docker.io" ? "docker.io" : String(first)
                rest = rest[rest.index(after: slash)...]
            }
        }
        path = domain == "docker.io" && !rest.contains("/") ? "library/" + rest : String(rest)
    }

    /// The repository as people write it: `busybox`.
    public var familiarRepository: String {
        guard domain == "docker.io" else { return domain + "/" + path }
        let prefix = "library/"
        return path.hasPrefix(prefix) && !path.dropFirst(prefix.count).contains("/")
            ? String(path.dropFirst(prefix.count)) : path
    }

    /// The whole name as people write it.
    public var familiar: String {
        familiarRepository + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0 } ?? "")
    }

    /// With the tag `latest` where neither tag nor digest is named.
    public var withDefaultTag: ImageName {
        var name = self
        if tag == nil, digest == nil { name.tag = "latest" }
        return name
    }

    /// What `POST /images/create` calls the image: repository, and tag or digest.
    public var pullQuery: [(String, String)] {
        [("fromImage", domain + "/" + path), ("tag", digest ?? tag ?? "")]
    }
}
