import SystemCalls

/// Containers of engines whose socket was not asked, or did not answer.
enum OtherEngine {
    /// What a process' container is called: its name where conmon, its parent, was told one with `-n` (Podman), else
    /// `container` and the beginning of the identifier that its control group is named by; nil where it is in none.
    static func containerName(of pid: Int32) -> String? {
        let stat = (try? FileSystem.readText("/proc/\(pid)/stat")) ?? ""
        if let end = stat.lastIndex(of: ")"),
            let parent = stat[stat.index(after: end)...].split(separator: " ").dropFirst().first.flatMap({ Int32($0) })
        {
            let line = (try? FileSystem.readText("/proc/\(parent)/cmdline")) ?? ""
            if let name = containerName(conmon: line.split(separator: "\0").map(String.init)) { return name }
        }
        guard let id = identifier(group: (try? FileSystem.readText("/proc/\(pid)/cgroup")) ?? ""),
            id != identifier(group: (try? FileSystem.readText("/proc/self/cgroup")) ?? "")
        else { return nil }
        return "container \(id.prefix(12))"
    }

    /// What conmon's command line calls its container; nil where it is none of conmon's.
    static func containerName(conmon words: [String]) -> String? {
        guard words.first?.hasSuffix("conmon") == true, let place = words.firstIndex(of: "-n"),
            place + 1 < words.count
        else { return nil }
        return words[place + 1]
    }

    /// The identifier at the end of a control group's path: `/docker/ID`, `docker-ID.scope`, `libpod-ID.scope/container`.
    static func identifier(group: String) -> String? {
        for line in group.split(separator: "\n") {
            for part in line.split(separator: "/").suffix(2).reversed() {
                let bare = part.split(separator: "-").last?.prefix { $0 != "." } ?? ""
                if bare.count == 64, bare.allSatisfy(\.isHexDigit) { return String(bare) }
            }
        }
        return nil
    }
}
