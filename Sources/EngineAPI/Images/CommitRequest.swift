/// What `POST /commit` makes an image of.
public struct CommitRequest: Sendable, Hashable {
    /// The container.
    public var container: String
    /// The image's name; empty for none.
    public var repository: String
    /// The image's tag; empty for `latest`.
    public var tag: String
    /// A note.
    public var comment: String
    /// Who made it.
    public var author: String
    /// Instructions of a Dockerfile that change the configuration.
    public var changes: [String]
    /// Whether the container is paused meanwhile.
    public var pauses: Bool
    /// A configuration in place of the container's; nil takes that.
    public var config: ContainerConfig?

    /// Describes a commit.
    public init(
        container: String, repository: String = "", tag: String = "", comment: String = "", author: String = "",
        changes: [String] = [], pauses: Bool = true, config: ContainerConfig? = nil
    ) {
        self.container = container
        self.repository = repository
        self.tag = tag
        self.comment = comment
        self.author = author
        self.changes = changes
        self.pauses = pauses
        self.config = config
    }
}

/// `POST /commit`.
public struct CommitResponse: Codable, Hashable, Sendable {
    /// The new image's id.
    @Lenient public var id: String

    /// Names an image.
    public init(id: String = "") {
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
    }
}
