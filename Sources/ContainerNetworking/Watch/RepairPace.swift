/// How soon a repair follows on a change of others'. A few in a row are mended at once; where somebody changes things
/// over and over, as another program does that wants them otherwise, the engine waits longer and longer in between
/// rather than fight. Pure.
struct RepairPace: Sendable {
    /// Repairs in a row without a pause.
    static let burst = 30.0
    /// How many more there may be, a second.
    static let perSecond = 4.0
    /// What a look costs that finds nothing amiss, in repairs.
    static let costOfLook = 0.1
    /// After so much quiet all is forgotten.
    static let quiet = Duration.seconds(10)
    /// The longest pause.
    static let longest = Duration.seconds(30)

    private var left = Self.burst
    private var lastTime: ContinuousClock.Instant?
    private var lastNews: ContinuousClock.Instant?
    private var pause = Duration.zero

    /// Somebody changed something.
    mutating func hear(_ now: ContinuousClock.Instant) {
        if let lastNews, now - lastNews > Self.quiet {
            left = Self.burst
            pause = .zero
        }
        lastNews = now
    }

    /// How long to wait before the next look.
    mutating func pauseBeforeLook(_ now: ContinuousClock.Instant) -> Duration {
        if let lastTime {
            left = min(Self.burst, left + Self.perSecond * ((now - lastTime) / .seconds(1)))
        }
        lastTime = now
        if pause == .zero, left >= 1 { return .zero }
        pause = pause == .zero ? .seconds(1) : min(pause * 2, Self.longest)
        return pause
    }

    /// A look is over.
    mutating func looked(repaired: Bool) { left -= repaired ? 1 : Self.costOfLook }
}
