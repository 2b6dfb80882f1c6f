import CrashPoints
import EngineAPI
import Glibc
public import Logging
import Synchronization
import SystemCalls

/// Makes, starts, reaches and removes containers with an OCI runtime under conmon.
///
/// conmon holds a container's terminal or pipes, writes its log and learns its exit code; it outlives the daemon.
/// Everything about a container is found again by its id, from files below the configuration's folders.
public final class ContainerRuntime: Sendable {
    /// The programs and folders in use.
    public let configuration: RuntimeConfiguration
    let logger: Logger
    /// The processes of containers that this daemon has seen, so that files are read once.
    private let known = Mutex<[String: ContainerProcesses]>([:])
    /// crun's program in memory; nil with other runtimes.
    let program: SealedProgram?

    /// Uses these programs and folders.
    public init(_ configuration: RuntimeConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        program = configuration.runtimeName == "crun" ? SealedProgram(configuration.runtime) : nil
        // A conmon that ended early is an error to report, not a reason to end.
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Makes a container whose bundle is in place: namespaces, control groups and mounts, with the program not yet
    /// running. Attach before `start` to miss no output.
    ///
    /// A failure leaves nothing behind. The runtime's words come back in Docker's form, with the exit code 127 for a
    /// command that is not there and 126 for one that may not be run.
    public func create(_ request: LaunchRequest) async throws(RuntimeError) -> LaunchedContainer {
        let configuration = configuration
        let files = ContainerFiles(configuration, request.id)
        var command = ConmonCommand(
            containerID: request.id, uniqueID: request.id, work: .container, folder: request.bundle,
            pidFile: request.bundle + "/container.pid", runtime: configuration.runtime,
            runtimeArguments: configuration.runtimeArguments,
            logPath: request.logPath.isEmpty ? "/dev/null" : request.logPath, exitFolder: configuration.exitRoot)
        command.logMaxBytes = request.logLimit?.conmonBytes
        command.terminal = request.tty
        command.openInput = request.openStdin
        command.keepInputOpen = request.tty || !request.stdinOnce
        prepareForCreate()
        let program = program
        let conmon = try await blocking("cannot start conmon") { [command] in
            try FileSystem.removeFile(files.link)
            try check("symlink", files.link) { unsafe symlink(request.bundle, files.link) }
            CrashPoint.startBundleLinked.reached()
            for stale in [files.exitFile, files.oomFile] { try FileSystem.removeFile(stale) }
            return try ConmonProcess.spawn(
                command, program: configuration.conmon, directory: request.bundle,
                mountNamespace: configuration.mountNamespace, sealedRuntime: program?.current())
        }
        CrashPoint.startMonitorRuns.reached()
        let message = await conmon.nextMessage()
        CrashPoint.startProcessMade.reached()
        guard let message, message.data > 0,
            let first = ProcessIdentity.current(Int32(truncatingIfNeeded: message.data))
        else {
            return try await failCreate(request, conmon, message)
        }
        if program != nil { SeccompFilters.shared.learn(container: request.id, state: files.state) }
        if !request.openStdin { NullDevice.restoreOwner() }
        let processes = ContainerProcesses(first: first, conmon: conmon.identity)
        known.withLock { $0[request.id] = processes }
        do {
            try FileSystem.writeInPlace(files.processesFile, processes.text, mode: 0o600)
            CrashPoint.startProcessNoted.reached()
        } catch {
            try? await delete(request.id, force: true)
            throw RuntimeError("cannot note the processes of container \(request.id.prefix(12))", error)
        }
        return LaunchedContainer(pid: first.pid, conmonPid: conmon.identity.pid, startTime: first.startTime)
    }

    /// Gets the kernel ready for a `create` that comes within the next tens of milliseconds; optional.
    ///
    /// The first process in a while that is moved to a control group waits for the kernel's readers of
    /// `cgroup_threadgroup_rwsem` to notice, 5 to 30 ms. Moving ourselves to where we are starts that wait now, while
    /// conmon and the runtime are still loading.
    public func prepareForCreate() {
        guard let group = CgroupLayout.ownGroup else { return }
        Task.detached {
            try? await BlockingWork.run { try FileSystem.writeKernelValue(group + "/cgroup.procs", "\(getpid())") }
        }
    }

    /// Cleans up after a container that could not be made, and says why.
    private func failCreate(
        _ request: LaunchRequest, _ conmon: ConmonProcess, _ message: ConmonMessage?
    ) async throws(RuntimeError) -> LaunchedContainer {
        await conmon.waitForEnd()
        let words = message?.message ?? conmon.errorText
        let specification = try? RunningSpecification.read(bundle: request.bundle)
        let failure = RuntimeWords.createFailed(words, command: specification?.process.args.first)
        do {
            try await removeLeftovers(request.id, cgroup: specification?.linux?.cgroupsPath)
        } catch {
            logger.warning("cannot clean up container \(request.id.prefix(12)): \(error)")
        }
        throw failure
    }

    /// What is known of a container's processes, from memory or from its bundle.
    func processes(of id: String) -> ContainerProcesses? {
        if let processes = known.withLock({ $0[id] }) { return processes }
        let path = ContainerFiles(configuration, id).processesFile
        guard let text = try? FileSystem.readText(path), let processes = ContainerProcesses(text: text) else {
            return nil
        }
        known.withLock { $0[id] = processes }
        return processes
    }

    func forget(_ id: String) {
        known.withLock { _ = $0.removeValue(forKey: id) }
    }
}
