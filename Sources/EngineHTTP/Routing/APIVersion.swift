/// A version of the Docker Engine API: `1.51`.
public struct APIVersion: Comparable, Hashable, Sendable, CustomStringConvertible {
    /// Before the dot.
    public var major: Int
    /// After it.
    public var minor: Int

    /// Joins the two.
    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `1.51`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0 else {
            return nil
        }
        self.init(major, minor)
    }

    /// The newest that this server speaks.
    public static let current = APIVersion(1, 51)
    /// The oldest that this server speaks where nobody says otherwise: that of clients of 2024.
    public static let minimum = APIVersion(1, 44)
    /// The oldest that it can be told to speak.
    public static let oldest = APIVersion(1, 24)

    /// `1.51`
    public var description: String { "\(major).\(minor)" }

    /// The older is less.
    public static func < (left: APIVersion, right: APIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
