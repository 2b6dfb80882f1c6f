/// The body of every reply with an error's status.
public struct ErrorBody: Codable, Hashable, Sendable {
    /// What went wrong, in words.
    @Lenient public var message: String

    /// Every field has the value that Docker takes where it is left out.
    public init(message: String = "") {
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case message
    }
}
