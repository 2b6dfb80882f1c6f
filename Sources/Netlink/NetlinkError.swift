public import SystemCalls

/// A request that the kernel refused, in its own words.
public struct NetlinkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried.
    public let purpose: String
    /// Why the kernel refused.
    public let errno: Errno
    /// The kernel's extended acknowledgement, `Nexthop has invalid gateway`; empty where it gives none.
    public let detail: String

    /// Describes a refusal.
    public init(_ purpose: String, _ errno: Errno, detail: String = "") {
        self.purpose = purpose
        self.errno = errno
        self.detail = detail
    }

    /// `add the default route: Network is unreachable (Nexthop has invalid gateway)`.
    public var description: String {
        detail.isEmpty ? "\(purpose): \(errno)" : "\(purpose): \(errno) (\(detail))"
    }
}
