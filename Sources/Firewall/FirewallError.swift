/// A firewall change that failed: what was tried, why it failed, what helps.
public struct FirewallError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, as in "apply the firewall's rules".
    public let attempt: String
    /// Why it failed, in the words of the program or of the kernel.
    public let reason: String
    /// What to do about it; empty where nothing is known.
    public let remedy: String

    /// Describes a failure.
    public init(_ attempt: String, _ reason: String, remedy: String = "") {
        self.attempt = attempt
        self.reason = reason
        self.remedy = remedy
    }

    /// `cannot apply …: …; …`.
    public var description: String {
        "cannot \(attempt): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
