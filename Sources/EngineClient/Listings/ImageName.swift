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

    /// Takes a name apart and refuses what no engine knows, in Docker's words.
    public init(checking name: String) throws(ValueError) {
        self.init(name)
        if path.lowercased() != path {
            throw ValueError("invalid reference format: repository name (\(path)) must be lowercase")
        }
        let hasParts = path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(ImageName.isComponent)
        let tagIsRight = tag.map { tag in
            tag.utf8.count <= 128 && tag.first.map { $0.isASCIIWord } == true
                && tag.allSatisfy { $0.isASCIIWord || $0 == "." || $0 == "-" }
        }
        let digestIsRight = digest.map { digest in
            let parts = digest.split(separator: ":", omittingEmptySubsequences: false)
            return parts.count == 2 && !parts[0].isEmpty && parts[1].count >= 32 && parts[1].allSatisfy(\.isHexDigit)
        }
        guard hasParts, tagIsRight != false, digestIsRight != false else {
            throw ValueError("invalid reference format")
        }
    }

    /// Letters and digits, joined by one dot, one or two underscores, or dashes.
    private static func isComponent(_ part: Substring) -> Bool {
        let isLetter = { (character: Character) in
            ("a"..."z").contains(character) || ("0"..."9").contains(character)
        }
        guard let first = part.first, let last = part.last, isLetter(first), isLetter(last) else { return false }
        return part.split(whereSeparator: isLetter).allSatisfy { joint in
            joint == "." || joint == "_" || joint == "__" || joint.allSatisfy { $0 == "-" }
        }
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

extension Character {
    /// A letter, a digit or an underscore of ASCII.
    fileprivate var isASCIIWord: Bool { isASCII && (isLetter || isNumber || self == "_") }
}
