import Synchronization

/// Times of many alike requests, in the order of their beginnings.
public final class LoadTimes: Sendable {
    private let times = Mutex<[(begin: ContinuousClock.Instant, taken: Duration)]>([])
    private let clock = ContinuousClock()

    /// With no times yet.
    public init() {}

    /// Times what `body` does, where it succeeds.
    public func measure<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        let begin = clock.now
        let value = try body()
        times.withLock { $0.append((begin, clock.now - begin)) }
        return value
    }

    /// How many.
    public var count: Int { times.withLock { $0.count } }

    /// One line: `N times; median A ms, of the first 50 B ms, of the last 50 C ms, ratio R`.
    public func summary(window: Int = 50) -> String {
        let all = times.withLock { $0.sorted { $0.begin < $1.begin }.map { $0.taken / .milliseconds(1) } }
        let first = Self.median(Array(all.prefix(window)))
        let last = Self.median(Array(all.suffix(window)))
        let ratio = first > 0 ? last / first : 0
        return "\(all.count) times; median \(Self.round(Self.median(all))) ms, of the first \(window) "
            + "\(Self.round(first)) ms, of the last \(window) \(Self.round(last)) ms, ratio \(Self.round(ratio))"
    }

    /// The middle one, or the mean of the two in the middle; 0 of none.
    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        if sorted.isEmpty { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func round(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
