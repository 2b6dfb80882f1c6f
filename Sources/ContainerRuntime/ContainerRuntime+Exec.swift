import EngineAPI
import Glibc
import SystemCalls

extension ContainerRuntime {
    /// Runs one more process in a running container.
    ///
    /// With a client, the runtime waits until we are connected, so that no output is missed.
    ///
    /// - Throws: `RuntimeError` in Docker's words, with the exit code 127 for a command that is not there and 126 for
    ///   one that may not be run; of kind `invalid` for an unknown user.
    public func exec(_ request: ExecLaunch) async throws(RuntimeError) -> RunningExec {
        let configuration = configuration
        let files = ContainerFiles(configuration, request.containerID)
        guard let processes = processes(of: request.containerID) else {
            throw RuntimeError("container \(request.containerID) is not running", kind: .notFound)
        }
        let folder = ContainerFiles.execFolder(configuration, request.execID)
        var command = ConmonCommand(
            containerID: request.containerID, uniqueID: request.execID,
            work: .exec(processFile: folder + "/process.json", attached: request.isAttached), folder: folder,
            pidFile: folder + "/pid", runtime: configuration.runtime,
            runtimeArguments: configuration.runtimeArguments, logPath: "/dev/null")
        command.terminal = request.tty
        command.openInput = request.attachStdin
        command.keepInputOpen = request.tty

        let program = program
        let conmon = try await blocking("cannot start conmon") { [command] in
            let container = try RunningSpecification.read(bundle: files.link)
            let description = try ExecSpecification.make(
                request, container: container, root: "/proc/\(processes.first.pid)/root")
            try FileSystem.removeTree(folder)
            try FileSystem.makeDirectory(folder, mode: 0o700)
            try FileSystem.writeInPlace(
                folder + "/process.json", String(decoding: description, as: UTF8.self), mode: 0o600)
            return try ConmonProcess.spawn(
                command, program: configuration.conmon, directory: folder,
                mountNamespace: configuration.mountNamespace, sealedRuntime: program?.current())
        }
        let session = try await connect(request, conmon, folder)
        let message = await conmon.nextMessage()
        guard let message, message.data > 0 else { throw await failExec(request, conmon, message, folder) }
        if !request.attachStdin { NullDevice.restoreOwner() }
        let ending = Task.detached {
            let code = await conmon.nextMessage()?.data
            await conmon.waitForEnd()
            try? FileSystem.removeTree(folder)
            return code.map { $0 < 0 ? 137 : $0 } ?? 137
        }
        return RunningExec(
            pid: Int32(truncatingIfNeeded: message.data), session: session, ending: ending,
            controlPipe: folder + "/ctl")
    }

    /// Connects the client, where there is one, before the process runs.
    private func connect(
        _ request: ExecLaunch, _ conmon: ConmonProcess, _ folder: String
    ) async throws(RuntimeError) -> (any AttachSession)? {
        guard request.isAttached else { return nil }
        do {
            try conmon.proceed()
            guard await conmon.waitForAttachSocket() else {
                throw await failExec(request, conmon, conmon.nextMessage(), folder)
            }
            let session = try ConmonSession.connect(folder: folder, tty: request.tty, wanted: request.streams)
            try conmon.proceed()
            return session
        } catch let error as RuntimeError {
            throw error
        } catch {
            try? FileSystem.removeTree(folder)
            throw RuntimeError("cannot attach to exec \(request.execID): \(error)")
        }
    }
}

extension ContainerRuntime {
    /// Cleans up after a process that could not be added, and says why.
    private func failExec(
        _ request: ExecLaunch, _ conmon: ConmonProcess, _ message: ConmonMessage?, _ folder: String
    ) async -> RuntimeError {
        await conmon.waitForEnd()
        try? FileSystem.removeTree(folder)
        return RuntimeWords.execFailed(message?.message ?? conmon.errorText, command: request.args.first)
    }
}
