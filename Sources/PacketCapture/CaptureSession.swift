import Glibc
import Synchronization
public import SystemCalls

/// Listens at several devices, in several namespaces, until it has seen enough or is told to stop (SIGINT, SIGTERM).
/// The sockets are all that it makes; they end with it, however the process ends.
public final class CaptureSession {
    private let taps: [PacketTap]
    private let snapLength: Int
    private let stopping: Pipe

    /// Where the signal's handler writes; -1 where no capture runs.
    private static let stopPipe = Atomic<CInt>(-1)

    /// Listens from now on.
    ///
    /// - Parameters:
    ///   - taps: one a device; a packet's device is its place here.
    ///   - snapLength: how many bytes of a frame are kept.
    public init(_ taps: [PacketTap], snapLength: Int) throws(SystemCallError) {
        self.taps = taps
        self.snapLength = snapLength
        stopping = try FileDescriptor.pipe()
        Self.stopPipe.store(stopping.writing.rawValue, ordering: .releasing)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                var byte: UInt8 = 1
                _ = unsafe write(CaptureSession.stopPipe.load(ordering: .acquiring), &byte, 1)
            }
        }
    }

    deinit {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        Self.stopPipe.store(-1, ordering: .releasing)
    }

    /// Waits for packets and hands them over by time. Blocks the thread.
    ///
    /// - Parameters:
    ///   - tick: whether `body` is to be called every 100 ms although nothing came.
    ///   - body: gets what came; says whether to go on.
    public func run(tick: () -> Bool, _ body: ([CapturedPacket]) throws -> Bool) throws {
        while true {
            var wanted = taps.map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
            wanted.append(pollfd(fd: stopping.reading.rawValue, events: Int16(POLLIN), revents: 0))
            _ = unsafe poll(&wanted, nfds_t(wanted.count), tick() ? 100 : -1)
            var packets: [CapturedPacket] = []
            for (index, tap) in taps.enumerated() {
                // Bounded: under a flood the signal is looked at, too.
                var count = 0
                while count < 512, let frame = try tap.next(upTo: snapLength) {
                    packets.append(CapturedPacket(device: index, frame))
                    count += 1
                }
            }
            packets.sort { $0.time < $1.time }
            guard try body(packets), wanted[taps.count].revents == 0 else { return }
        }
    }

    /// Frames that the kernel had no room for since the last call.
    public func lost() -> Int { taps.reduce(0) { $0 + $1.lost() } }

    /// The time, in nanoseconds since 1970.
    public static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// A packet's time of day as tcpdump writes it, `13:05:09.123456`, in the machine's time zone.
    public static func clock(_ time: Int64) -> String {
        var seconds = time_t(time / 1_000_000_000)
        var parts = unsafe tm()
        unsafe localtime_r(&seconds, &parts)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let micro = String(time % 1_000_000_000 / 1000)
        return "\(two(hour)):\(two(minute)):\(two(second))."
            + String(repeating: "0", count: 6 - micro.count) + micro
    }
}
