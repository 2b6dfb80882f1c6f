import SystemCalls

extension ContainerRuntime {
    /// Ids of the containers that the runtime, or an earlier daemon, has left something of.
    public func leftContainers() -> Set<String> {
        let folders = [configuration.stateRoot, configuration.socketRoot, configuration.exitRoot]
        let names = folders.flatMap { (try? FileSystem.list($0)) ?? [] }
        return Set(names.filter { !$0.hasPrefix(Self.execPrefix) })
    }

    /// Ends a container that is on no record, and takes away all that is left of it: its start was cut short, at whichever
    /// moment. What conmon and the runtime are in the middle of is awaited, so that nothing comes into being afterwards.
    ///
    /// The bundle stays.
    public func endStray(_ id: String) async throws(RuntimeError) {
        let files = ContainerFiles(configuration, id)
        await settle(id, files)
        let specification = try? RunningSpecification.read(bundle: files.link)
        let group = CrunStatus.read(state: files.state)?.cgroupPath ?? specification?.linux?.cgroupsPath
        if let group { configuration.cgroups.killAll(group) }
        for monitor in RuntimeProcesses.find(configuration).monitors[id] ?? [] {
            if let handle = ProcessHandle(monitor) { await Self.letEnd(handle) }
        }
        try await removeLeftovers(id, cgroup: group)
        forget(id)
    }

    /// Waits, ten seconds at most, until the container is made or cannot be any more.
    private func settle(_ id: String, _ files: ContainerFiles) async {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            let now = RuntimeProcesses.find(configuration)
            // The first process has the runtime's command line until its program takes its place.
            let first = (try? FileSystem.readText(files.pidFile)).flatMap { Int32($0.prefix { $0.isNumber }) }
            let isMade = now.monitors[id] == nil || first != nil
            if isMade, (now.commands[id] ?? []).allSatisfy({ $0.pid == first }) { return }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Takes away what execs of an earlier daemon left, at once or, where their process runs on, at its end.
    public func tidyExecs() {
        let folders = ((try? FileSystem.list(configuration.socketRoot)) ?? []).filter { $0.hasPrefix(Self.execPrefix) }
        if folders.isEmpty { return }
        let monitors = RuntimeProcesses.find(configuration).monitors
        for name in folders {
            let folder = configuration.socketRoot + "/" + name
            let running = monitors[String(name.dropFirst(Self.execPrefix.count))] ?? []
            Task.detached {
                for monitor in running { await ProcessHandle(monitor)?.waitForEnd() }
                try? FileSystem.removeTree(folder)
            }
        }
    }

    private static let execPrefix = "exec-"

    /// Whether a running container's processes are frozen.
    public func isPaused(_ id: String) -> Bool {
        guard let group = CrunStatus.read(state: ContainerFiles(configuration, id).state)?.cgroupPath else {
            return false
        }
        return configuration.cgroups.isFrozen(group)
    }
}
