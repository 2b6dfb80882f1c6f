/// `POST /containers/create`.
public struct ContainerCreateResponse: Codable, Hashable, Sendable {
    /// The new container's id.
    @Lenient public var id: String
    /// What was accepted but will not do what the client may expect.
    @Lenient public var warnings: [String]

    /// Every field has the value that Docker takes where it is left out.
    public init(id: String = "", warnings: [String] = []) {
        self.id = id
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case warnings = "Warnings"
    }
}

/// `POST /containers/{id}/wait`.
public struct WaitResponse: Codable, Hashable, Sendable {
    /// The exit code.
    @Lenient public var statusCode: Int
    /// Why the wait itself failed.
    public var error: WaitError?

    /// Every field has the value that Docker takes where it is left out.
    public init(statusCode: Int = 0, error: WaitError? = nil) {
        self.statusCode = statusCode
        self.error = error
    }

    private enum CodingKeys: String, CodingKey {
        case statusCode = "StatusCode"
        case error = "Error"
    }
}

/// Why a wait failed.
public struct WaitError: Codable, Hashable, Sendable {
    /// In words.
    @Lenient public var message: String

    /// Every field has the value that Docker takes where it is left out.
    public init(message: String = "") {
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case message = "Message"
    }
}

/// `GET /containers/{id}/top`.
public struct TopResponse: Codable, Hashable, Sendable {
    /// A line a process, a word a column.
    @Lenient public var processes: [[String]]
    /// The columns' names.
    @Lenient public var titles: [String]

    /// Every field has the value that Docker takes where it is left out.
    public init(processes: [[String]] = [], titles: [String] = []) {
        self.processes = processes
        self.titles = titles
    }

    private enum CodingKeys: String, CodingKey {
        case processes = "Processes"
        case titles = "Titles"
    }
}

/// An element of `GET /containers/{id}/changes`.
public struct FilesystemChange: Codable, Hashable, Sendable {
    /// The file, from the container's root.
    @Lenient public var path: String
    /// 0 changed, 1 added, 2 deleted.
    @Lenient public var kind: Int

    /// Every field has the value that Docker takes where it is left out.
    public init(path: String = "", kind: Int = 0) {
        self.path = path
        self.kind = kind
    }

    private enum CodingKeys: String, CodingKey {
        case path = "Path"
        case kind = "Kind"
    }
}

/// `POST /containers/prune`.
public struct ContainerPruneResponse: Codable, Hashable, Sendable {
    /// Ids of what was removed; null for none.
    @Nullable public var containersDeleted: [String]?
    /// Bytes that are free again.
    @Lenient public var spaceReclaimed: Int64

    /// Every field has the value that Docker takes where it is left out.
    public init(containersDeleted: [String]? = nil, spaceReclaimed: Int64 = 0) {
        self.containersDeleted = containersDeleted
        self.spaceReclaimed = spaceReclaimed
    }

    private enum CodingKeys: String, CodingKey {
        case containersDeleted = "ContainersDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }
}

/// `POST /containers/{id}/update`.
public struct ContainerUpdateResponse: Codable, Hashable, Sendable {
    /// What may surprise.
    @Nullable public var warnings: [String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(warnings: [String]? = nil) {
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case warnings = "Warnings"
    }
}
