import Glibc

/// The time for loads that take it hundreds of thousands of times a second, CLOCK_MONOTONIC.
enum LoadClock {
    /// Nanoseconds since some moment.
    static var now: UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
