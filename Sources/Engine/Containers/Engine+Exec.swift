import ContainerRuntime
public import EngineAPI
import SystemCalls

extension Engine {
    /// `POST /containers/{id}/exec`.
    public func execCreate(_ reference: String, request: ExecCreateRequest) async throws -> String {
        let container = try containers.resolve(reference)
        guard let command = request.cmd, let program = command.first, !program.isEmpty else {
            throw APIError.badRequest("No exec command specified")
        }
        _ = try detachKeys(request.detachKeys)
        try checkRuns(container.record, as: reference)
        try await checkUser(request.user, of: container.record)
        let exec = Exec(id: Identifier.make(), containerID: container.id, request: request)
        execs.insert(exec)
        container.add(exec: exec.id)
        publish(.execCreate, of: container, ["execID": exec.id], suffix: ": " + command.joined(separator: " "))
        return exec.id
    }

    /// Refuses a user that the container does not know, as Docker does, before there is an exec.
    private func checkUser(_ user: String, of record: ContainerRecord) async throws {
        if user.isEmpty { return }
        let pid = record.pid
        do {
            try await BlockingWork.run { _ = try ContainerUser.resolve(user, root: "/proc/\(pid)/root") }
        } catch let error as RuntimeError {
            throw APIError.badRequest(error.message)
        }
    }

    private func checkRuns(_ record: ContainerRecord, as reference: String) throws(APIError) {
        switch record.status {
        case .running: return
        case .paused: throw .conflict("Container \(reference) is paused, unpause the container before exec")
        case .restarting: throw .conflict("Container \(record.id) is restarting, wait until the container is running")
        default: throw .conflict("container \(record.id) is not running")
        }
    }

    /// `POST /exec/{id}/start`.
    public func execStart(_ id: String, request: ExecStartRequest) async throws -> (any AttachSession)? {
        let exec = try execs.resolve(id)
        let container = try containers.resolve(exec.containerID)
        try checkRuns(container.record, as: container.id)
        guard exec.claimStart() else {
            if case .ended = exec.status { throw APIError.conflict("exec \(id) has already run") }
            throw APIError.conflict("exec \(id) is already running")
        }
        let wish = exec.request
        let record = container.record
        let attached = !request.detach && (wish.attachStdin || wish.attachStdout || wish.attachStderr)
        let command = wish.cmd ?? []
        let running: RunningExec
        do throws(RuntimeError) {
            running = try await runtime.exec(
                ExecLaunch(
                    containerID: record.id, execID: exec.id, args: command, env: wish.env ?? [], cwd: wish.workingDir,
                    user: wish.user.isEmpty ? nil : wish.user, tty: wish.tty, privileged: wish.privileged,
                    attachStdin: attached && wish.attachStdin, attachStdout: attached && wish.attachStdout,
                    attachStderr: attached && wish.attachStderr,
                    consoleSize: TerminalSize(request.consoleSize ?? wish.consoleSize ?? [])))
        } catch {
            exec.status = .ended(exitCode: error.exitCode ?? 126, pid: 0)
            container.drop(exec: exec.id)
            throw error.exitCode == nil ? APIError.internalFailure(error.message) : APIError.badRequest(error.message)
        }
        exec.status = .running(running)
        publish(.execStart, of: container, ["execID": exec.id], suffix: ": " + command.joined(separator: " "))
        Task { [weak self] in
            let code = await running.wait()
            exec.status = .ended(exitCode: code, pid: running.pid)
            container.drop(exec: exec.id)
            self?.publish(.execDie, of: container, ["execID": exec.id, "exitCode": "\(code)"])
        }
        guard attached, let session = running.session else { return nil }
        let ending = ExecSession(session: session, running: running, exec: exec)
        guard wish.tty, wish.attachStdin else { return ending }
        return DetachableSession(ending, keys: try detachKeys(wish.detachKeys))
    }

    /// `POST /exec/{id}/resize`.
    public func execResize(_ id: String, height: Int, width: Int) async throws {
        let exec = try execs.resolve(id)
        guard case .running(let running) = exec.status else {
            throw APIError.conflict("exec \(id) is not running")
        }
        try await translating { try await running.resize(height: height, width: width) }
    }

    /// `GET /exec/{id}/json`.
    public func execInspect(_ id: String) async throws -> ExecInspect {
        let exec = try execs.resolve(id)
        let wish = exec.request
        let command = wish.cmd ?? []
        var inspect = ExecInspect()
        inspect.id = exec.id
        switch exec.status {
        case .created, .starting: break
        case .running(let running):
            inspect.running = true
            inspect.pid = Int(running.pid)
        case .ended(let code, let pid):
            inspect.exitCode = code
            inspect.pid = Int(pid)
        }
        inspect.processConfig = ExecProcessConfig(
            tty: wish.tty, entrypoint: command.first ?? "", arguments: Array(command.dropFirst()),
            privileged: wish.privileged, user: wish.user.isEmpty ? nil : wish.user)
        inspect.openStdin = wish.attachStdin
        inspect.openStderr = wish.attachStderr
        inspect.openStdout = wish.attachStdout
        inspect.containerID = exec.containerID
        inspect.detachKeys = wish.detachKeys
        return inspect
    }

    /// A container is gone, and its execs with it.
    func forgetExecs(of container: Container) {
        execs.remove(containerID: container.id)
        for id in container.execs { container.drop(exec: id) }
    }
}

/// An exec's connection: its end comes only once the exit code is known, since clients ask for that next.
private struct ExecSession: AttachSession {
    let session: any AttachSession
    let running: RunningExec
    let exec: Exec
    var tty: Bool { session.tty }

    func nextOutput() async throws -> AttachFrame? {
        if let frame = try await session.nextOutput() { return frame }
        let code = await running.wait()
        exec.status = .ended(exitCode: code, pid: running.pid)
        return nil
    }

    func writeInput(_ bytes: [UInt8]) async throws { try await session.writeInput(bytes) }
    func closeInput() async { await session.closeInput() }
    func close() async { await session.close() }
}
