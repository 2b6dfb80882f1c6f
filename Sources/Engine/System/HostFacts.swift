import Glibc
import SystemCalls

/// What the machine is, read from the kernel and `/etc/os-release`.
enum HostFacts {
    /// Processors that are online.
    static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Which processors are online, `0-3`.
    static var processorsOnline: String { online("cpu") }
    /// Which memory nodes are online, `0`.
    static var memoryNodesOnline: String { online("node") }

    /// The machine's name, uname(2).
    static var hostname: String { kernelValue("kernel/hostname") }

    /// The kernel's release, uname(2).
    static var kernelRelease: String { kernelValue("kernel/osrelease") }

    /// Bytes of memory, from `/proc/meminfo`.
    static var memoryTotal: Int64 {
        let text = (try? FileSystem.readText("/proc/meminfo")) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        let words = line?.split(separator: " ") ?? []
        return words.count > 1 ? (Int64(words[1]) ?? 0) * 1024 : 0
    }

    /// `Debian GNU/Linux 12 (bookworm)`.
    static var operatingSystem: String { osRelease("PRETTY_NAME") ?? "Linux" }
    /// `12`.
    static var operatingSystemVersion: String { osRelease("VERSION_ID") ?? "" }

    /// How `uname -m` calls the processor.
    static var machine: String {
        #if arch(arm64)
            "aarch64"
        #else
            "x86_64"
        #endif
    }

    /// How container images call it.
    static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }

    /// Descriptors that this process has open.
    static var openDescriptors: Int { (try? FileSystem.list("/proc/self/fd").count) ?? 0 }
    /// Threads of this process.
    static var threads: Int { (try? FileSystem.list("/proc/self/task").count) ?? 0 }
    /// Whether the daemon's network namespace forwards IPv4.
    static var forwardsIPv4: Bool { (try? Sysctl.read("net.ipv4.ip_forward")) == "1" }

    private static func kernelValue(_ name: String) -> String { (try? Sysctl.read(name)) ?? "" }

    private static func online(_ kind: String) -> String {
        let text = (try? FileSystem.readText("/sys/devices/system/\(kind)/online")) ?? ""
        return String(text.prefix { !$0.isWhitespace })
    }

    private static func osRelease(_ key: String) -> String? {
        let text = (try? FileSystem.readText("/etc/os-release")) ?? ""
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key + "=") }) else { return nil }
        return String(line.dropFirst(key.count + 1).filter { $0 != "\"" })
    }
}
