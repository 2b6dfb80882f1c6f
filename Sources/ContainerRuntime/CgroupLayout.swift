import Glibc
import SystemCalls

/// How the machine's control groups are mounted, cgroups(7).
public enum CgroupVersion: String, Hashable, Sendable {
    /// One hierarchy a controller.
    case v1
    /// One hierarchy for all.
    case v2
    /// Version 1, and a version 2 hierarchy at `/sys/fs/cgroup/unified` beside it.
    case hybrid
}

/// What there is of control groups on a machine.
public struct CgroupLayout: Hashable, Sendable {
    /// Where control groups are mounted.
    public static let root = "/sys/fs/cgroup"

    /// Which version.
    public var version: CgroupVersion
    /// Where the hierarchies are mounted: one folder a controller with version 1, the root alone with version 2.
    public var hierarchies: [String]
    /// The controllers that the version 2 hierarchy of a hybrid machine holds.
    public var unifiedControllers: [String]
    /// Whether use of swap can be limited.
    public var limitsSwap: Bool

    /// Describes a layout.
    public init(version: CgroupVersion, hierarchies: [String], unifiedControllers: [String] = [], limitsSwap: Bool) {
        self.version = version
        self.hierarchies = hierarchies
        self.unifiedControllers = unifiedControllers
        self.limitsSwap = limitsSwap
    }

    /// This machine's, read once.
    public static let current = detect(mountInformation: (try? FileSystem.readText("/proc/self/mountinfo")) ?? "")

    /// Reads `/proc/self/mountinfo`, proc(5).
    static func detect(mountInformation: String) -> CgroupLayout {
        var hierarchies: [String] = []
        var kinds: Set<String> = []
        for line in mountInformation.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 1, fields.count > 4 else { continue }
            let path = String(fields[4])
            let kind = String(fields[dash + 1])
            guard kind == "cgroup" || kind == "cgroup2", path.hasPrefix(root) else { continue }
            kinds.insert(path == root ? "root" : kind)
            hierarchies.append(path)
        }
        if kinds == ["root"] {
            return CgroupLayout(version: .v2, hierarchies: [root], limitsSwap: true)
        }
        let swap = FileSystem.exists(root + "/memory/memory.memsw.limit_in_bytes")
        guard kinds.contains("cgroup2") else {
            return CgroupLayout(version: .v1, hierarchies: hierarchies, limitsSwap: swap)
        }
        let controllers = (try? FileSystem.readText(root + "/unified/cgroup.controllers")) ?? ""
        return CgroupLayout(
            version: .hybrid, hierarchies: hierarchies,
            unifiedControllers: controllers.split(whereSeparator: \.isWhitespace).map(String.init), limitsSwap: swap)
    }

    /// The control group that this process is in, in the first hierarchy that has one: a folder, or nil.
    static let ownGroup: String? = {
        // `4:memory:/a` or `9:name=systemd:/a` with version 1, `0::/a` with version 2.
        for line in ((try? FileSystem.readText("/proc/self/cgroup")) ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let name = fields[1].hasPrefix("name=") ? fields[1].dropFirst(5) : fields[1]
            let folder = root + (name.isEmpty ? "" : "/" + name) + fields[2]
            if FileSystem.exists(folder + "/cgroup.procs") { return folder }
        }
        return nil
    }()

    /// Whether this names a group below the hierarchies' roots: never a root, whose processes are the machine's.
    static func isGroup(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return path.hasPrefix("/") && !parts.isEmpty && !parts.contains { $0 == "." || $0 == ".." }
            && !path.utf8.contains(0)
    }

    /// Takes a container's control groups away, with the groups inside them. A group that still holds processes
    /// stays.
    ///
    /// - Returns: whether all are gone.
    func remove(_ path: String) -> Bool {
        guard Self.isGroup(path) else { return true }
        return hierarchies.map { Self.removeGroup($0 + path) }.allSatisfy { $0 }
    }

    /// Kills all processes of a control group. Where the group is frozen, it is thawed first.
    func killAll(_ path: String) {
        guard Self.isGroup(path) else { return }
        for hierarchy in hierarchies {
            let group = hierarchy + path
            try? FileSystem.writeKernelValue(group + "/freezer.state", "THAWED")
            guard let text = try? FileSystem.readText(group + "/cgroup.procs") else { continue }
            for pid in text.split(separator: "\n").compactMap({ Int32($0) }) where pid > 1 { kill(pid, SIGKILL) }
        }
    }

    /// Whether the processes of a control group are frozen, or about to be: `freezer.state` (version 1) or
    /// `cgroup.freeze` (version 2).
    func isFrozen(_ path: String) -> Bool {
        guard Self.isGroup(path) else { return false }
        return hierarchies.contains { hierarchy in
            let state = (try? FileSystem.readText(hierarchy + path + "/freezer.state")) ?? ""
            let freeze = (try? FileSystem.readText(hierarchy + path + "/cgroup.freeze")) ?? ""
            return state.hasPrefix("FR") || freeze.hasPrefix("1")
        }
    }

    /// Signals all processes of a control group.
    func signalAll(_ path: String, _ signal: Int32) {
        guard Self.isGroup(path) else { return }
        for hierarchy in hierarchies {
            guard let text = try? FileSystem.readText(hierarchy + path + "/cgroup.procs"), !text.isEmpty else {
                continue
            }
            for pid in text.split(separator: "\n").compactMap({ Int32($0) }) where pid > 1 { kill(pid, signal) }
            return
        }
    }

    /// How many processes of a control group the kernel has killed for want of memory: `oom_kill` in
    /// `memory.oom_control` (version 1) or `memory.events` (version 2).
    func outOfMemoryKills(_ path: String) -> Int {
        let file =
            version == .v2 ? "\(Self.root)\(path)/memory.events" : "\(Self.root)/memory\(path)/memory.oom_control"
        for line in ((try? FileSystem.readText(file)) ?? "").split(separator: "\n") where line.hasPrefix("oom_kill ") {
            return Int(line.dropFirst("oom_kill ".count)) ?? 0
        }
        return 0
    }

    private static func removeGroup(_ path: String) -> Bool {
        if unsafe rmdir(path) == 0 || Errno.current == .noEntry { return true }
        // Only folders are groups; files in them are the kernel's.
        for name in (try? FileSystem.list(path)) ?? [] where FileSystem.isDirectory(path + "/" + name) {
            _ = removeGroup(path + "/" + name)
        }
        return unsafe rmdir(path) == 0 || Errno.current == .noEntry
    }
}
