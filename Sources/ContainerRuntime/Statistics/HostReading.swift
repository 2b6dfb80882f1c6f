public import EngineAPI
import SystemCalls

/// What `/proc` says beside the control groups. The texts are parsed apart from their reading.
public enum HostReading {
    /// Processor time of the whole machine in nanoseconds, as Docker counts it (without time stolen by other
    /// machines), and how many processors there are, from `/proc/stat`, proc(5).
    static func processors(_ text: String) -> (time: UInt64, count: Int) {
        var time: UInt64 = 0
        var count = 0
        for line in text.split(separator: "\n") where line.hasPrefix("cpu") {
            let words = line.split(separator: " ")
            if words[0] == "cpu" {
                time = words.dropFirst().prefix(7).compactMap { UInt64($0) }.reduce(0, &+)
            } else {
                count += 1
            }
        }
        return (time * CgroupReading.nanosecondsPerTick, count)
    }

    /// This machine's processors, now. Blocks.
    public static func processors() -> (time: UInt64, count: Int) {
        processors((try? FileSystem.readText("/proc/stat")) ?? "")
    }

    /// Traffic by interface, from the text of `/proc/PID/net/dev`. The loopback is left out, as Docker does.
    static func traffic(_ text: String) -> [String: NetworkStats] {
        var all: [String: NetworkStats] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].trimmingPrefix { $0 == " " }
            let numbers = line[line.index(after: colon)...].split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count >= 12, name != "lo" else { continue }
            all[String(name)] = NetworkStats(
                rxBytes: numbers[0], rxPackets: numbers[1], rxErrors: numbers[2], rxDropped: numbers[3],
                txBytes: numbers[8], txPackets: numbers[9], txErrors: numbers[10], txDropped: numbers[11])
        }
        return all
    }

    /// The traffic of a process' network namespace, read from outside: `/proc/PID/net` is that of the process.
    /// Blocks.
    public static func traffic(pid: Int32) -> [String: NetworkStats] {
        traffic((try? FileSystem.readText("/proc/\(pid)/net/dev")) ?? "")
    }
}
