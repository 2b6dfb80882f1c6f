/// What is to be looked at again after a time that is the same for all: a line, the earliest at its head.
struct Expiries {
    private var line: [(moment: ContinuousClock.Instant, token: UInt64)] = []
    private var head = 0
    private let delay: Duration

    init(after delay: Duration) { self.delay = delay }

    /// Puts a token at the end of the line.
    mutating func add(_ token: UInt64, now: ContinuousClock.Instant) { line.append((now + delay, token)) }

    /// When the first is due.
    var next: ContinuousClock.Instant? { head < line.count ? line[head].moment : nil }

    /// Takes the first one that is due.
    mutating func takeDue(_ now: ContinuousClock.Instant) -> UInt64? {
        guard let next, next <= now else { return nil }
        defer {
            head += 1
            if head == line.count {
                line.removeAll(keepingCapacity: true)
                head = 0
            } else if head >= 1024, head * 2 > line.count {
                line.removeFirst(head)
                head = 0
            }
        }
        return line[head].token
    }
}
