import SystemCalls

/// Finds out whether another engine runs in this network namespace and owns the bridge.
enum BridgeOwner {
    /// A process that owns bridges named as ours.
    struct Owner: Hashable {
        let pid: Int32
        let name: String
    }

    /// dockerd, or another causewayd, in a network namespace; nil where there is none. Reads `/proc`.
    static func find(bridge: String, in network: HostNetwork) -> Owner? {
        guard let own = network.identity else { return nil }
        let me = FileSystem.linkTarget("/proc/self").flatMap { Int32($0) }
        for entry in (try? FileSystem.list("/proc")) ?? [] {
            guard let pid = Int32(entry), pid != me, let name = try? FileSystem.readText("/proc/\(pid)/comm") else {
                continue
            }
            let program = String(name.prefix { !$0.isNewline })
            guard program == "dockerd" || program == "causewayd",
                FileSystem.linkTarget("/proc/\(pid)/ns/net") == own, uses(pid, bridge)
            else { continue }
            return Owner(pid: pid, name: program)
        }
        return nil
    }

    /// Whether the process' command line leaves it the bridge: `--bridge OTHER` takes another.
    private static func uses(_ pid: Int32, _ bridge: String) -> Bool {
        guard let line = try? FileSystem.readBytes("/proc/\(pid)/cmdline") else { return false }
        let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        for (index, word) in words.enumerated() {
            if word == "--bridge" || word == "-b", index + 1 < words.count { return words[index + 1] == bridge }
            for prefix in ["--bridge=", "-b="] where word.hasPrefix(prefix) {
                return word.dropFirst(prefix.count) == bridge
            }
        }
        return bridge == "docker0"
    }
}
