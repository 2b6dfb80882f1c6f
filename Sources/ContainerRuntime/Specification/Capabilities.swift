import SystemCalls

/// Capabilities by name, capabilities(7).
public enum Capabilities {
    /// All names in the kernel's order: bit 0 is `CAP_CHOWN` (`<linux/capability.h>`).
    public static let all = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]

    /// What Docker gives to a container, in its order.
    public static let standard = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
        "CAP_AUDIT_WRITE",
    ]

    /// What this process could hand on: its bounding set, capabilities(7), read once.
    public static let available: [String] = {
        let status = (try? FileSystem.readText("/proc/self/status")) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") }
        guard let digits = line?.split(whereSeparator: \.isWhitespace).last, let bits = UInt64(digits, radix: 16) else {
            return all
        }
        return all.enumerated().filter { bits & (1 << UInt64($0.offset)) != 0 }.map(\.element)
    }()

    /// The capabilities of a container.
    ///
    /// - Parameters:
    ///   - add: names with or without `CAP_`, in any case, or `ALL`.
    ///   - drop: the same.
    ///   - privileged: all of them, whatever the two lists say.
    ///   - available: what `ALL` means.
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words, for a name that there is not.
    public static func resolve(
        add: [String], drop: [String], privileged: Bool, available: [String] = available
    ) throws(RuntimeError) -> [String] {
        let adds = try normalized(add, in: "CapAdd")
        let drops = try normalized(drop, in: "CapDrop")
        if privileged { return available }
        if adds.contains("ALL") { return available.filter { !drops.contains($0) } }
        var result = drops.contains("ALL") ? [] : standard.filter { !drops.contains($0) }
        for name in adds where !result.contains(name) { result.append(name) }
        return result
    }

    private static func normalized(_ names: [String], in list: String) throws(RuntimeError) -> [String] {
        var result: [String] = []
        for name in names {
            var full = name.uppercased()
            if full != "ALL", !full.hasPrefix("CAP_") { full = "CAP_" + full }
            guard full == "ALL" || all.contains(full) else {
                throw RuntimeError("invalid \(list): unknown capability: \"\(full)\"", kind: .invalid)
            }
            result.append(full)
        }
        return result
    }
}
