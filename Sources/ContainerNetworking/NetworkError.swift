import Firewall
import Netlink
import SystemCalls

/// Why a network operation failed: what was tried, why, and what to do.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for the API's status code.
    public enum Kind: Hashable, Sendable {
        /// There is no such network.
        case notFound
        /// The request cannot be.
        case invalid
        /// Something else is in the way.
        case conflict
        /// It is there, and may not be done: a network in use, a predefined network (403).
        case forbidden
        /// No address is left.
        case exhausted
        /// The kernel or a program refused.
        case system
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// The whole of it, for people.
    public let message: String

    /// Describes a failure.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// Any error of the rooms below, in this one's form.
    static func wrap(_ what: String, _ error: any Error) -> NetworkError {
        if let error = error as? NetworkError { return error }
        return NetworkError(.system, "\(what): \(error)")
    }
}
