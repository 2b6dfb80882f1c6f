/// Whether and when a container that has ended starts again: Docker's restart policies as a pure rule.
struct RestartDecision: Equatable {
    /// Nanoseconds to wait before the start, or nil where it stays down.
    var delay: Int64?

    /// The wait before the first restart: 100 ms, doubled at each further one.
    static let firstDelay: Int64 = 100_000_000
    /// The longest wait: one minute.
    static let longestDelay: Int64 = 60_000_000_000
    /// A run of this length counts as healthy: the waits begin anew.
    static let healthyRun: Int64 = 10_000_000_000

    /// Decides.
    ///
    /// - Parameters:
    ///   - policy: `no`, `always`, `unless-stopped` or `on-failure`; empty is `no`.
    ///   - maximumRetries: for `on-failure`; 0 means no limit.
    ///   - exitCode: how the container ended.
    ///   - stoppedByUser: whether someone asked for the stop.
    ///   - restarts: how often it was restarted already since it was last started by hand.
    ///   - previousDelay: the wait before the run that has just ended, or nil.
    ///   - ranFor: that run's length in nanoseconds.
    init(
        policy: String, maximumRetries: Int, exitCode: Int, stoppedByUser: Bool, restarts: Int, previousDelay: Int64?,
        ranFor: Int64
    ) {
        let wanted =
            switch policy {
            case "always", "unless-stopped": !stoppedByUser
            case "on-failure":
                !stoppedByUser && exitCode != 0 && (maximumRetries == 0 || restarts < maximumRetries)
            default: false
            }
        guard wanted else { return }
        guard let previousDelay, ranFor < Self.healthyRun else {
            delay = Self.firstDelay
            return
        }
        delay = min(previousDelay * 2, Self.longestDelay)
    }

    /// Whether a container that the daemon finds stopped at its start is to run: not one that a user had stopped, unless
    /// its policy is `always`; under `on-failure` one that has failed, where it has attempts left.
    ///
    /// - Parameters: as for `init`.
    static func startsWithDaemon(
        policy: String, maximumRetries: Int, exitCode: Int, stoppedByUser: Bool, restarts: Int
    ) -> Bool {
        if policy == "always" { return true }
        return RestartDecision(
            policy: policy, maximumRetries: maximumRetries, exitCode: exitCode, stoppedByUser: stoppedByUser,
            restarts: restarts, previousDelay: nil, ranFor: 0
        ).delay != nil
    }
}
