/// A line of `POST /images/create`, `/images/load` and their like: Docker's JSON message.
public struct ProgressMessage: Codable, Hashable, Sendable {
    /// Text to print as it is.
    public var stream: String?
    /// What is being done.
    public var status: String?
    /// How far it is.
    public var progressDetail: ProgressDetail?
    /// The bar as text; clients of today draw their own.
    public var progress: String?
    /// The layer that it is about, or the tag.
    public var id: String?
    /// What went wrong.
    public var errorDetail: ProgressErrorDetail?
    /// What went wrong, in words.
    public var error: String?
    /// For programs.
    public var aux: JSONValue?

    /// Every field has the value that Docker takes where it is left out.
    public init(
        stream: String? = nil, status: String? = nil, progressDetail: ProgressDetail? = nil, progress: String? = nil,
        id: String? = nil, errorDetail: ProgressErrorDetail? = nil, error: String? = nil, aux: JSONValue? = nil
    ) {
        self.stream = stream
        self.status = status
        self.progressDetail = progressDetail
        self.progress = progress
        self.id = id
        self.errorDetail = errorDetail
        self.error = error
        self.aux = aux
    }

    private enum CodingKeys: String, CodingKey {
        case stream
        case status
        case progressDetail
        case progress
        case id
        case errorDetail
        case error
        case aux
    }
}

/// How far a step is.
public struct ProgressDetail: Codable, Hashable, Sendable {
    /// Bytes done.
    public var current: Int64?
    /// Bytes in all; nil where nobody knows.
    public var total: Int64?

    /// Every field has the value that Docker takes where it is left out.
    public init(current: Int64? = nil, total: Int64? = nil) {
        self.current = current
        self.total = total
    }

    private enum CodingKeys: String, CodingKey {
        case current
        case total
    }
}

/// What went wrong with a step.
public struct ProgressErrorDetail: Codable, Hashable, Sendable {
    /// A number, where there is one.
    public var code: Int?
    /// In words.
    @Lenient public var message: String

    /// Every field has the value that Docker takes where it is left out.
    public init(code: Int? = nil, message: String = "") {
        self.code = code
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case code
        case message
    }
}
