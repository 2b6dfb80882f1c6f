/// The name of an image: `[registry/]path[:tag][@digest]`, after Docker's reference grammar
/// (github.com/distribution/reference, `ParseNormalizedNamed`).
///
/// Names are kept in full: `busybox` is `docker.io/library/busybox`. `familiar` is what people type and read.
public struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    /// The registry, with its port where it has one: `docker.io`.
    public let domain: String
    /// The repository in the registry: `library/busybox`.
    public let path: String
    /// The tag, or nil where none was given.
    public let tag: String?
    /// `sha256:` and 64 hex digits, or nil.
    public let digest: String?

    init(domain: String, path: String, tag: String?, digest: String?) {
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// The repository's full name: `docker.io/library/busybox`.
    public var repository: String { domain + "/" + path }

    /// The repository's name as people write it: `busybox`. In full where its first part would be read as a registry.
    public var familiarRepository: String {
        guard domain == "docker.io" else { return repository }
        let parts = path.split(separator: "/")
        if parts.count == 2, parts[0] == "library" { return String(parts[1]) }
        return parts.count > 1 && Self.isDomain(parts[0]) ? repository : path
    }

    /// The name as people write it, as much of it as was given: `busybox`, `busybox:1.36`.
    public var familiar: String { familiarRepository + suffix }

    /// The name as people read it, with the tag `latest` where neither tag nor digest was given: `busybox:latest`.
    public var familiarName: String { withDefaultTag.familiar }

    /// What Docker calls an image in its messages: the familiar name of what was asked for, with its tag, and ids as
    /// they are.
    public static func displayName(_ text: String) -> String {
        guard !ContentDigest.isHex(text), !ContentDigest.isValid(text) else { return text }
        return (try? ImageReference(parsing: text))?.familiarName ?? text
    }

    /// The full name: `docker.io/library/busybox:latest`.
    public var full: String { repository + suffix }

    /// The familiar form.
    public var description: String { familiar }

    /// The same with the tag `latest` where neither tag nor digest was given.
    public var withDefaultTag: ImageReference {
        tag == nil && digest == nil
            ? ImageReference(domain: domain, path: path, tag: "latest", digest: nil) : self
    }

    /// The same repository under a digest.
    public func with(digest: String) -> ImageReference {
        ImageReference(domain: domain, path: path, tag: nil, digest: digest)
    }

    /// The same repository under a tag.
    public func with(tag: String) -> ImageReference {
        ImageReference(domain: domain, path: path, tag: tag, digest: nil)
    }

    /// What the store files it under: a digest wins over a tag.
    var key: String {
        if let digest { return repository + "@" + digest }
        return withDefaultTag.full
    }

    private var suffix: String { (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0 } ?? "") }
}
