/// Why a registry could not be used, in Docker's words where Docker has some.
public struct RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What sort of failure.
    public enum Kind: Hashable, Sendable {
        /// The registry has no such repository, tag or blob.
        case notFound
        /// The registry wants other credentials, or any.
        case unauthorized
        /// The credentials are good, but not for this.
        case denied
        /// The registry cannot be reached, or the connection broke or stalled.
        case unreachable
        /// The registry itself has a fault or is busy (5xx, 429).
        case failing
        /// What it sent is not what it was said to be.
        case damaged
        /// It speaks or holds something that is not built.
        case unsupported
        /// What was asked is wrong.
        case invalid
        /// This machine failed (disk full).
        case local
    }

    /// What sort of failure.
    public let kind: Kind
    /// What was tried and why it failed.
    public let message: String
    /// The registry's own error code, such as `MANIFEST_UNKNOWN`; nil where it gave none.
    public let code: String?

    /// Describes a failure.
    public init(_ kind: Kind, _ message: String, code: String? = nil) {
        self.kind = kind
        self.message = message
        self.code = code
    }

    /// The message.
    public var description: String { message }

    /// Whether trying again may help.
    public var isPassing: Bool { kind == .unreachable || kind == .failing }
}
