import SystemCalls

/// conmon and the runtime at work, found by their command lines: a daemon may have started them and ended before it could
/// note them.
struct RuntimeProcesses: Sendable {
    /// conmons, by what they watch over: the id of a container or of an exec.
    private(set) var monitors: [String: [ProcessIdentity]] = [:]
    /// The runtime's own commands under way, by the container's id.
    private(set) var commands: [String: [ProcessIdentity]] = [:]

    /// Looks through `/proc`.
    static func find(_ configuration: RuntimeConfiguration) -> RuntimeProcesses {
        var found = RuntimeProcesses()
        for entry in (try? FileSystem.list("/proc")) ?? [] {
            guard let pid = Int32(entry), let line = try? FileSystem.readBytes("/proc/\(pid)/cmdline"), !line.isEmpty
            else { continue }
            found.add(pid, line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }, configuration)
        }
        return found
    }

    /// Notes a process where its command line says that it is one of ours.
    private mutating func add(_ pid: Int32, _ words: [String], _ configuration: RuntimeConfiguration) {
        let stateRoot = "--root=" + configuration.stateRoot
        if let place = words.firstIndex(of: "--cuuid"), place + 1 < words.count,
            words.contains("--runtime-arg=" + stateRoot)
        {
            guard let identity = ProcessIdentity.current(pid) else { return }
            monitors[words[place + 1], default: []].append(identity)
        } else if words.contains(stateRoot), let id = words.last {
            guard let identity = ProcessIdentity.current(pid) else { return }
            commands[id, default: []].append(identity)
        }
    }
}
