import Glibc
import SystemCalls

/// Which network namespace something is: the kernel's number for it.
struct NamespaceIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// What a bind mount or a file of `/proc/PID/ns` stands for; nil where nothing is there.
    init?(path: String) {
        guard let information = FileSystem.status(path) else { return nil }
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
    }
}

/// Finds the processes that belong to a lab: those in its network namespaces, and those of its containers.
///
/// No list of process ids is kept, so none can be stale: the kernel says what is in the lab, also after a crash.
struct LabProcesses: Sendable {
    /// The lab's host and internet.
    let labNamespaces: Set<NamespaceIdentity>
    /// Those of its containers.
    let containerNamespaces: Set<NamespaceIdentity>
    /// Its containers' ids, 64 hexadecimal digits each.
    let containers: Set<String>

    /// Looks at what the lab has now.
    init(_ lab: Lab) {
        let own = [NamespaceIdentity(path: "/proc/self/ns/net"), NamespaceIdentity(path: "/proc/1/ns/net")]
        func identities(_ paths: [String]) -> Set<NamespaceIdentity> {
            Set(paths.compactMap { NamespaceIdentity(path: $0) }).subtracting(own.compactMap { $0 })
        }
        labNamespaces = identities([lab.hostNamespacePath, lab.internetNamespacePath])
        let folder = lab.execRoot + "/netns"
        containerNamespaces = identities(((try? FileSystem.list(folder)) ?? []).map { folder + "/" + $0 })
        containers = Self.identifiers(in: [lab.dataRoot + "/containers", lab.execRoot + "/runtime"])
    }

    /// A process of the lab.
    struct Member: Hashable, Sendable {
        /// Its process id.
        let pid: Int32
        /// Its name, at most 15 bytes.
        let name: String
        /// Whether it runs inside a container.
        let inContainer: Bool
    }

    /// The processes that are there now, without the caller and those that it was started by.
    func members() -> [Member] {
        let spared = Self.ancestry()
        let numbers = ((try? FileSystem.list("/proc")) ?? []).compactMap { Int32($0) }
        return numbers.compactMap { pid in spared.contains(pid) ? nil : member(pid) }
    }

    /// What this process is to the lab, or nil where nothing.
    func member(_ pid: Int32) -> Member? {
        guard let namespace = NamespaceIdentity(path: "/proc/\(pid)/ns/net") else { return nil }
        let inContainer =
            containerNamespaces.contains(namespace) || Self.controlGroupText(pid).contains(anyOf: containers)
        guard inContainer || labNamespaces.contains(namespace) else { return nil }
        let name = (try? FileSystem.readText("/proc/\(pid)/comm")) ?? ""
        return Member(pid: pid, name: String(name.split(separator: "\n").first ?? ""), inContainer: inContainer)
    }

    private static func controlGroupText(_ pid: Int32) -> String {
        (try? FileSystem.readText("/proc/\(pid)/cgroup")) ?? ""
    }

    /// The names of 64 hexadecimal digits in these folders.
    static func identifiers(in folders: [String]) -> Set<String> {
        let names = folders.flatMap { (try? FileSystem.list($0)) ?? [] }
        return Set(names.filter { $0.utf8.count == 64 && $0.utf8.allSatisfy(\.isLowercaseHexadecimal) })
    }

    /// The caller and its parents up to process 1.
    private static func ancestry() -> Set<Int32> {
        var found: Set<Int32> = [1]
        var pid = getpid()
        while pid > 1, found.insert(pid).inserted { pid = parent(of: pid) ?? 1 }
        return found
    }

    private static func parent(of pid: Int32) -> Int32? {
        stateAndParent(pid).flatMap { Int32($0.parent) }
    }

    /// Whether a process has ended already and waits to be reaped, or is gone.
    static func hasEnded(_ pid: Int32) -> Bool {
        stateAndParent(pid).map { $0.state == "Z" } ?? true
    }

    /// The third and fourth field of proc_pid_stat(5); the second, a name in brackets, may hold anything.
    private static func stateAndParent(_ pid: Int32) -> (state: Substring, parent: Substring)? {
        guard let text = try? FileSystem.readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? (fields[0], fields[1]) : nil
    }
}

extension String {
    fileprivate func contains(anyOf words: Set<String>) -> Bool { words.contains { contains($0) } }
}

extension UInt8 {
    fileprivate var isLowercaseHexadecimal: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
