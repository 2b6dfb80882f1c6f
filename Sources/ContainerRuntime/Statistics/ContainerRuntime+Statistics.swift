public import EngineAPI
import SystemCalls

extension ContainerRuntime {
    /// What a running container's control groups say now. Blocks for well under a millisecond.
    ///
    /// - Parameters:
    ///   - id: the container.
    ///   - pid: its first process, whose groups count where the runtime keeps no note of them.
    ///   - hostMemory: bytes of the machine's memory.
    /// - Returns: nil where the groups cannot be found: the container has just ended.
    public func cgroupReading(_ id: String, pid: Int32, hostMemory: Int64) -> CgroupReading? {
        let layout = configuration.cgroups
        let own = (try? FileSystem.readText("/proc/\(pid)/cgroup")) ?? ""
        let noted = CrunStatus.read(state: ContainerFiles(configuration, id).state)?.cgroupPath
        let groups = CgroupGroups(processText: own)
        let memory = UInt64(max(0, hostMemory))
        if layout.version == .v2 {
            guard let path = noted ?? groups.unified, CgroupLayout.isGroup(path) else { return nil }
            return CgroupReading.version2(hostMemory: memory) { file in
                try? FileSystem.readText(CgroupLayout.root + path + "/" + file)
            }
        }
        guard noted != nil || !groups.byController.isEmpty else { return nil }
        return CgroupReading.version1(hostMemory: memory) { file in
            let controller = String(file.prefix { $0 != "/" })
            guard let path = noted ?? groups.byController[controller], CgroupLayout.isGroup(path) else { return nil }
            return try? FileSystem.readText(
                CgroupLayout.root + "/" + controller + path + file.dropFirst(controller.count))
        }
    }

    /// Changes a running container's limits.
    ///
    /// - Parameters:
    ///   - id: the container.
    ///   - host: the limits that it is to have.
    ///   - unlimitedProcesses: whether a limit of processes is taken away.
    /// - Throws: `RuntimeError` in the runtime's words, for example for less memory than is in use.
    public func update(
        _ id: String, limits host: HostConfig, unlimitedProcesses: Bool
    ) async throws(RuntimeError) {
        var resources = try ResourceSpecification(host, rules: [], limitsSwap: configuration.cgroups.limitsSwap)
        if unlimitedProcesses { resources.liftProcessLimit() }
        var writer = JSONWriter()
        resources.write(to: &writer)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        let file = ContainerFiles(configuration, id).link + "/resources.json"
        try await blocking("cannot write the new limits of container \(id.prefix(12))") {
            try FileSystem.writeInPlace(file, text, mode: 0o600)
        }
        try await runRuntime("update", "--resources", file, id)
    }
}

/// A process' control groups, from `/proc/PID/cgroup`, cgroups(7).
struct CgroupGroups: Hashable {
    /// Version 1: the group by controller.
    var byController: [String: String] = [:]
    /// Version 2: the group.
    var unified: String?

    init(processText text: String) {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[1].isEmpty { unified = String(fields[2]) }
            for controller in fields[1].split(separator: ",") { byController[String(controller)] = String(fields[2]) }
        }
    }
}
