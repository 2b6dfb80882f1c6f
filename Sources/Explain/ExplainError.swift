/// Why a question about the network was not answered: what was tried, why it failed, what to do.
public struct ExplainError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is at fault; the API's status follows from it.
    public enum Kind: Hashable, Sendable {
        /// The question makes no sense.
        case invalid
        /// There is no such container, namespace, device or network.
        case notFound
        /// The container does not run.
        case conflict
        /// The kernel does not let one look.
        case failed
    }

    /// The whole of it, for people.
    public let description: String
    /// What is at fault.
    public let kind: Kind

    /// Describes a failure.
    public init(_ description: String, _ kind: Kind = .invalid) {
        self.description = description
        self.kind = kind
    }
}
