/// A line of `GET /events`. The first three fields are there for container and image events only.
public struct EventMessage: Codable, Hashable, Sendable {
    /// The action again, for clients of old.
    public var status: String?
    /// The actor's id again, for clients of old.
    public var id: String?
    /// The container's image, for clients of old.
    public var from: String?
    /// `container`, `image`, `network`, `volume` or `daemon`.
    @Lenient public var type: String
    /// What happened: `start`, `die` and the like.
    @Lenient public var action: String
    /// What it happened to.
    @Lenient public var actor: EventActor
    /// `local`.
    public var scope: String?
    /// Unix seconds.
    @Lenient public var time: Int64
    /// Unix nanoseconds.
    @Lenient public var timeNano: Int64

    /// Every field has the value that Docker takes where it is left out.
    public init(
        status: String? = nil, id: String? = nil, from: String? = nil, type: String = "", action: String = "",
        actor: EventActor = EventActor(), scope: String? = nil, time: Int64 = 0, timeNano: Int64 = 0
    ) {
        self.status = status
        self.id = id
        self.from = from
        self.type = type
        self.action = action
        self.actor = actor
        self.scope = scope
        self.time = time
        self.timeNano = timeNano
    }

    private enum CodingKeys: String, CodingKey {
        case status
        case id
        case from
        case type = "Type"
        case action = "Action"
        case actor = "Actor"
        case scope
        case time
        case timeNano
    }
}

/// What an event is about.
public struct EventActor: Codable, Hashable, Sendable {
    /// Its id, or a volume's name.
    @Lenient public var id: String
    /// Its labels, name and the action's own values.
    @Lenient public var attributes: [String: String]

    /// Every field has the value that Docker takes where it is left out.
    public init(id: String = "", attributes: [String: String] = [:]) {
        self.id = id
        self.attributes = attributes
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case attributes = "Attributes"
    }
}
