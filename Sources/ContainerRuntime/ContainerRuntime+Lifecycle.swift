import CLinux
import CrashPoints
import Glibc
import SystemCalls

extension ContainerRuntime {
    /// Lets a container's program run.
    ///
    /// crun's containers wait at a named pipe in its state folder; one byte there is what `crun start` comes down to,
    /// without a process.
    public func start(_ id: String) async throws(RuntimeError) {
        let files = ContainerFiles(configuration, id)
        guard configuration.runtimeName == "crun" else { return try await runRuntime("start", id) }
        do {
            let pipe = try FileDescriptor.open(files.startPipe, O_WRONLY | O_NONBLOCK)
            try FileSystem.removeFile(files.startPipe)
            try pipe.writeAll([0])
        } catch {
            if error.errno == .noEntry { return try await runRuntime("start", id) }
            throw RuntimeError("cannot start container \(id): its first process is gone", error)
        }
    }

    /// Sends a signal to the first process, or to all processes of the container.
    ///
    /// - Throws: `RuntimeError` of kind `notFound` where the container does not run.
    public func kill(_ id: String, signal: Int32, all: Bool = false) async throws(RuntimeError) {
        guard let processes = processes(of: id), let handle = ProcessHandle(processes.first) else {
            throw RuntimeError("container \(id) is not running", kind: .notFound)
        }
        if all, let group = CrunStatus.read(state: ContainerFiles(configuration, id).state)?.cgroupPath {
            configuration.cgroups.signalAll(group, signal)
        }
        do {
            if try handle.signal(signal) { return }
        } catch {
            throw RuntimeError("cannot signal container \(id)", error)
        }
        throw RuntimeError("container \(id) is not running", kind: .notFound)
    }

    /// Freezes all processes of a container.
    public func pause(_ id: String) async throws(RuntimeError) {
        try await runRuntime("pause", id)
    }

    /// Lets frozen processes go on.
    public func unpause(_ id: String) async throws(RuntimeError) {
        try await runRuntime("resume", id)
    }

    /// Removes a container from the runtime: its control groups, its state, the link to its bundle and its exit
    /// code. The bundle stays. Removing one that is not there is fine.
    ///
    /// - Parameters:
    ///   - id: the container.
    ///   - force: kill it where it runs; without, a running container is an error.
    public func delete(_ id: String, force: Bool) async throws(RuntimeError) {
        if let processes = processes(of: id) {
            if let first = ProcessHandle(processes.first), !first.hasEnded {
                guard force else { throw RuntimeError("container \(id) is running") }
                let group = CrunStatus.read(state: ContainerFiles(configuration, id).state)?.cgroupPath
                _ = try? first.signal(SIGKILL)
                if let group { configuration.cgroups.killAll(group) }
                await first.waitForEnd()
            }
            if let conmon = ProcessHandle(processes.conmon) { await Self.letEnd(conmon) }
        }
        let group = CrunStatus.read(state: ContainerFiles(configuration, id).state)?.cgroupPath
        try await removeLeftovers(id, cgroup: group)
        forget(id)
    }

    /// Whether the process with this id lives and, where the start time is known, is the same one.
    public func isAlive(pid: Int32, startTime: UInt64?) -> Bool {
        guard let now = ProcessIdentity.current(pid) else { return false }
        if let startTime, now.startTime != startTime { return false }
        return ProcessHandle(now).map { !$0.hasEnded } ?? false
    }

    /// Takes away what a container that no longer runs has left.
    func removeLeftovers(_ id: String, cgroup: String?) async throws(RuntimeError) {
        let configuration = configuration
        let files = ContainerFiles(configuration, id)
        if configuration.runtimeName != "crun", FileSystem.exists(files.state) {
            try await runRuntime("delete", "--force", id)
        }
        try await blocking("cannot remove what container \(id.prefix(12)) left") {
            if let cgroup, !configuration.cgroups.remove(cgroup) {
                // A process that was killed leaves its group a moment later.
                for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] {
                    configuration.cgroups.killAll(cgroup)
                    usleep(UInt32(wait) * 1000)
                    if configuration.cgroups.remove(cgroup) { break }
                }
            }
            CrashPoint.exitGroupsRemoved.reached()
            try FileSystem.removeTree(files.state)
            for file in [files.processesFile, files.pidFile, files.oomFile, files.controlPipe, files.resizePipe] {
                try FileSystem.removeFile(file)
            }
            for file in [files.attachSocket, files.link, files.exitFile] { try FileSystem.removeFile(file) }
        }
    }

    /// conmon ends by itself within moments of its container, unless a client that does not read holds it up.
    static func letEnd(_ conmon: ProcessHandle) async {
        if conmon.hasEnded { return }
        let impatience = Task {
            try await Task.sleep(for: .seconds(2))
            _ = try conmon.signal(SIGKILL)
        }
        await conmon.waitForEnd()
        impatience.cancel()
    }

    /// Runs the OCI runtime to its end.
    func runRuntime(_ arguments: String...) async throws(RuntimeError) {
        let request = ChildRequest(
            configuration.runtime, configuration.runtimeArguments + arguments,
            mountNamespace: configuration.mountNamespace)
        let name = configuration.runtimeName
        try await blocking("cannot run \(name)") {
            let output = try ChildProcess.run(request)
            if output.status.isSuccess { return }
            throw RuntimeError(
                "\(name) \(arguments.joined(separator: " ")): \(RuntimeWords.essence(of: output.errorText))")
        }
    }
}
