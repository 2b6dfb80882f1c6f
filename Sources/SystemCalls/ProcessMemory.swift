import CLinux
import Glibc

/// What the process itself holds and uses.
public enum ProcessMemory {
    /// Lets go of pages of the program and its libraries, whose content is in files, and of free heap. No page that was
    /// ever written to is touched. Takes a millisecond; pages come back as they are used.
    public static func giveBack() { cw_give_back_memory() }

    /// The processor time of all threads.
    public static var processorTime: Duration {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
